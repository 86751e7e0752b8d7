//! Archives: what is taken out of them stays inside its target. Fetching and digests are elsewhere.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use tar::EntryType;
use zip::ZipArchive;
use zip::extra_fields::ExtraField;
use zip::result::ZipError;

use self::stream::Bounded;
use self::tree::{Attributes, Tree};
use crate::error::Hint;
use crate::fs::{self, hexadecimal};

mod stream;
mod tree;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the archive cannot be read to its end")]
    Source(#[source] io::Error),
    #[error("the archive cannot be read")]
    Zip(#[from] ZipError),
    #[error("the archive cannot be read")]
    Damaged(#[source] io::Error),
    #[error("the archive is neither a zip nor a tar, plain or packed by gzip, bzip2 or zstd")]
    UnknownFormat,
    #[error("the archive holds no `{0}`")]
    Missing(String),
    #[error("the archive holds `{entry}`, which {reason}")]
    Refused { entry: String, reason: &'static str },
    #[error("the archive holds more than {0} files and directories")]
    TooMany(u64),
    #[error("the archive unpacks to more than {0} bytes")]
    TooLarge(u64),
    #[error("an entry of the archive cannot be unpacked")]
    Unpack(#[from] io::Error),
    #[error(transparent)]
    Fs(#[from] fs::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Fs(error) => error.hint(),
            _ => None,
        }
    }
}

/// What an archive may cost, however it was made.
#[derive(Clone, Copy, Debug)]
struct Limits {
    entries: u64,
    size: u64,
    metadata: u64,
    rest: u64,
}

impl Limits {
    const TOOLCHAIN: Self = Self {
        // the largest toolchains have a tenth of it
        entries: 100_000,
        // a Python with debug symbols, all objects and a build tree has less than half of it
        size: 4 << 30,
        // names and attributes of one entry, which are read into memory
        metadata: 1 << 20,
        // tar pads to blocks of a few KiB, and some programs to those of a tape
        rest: 64 << 20,
    };
}

/// Unpacks an archive into an empty directory, without the first component of its paths.
///
/// The source is read in another thread, to its end unless there is an error; one of the source
/// itself is `Error::Source`. After an error the directory holds some of the archive.
pub(crate) fn unpack(source: impl Read + Send, directory: &Path) -> Result<(), Error> {
    unpack_within(source, directory, Limits::TOOLCHAIN)
}

fn unpack_within(source: impl Read + Send, directory: &Path, limits: Limits) -> Result<(), Error> {
    let mut tree = Tree::new(directory, limits);
    stream::read_ahead(source, limits.size, Error::Source, |source| {
        unpack_stream(source, &mut tree)
    })?;
    tree.finish()
}

fn unpack_stream(mut source: impl BufRead + Send, tree: &mut Tree<'_>) -> Result<(), Error> {
    /// As far as a tar tells that it is one
    const HEAD: u64 = 262;
    let mut head = Vec::new();
    source.by_ref().take(HEAD).read_to_end(&mut head).map_err(Error::Damaged)?;
    let source = Cursor::new(head.clone()).chain(source);
    match head.as_slice() {
        [b'P', b'K', 3 | 5, ..] => unpack_zip(source, tree),
        [0x1f, 0x8b, ..] => unpack_packed_tar(flate2::bufread::MultiGzDecoder::new(source), tree),
        [b'B', b'Z', b'h', ..] => {
            unpack_packed_tar(bzip2::bufread::MultiBzDecoder::new(source), tree)
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let mut decoder = zstd::Decoder::with_buffer(source).map_err(Error::Damaged)?;
            // what the program `zstd` takes, and python-build-standalone needs
            decoder.window_log_max(27).map_err(Error::Damaged)?;
            unpack_packed_tar(decoder, tree)
        }
        head if head.ends_with(b"ustar") => unpack_tar(source, tree),
        _ => Err(Error::UnknownFormat),
    }
}

/// Unpacks a tar while another thread unpacks the stream that it is in.
fn unpack_packed_tar(decoder: impl Read + Send, tree: &mut Tree<'_>) -> Result<(), Error> {
    stream::read_ahead(decoder, u64::MAX, Error::Damaged, |source| unpack_tar(source, tree))
}

fn unpack_tar(source: impl Read, tree: &mut Tree<'_>) -> Result<(), Error> {
    let limits = tree.limits();
    let left = Cell::new(0);
    let mut archive = tar::Archive::new(Bounded::new(source, &left));
    let mut entries = archive.entries().map_err(Error::Damaged)?;
    loop {
        left.set(limits.metadata);
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.map_err(Error::Damaged)?;
        let name = entry.path().map_err(Error::Damaged)?.into_owned();
        tree.count()?;
        match entry.header().entry_type() {
            EntryType::XGlobalHeader => {} // says nothing that is kept here
            EntryType::Directory => tree.directory(&name)?,
            EntryType::Regular | EntryType::Continuous => {
                if is_sparse(&mut entry).map_err(Error::Damaged)? {
                    return Err(Error::refused(&name, "has holes"));
                }
                let header = entry.header();
                let seconds = header.mtime().map_err(Error::Damaged)?;
                let attributes = Attributes {
                    size: entry.size(),
                    mode: header.mode().map_err(Error::Damaged)?,
                    modified: SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)),
                };
                left.set(attributes.size);
                tree.file(&name, attributes, entry)?;
            }
            kind @ (EntryType::Symlink | EntryType::Link) => {
                let target = entry.link_name().map_err(Error::Damaged)?.unwrap_or_default();
                if kind == EntryType::Symlink {
                    tree.symlink(&name, &target)?;
                } else {
                    tree.hard_link(&name, &target)?;
                }
            }
            EntryType::GNUSparse => return Err(Error::refused(&name, "has holes")),
            _ => return Err(Error::refused(&name, "is neither a file, a directory nor a link")),
        }
    }
    left.set(limits.rest);
    let rest = io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(Error::Damaged)?;
    if rest == 0 {
        // its end is marked by two blocks, of which one was read
        return Err(Error::Damaged(ErrorKind::UnexpectedEof.into()));
    }
    Ok(())
}

/// Tells whether this is a sparse file as POSIX archives have them: a map, and then its parts.
fn is_sparse(entry: &mut tar::Entry<'_, impl Read>) -> io::Result<bool> {
    let Some(extensions) = entry.pax_extensions()? else { return Ok(false) };
    Ok(extensions.flatten().any(|extension| extension.key_bytes().starts_with(b"GNU.sparse.")))
}

fn unpack_zip(mut source: impl Read, tree: &mut Tree<'_>) -> Result<(), Error> {
    /// The bits of a mode that tell kinds of files apart, and those of a regular one
    const KIND: u32 = 0o170_000;
    const REGULAR: u32 = 0o100_000;
    /// The table of contents is read into memory; the one of a large Python has half a MiB
    const CONTENTS: u64 = 16 << 20;

    // the table of contents is at the end
    let mut file = fs::temporary_file(tree.root())?;
    io::copy(&mut source, &mut file)
        .map_err(|error| fs::Error::new("write a file in", tree.root(), error))?;
    let left = Cell::new(CONTENTS);
    let mut archive = ZipArchive::new(Bounded::new(BufReader::new(file), &left))?;
    left.set(u64::MAX);
    for position in 0..archive.len() {
        let mut entry = archive.by_index(position)?;
        let name = entry.name()?.into_owned();
        let name = Path::new(&name);
        let size = entry.size();
        let mode = entry.unix_mode().unwrap_or(0o644);
        tree.count()?;
        if entry.is_dir() {
            tree.directory(name)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            let limit = tree.limits().metadata;
            entry.by_ref().take(limit).read_to_string(&mut target).map_err(Error::Damaged)?;
            tree.symlink(name, Path::new(&target))?;
        } else if matches!(mode & KIND, 0 | REGULAR) {
            // the other time that a zip has is one of an unknown time zone
            let modified = entry.extra_data_fields().find_map(|field| match field {
                ExtraField::ExtendedTimestamp(times) => times.mod_time(),
                _ => None,
            });
            let modified = modified.map(|seconds| Duration::from_secs(seconds.into()));
            let modified = modified.and_then(|time| SystemTime::UNIX_EPOCH.checked_add(time));
            tree.file(name, Attributes { size, mode, modified }, entry)?;
        } else {
            return Err(Error::refused(name, "is neither a file, a directory nor a link"));
        }
    }
    Ok(())
}

/// What was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

/// Unpacks the script `name` of a wheel into a file.
pub(crate) fn unpack_wheel_script(
    wheel: impl Read + Seek,
    name: &str,
    target: &mut File,
) -> Result<Unpacked, Error> {
    let mut archive = ZipArchive::new(wheel)?;
    let suffix = format!(".data/scripts/{name}");
    let names: Vec<_> = archive.file_names().map_while(Result::ok).collect();
    let position = names.iter().position(|entry| entry.ends_with(&suffix));
    let position = position.ok_or_else(|| Error::Missing(name.to_owned()))?;
    drop(names);
    let entry = archive.by_index(position)?;
    let size = entry.size();
    let mut digest = Sha256::new();
    copy(entry, size, &mut vec![0; 256 * 1024], |bytes| {
        digest.update(bytes);
        Ok(target.write_all(bytes)?)
    })?;
    Ok(Unpacked { size, sha256: hexadecimal(&digest.finalize()) })
}

/// Unpacks a single file that gzip packed.
pub(crate) fn unpack_gzip(source: impl Read, limit: u64, target: &mut File) -> Result<(), Error> {
    let mut source = flate2::read::MultiGzDecoder::new(source).take(limit + 1);
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let count = source.read(&mut buffer).map_err(Error::Damaged)?;
        size += count as u64;
        if size > limit {
            return Err(Error::TooLarge(limit));
        }
        if count == 0 {
            return Ok(());
        }
        target.write_all(&buffer[..count])?;
    }
}

/// Hands on the content of an entry; one that is not as long as the archive says is an error.
fn copy(
    mut content: impl Read,
    size: u64,
    buffer: &mut [u8],
    mut target: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut left = size;
    loop {
        let count = content.read(buffer).map_err(Error::Damaged)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        left = left
            .checked_sub(count as u64)
            .ok_or_else(|| Error::Damaged(io::Error::other("an entry is longer than it says")))?;
        target(bytes)?;
    }
    if left > 0 {
        return Err(Error::Damaged(ErrorKind::UnexpectedEof.into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use flate2::write::GzEncoder;
    use tar::{Builder, Header};
    use tempfile::TempDir;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const SMALL: Limits = Limits { entries: 20, size: 1 << 20, metadata: 64 << 10, rest: 64 << 10 };

    #[derive(Clone)]
    struct Member<'a> {
        kind: EntryType,
        name: &'a str,
        target: &'a str,
        content: &'a [u8],
    }

    fn member<'a>(kind: EntryType, name: &'a str, target: &'a str) -> Member<'a> {
        Member { kind, name, target, content: b"" }
    }

    fn file<'a>(name: &'a str, content: &'a str) -> Member<'a> {
        Member { content: content.as_bytes(), ..member(EntryType::Regular, name, "") }
    }

    fn directory(name: &str) -> Member<'_> {
        member(EntryType::Directory, name, "")
    }

    fn symlink<'a>(name: &'a str, target: &'a str) -> Member<'a> {
        member(EntryType::Symlink, name, target)
    }

    fn hard_link<'a>(name: &'a str, target: &'a str) -> Member<'a> {
        member(EntryType::Link, name, target)
    }

    /// Returns a header as no builder would write it.
    fn header(member: &Member<'_>) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(member.kind);
        header.as_mut_bytes()[..member.name.len()].copy_from_slice(member.name.as_bytes());
        header.as_mut_bytes()[157..][..member.target.len()]
            .copy_from_slice(member.target.as_bytes());
        header.set_size(member.content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_000_000_000);
        header.set_cksum();
        header
    }

    fn tar(members: &[Member<'_>]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for member in members {
            builder.append(&header(member), member.content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(content: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(content: &[u8]) -> Vec<u8> {
        ::zstd::encode_all(content, 1).unwrap()
    }

    fn zip(members: &[Member<'_>]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().unix_permissions(0o644);
        let options = options.with_extended_timestamp(Some(1_000_000_000), None, None).unwrap();
        for member in members {
            let options = options.clone();
            match member.kind {
                EntryType::Directory => writer.add_directory(member.name, options).unwrap(),
                EntryType::Symlink => {
                    writer.add_symlink(member.name, member.target, options).unwrap();
                }
                _ => {
                    writer.start_file(member.name, options).unwrap();
                    writer.write_all(member.content).unwrap();
                }
            }
        }
        writer.finish().unwrap().into_inner()
    }

    /// Unpacks into `inside`, which lies beside a file that must stay as it is.
    fn unpack_beside(source: impl Read + Send) -> (TempDir, PathBuf, Result<(), String>) {
        let root = fs::temporary_directory().unwrap();
        let (inside, outside) = (root.path().join("inside"), root.path().join("outside"));
        fs::create_directory(&inside).unwrap();
        fs::write(&outside, "untouched").unwrap();
        let result = unpack_within(source, &inside, SMALL).map_err(|error| {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        });
        assert_eq!(fs::list(root.path()).unwrap(), [inside.clone(), outside.clone()]);
        assert_eq!(fs::read_text(&outside).unwrap(), "untouched");
        (root, inside, result)
    }

    #[track_caller]
    fn check_refused(archive: &[u8], expected: &str) {
        let (_root, _inside, result) = unpack_beside(archive);
        assert_eq!(result.unwrap_err(), expected);
    }

    #[track_caller]
    fn check_unpacked(archive: &[u8]) -> (TempDir, PathBuf) {
        let (root, inside, result) = unpack_beside(archive);
        assert_eq!(result, Ok(()));
        (root, inside)
    }

    #[test]
    fn nothing_leads_out_of_the_directory() {
        #[track_caller]
        fn check(members: &[Member<'_>], expected: &str) {
            check_refused(&tar(members), &format!("the archive holds `{expected}"));
        }
        check(&[file("/outside", "x")], "/outside`, which leads out of its directory");
        check(&[file("../outside", "x")], "../outside`, which leads out of its directory");
        check(
            &[file("a/../../outside", "x")],
            "a/../../outside`, which leads out of its directory",
        );
        check(&[file("a/b/../x", "x")], "a/b/../x`, which leads out of its directory");
        check(&[directory("a/../../new")], "a/../../new`, which leads out of its directory");
        check(&[file("x", "x")], "x`, which is in no directory");
        check(&[file("a/\x1b[2J", "x")], "a/?[2J`, which has a name that no file should have");

        check(&[symlink("a/l", "../outside")], "a/l`, which is a link out of its directory");
        check(&[symlink("a/b/l", "../c/../..")], "a/b/l`, which is a link out of its directory");
        check(&[symlink("a/l", "/etc")], "a/l`, which is a link out of its directory");
        check(&[hard_link("a/l", "../outside")], "a/l`, which is a link out of its directory");
        check(&[hard_link("a/l", "/etc/passwd")], "a/l`, which is a link out of its directory");
        check(&[hard_link("a/l", "a/none")], "a/l`, which is a link to no file before it");
        check(&[hard_link("a/l", "a")], "a/l`, which is a link to no file before it");
    }

    #[test]
    fn nothing_leads_through_a_link() {
        #[track_caller]
        fn check(members: &[Member<'_>], expected: &str) {
            check_refused(&tar(members), &format!("the archive holds `{expected}"));
        }
        // with `up` a link, `d/up/../outside` is beside the directory
        let (up, out) = (symlink("a/d/up", ".."), symlink("a/l", "d/up/../outside"));
        let expected = "l`, which is a link that leads through another";
        check(&[up.clone(), out.clone()], expected);
        check(&[out.clone(), up.clone()], expected);
        check(&[out, directory("a/d"), up], expected);

        let (link, through) = (symlink("a/l", "d"), file("a/l/x", "x"));
        check(&[link.clone(), through.clone()], "a/l/x`, which leads through a link");
        check(&[link.clone(), directory("a/l")], "a/l`, which leads through a link");
        check(&[through, link.clone()], "a/l`, which is a link in the place of a directory");

        let there = file("a/d/x", "x");
        let expected = "a/h`, which is a link to no file before it";
        check(&[there.clone(), link.clone(), hard_link("a/h", "a/l/x")], expected);
        check(&[there, link, hard_link("a/h", "a/l")], expected);
    }

    #[test]
    fn only_files_directories_and_links_are_unpacked() {
        for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::new(b'V')] {
            let expected =
                "the archive holds `a/x`, which is neither a file, a directory nor a link";
            check_refused(&tar(&[member(kind, "a/x", "")]), expected);
        }
        let expected = "the archive holds `a/x`, which has holes";
        let mut sparse = header(&member(EntryType::GNUSparse, "a/x", ""));
        sparse.as_gnu_mut().unwrap().realsize.fill(b'0');
        sparse.set_cksum();
        check_refused(sparse.as_bytes(), expected);
        let mut builder = Builder::new(Vec::new());
        builder.append_pax_extensions([("GNU.sparse.major", b"1".as_slice())]).unwrap();
        builder.append(&header(&file("a/x", "")), io::empty()).unwrap();
        check_refused(&builder.into_inner().unwrap(), expected);
    }

    #[test]
    fn a_zip_is_held_to_the_same_rules() {
        let expected = "the archive holds `../x`, which leads out of its directory";
        check_refused(&zip(&[file("../x", "x")]), expected);
        let expected = "the archive holds `a/l`, which is a link out of its directory";
        check_refused(&zip(&[symlink("a/l", "../outside")]), expected);
        let large = vec![0; 2 << 20];
        let bomb = Member { content: &large, ..file("a/x", "") };
        check_refused(&zip(&[bomb]), "the archive unpacks to more than 1048576 bytes");
        let many: Vec<_> = (0..21).map(|number| format!("a/{number}")).collect();
        let many: Vec<_> = many.iter().map(|name| file(name, "")).collect();
        check_refused(&zip(&many), "the archive holds more than 20 files and directories");
    }

    #[test]
    fn an_archive_costs_no_more_than_it_may() {
        let many: Vec<_> = (0..21).map(|number| format!("a/{number}")).collect();
        let many: Vec<_> = many.iter().map(|name| file(name, "")).collect();
        let expected = "the archive holds more than 20 files and directories";
        check_refused(&tar(&many), expected);
        check_refused(&tar(&[directory(&"a/".repeat(30))]), expected);

        let mut large = header(&file("a/x", ""));
        large.set_size(10 << 30);
        large.set_cksum();
        let expected = "the archive unpacks to more than 1048576 bytes";
        let (_root, inside, result) = unpack_beside(large.as_bytes().as_slice());
        assert_eq!(result.unwrap_err(), expected);
        assert_eq!(fs::list(&inside).unwrap(), [] as [PathBuf; 0]);

        let zeros = vec![0; 128 << 10];
        let zeros = vec![Member { content: &zeros, ..file("a/x", "") }; 9];
        check_refused(&gzip(&tar(&zeros)), expected);

        let name = "a/".repeat(50_000);
        let long = Member { content: name.as_bytes(), ..member(EntryType::GNULongName, "", "") };
        let expected = "the archive cannot be read: it has far more around its files than their \
                        names and attributes take";
        check_refused(&tar(&[long, file("a/x", "")]), expected);
        let mut endless = tar(&[file("a/x", "")]);
        endless.resize(1 << 20, 0);
        check_refused(&gzip(&endless), expected);

        // a frame that asks for a window of 2^28 bytes
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, 0, 0, 0, 0];
        let expected = "the archive cannot be read: Frame requires too much memory for decoding";
        check_refused(&frame, expected);
    }

    #[test]
    fn what_is_no_whole_archive_is_an_error() {
        #[track_caller]
        fn check(archive: &[u8], expected: &str) {
            let (_root, _inside, result) = unpack_beside(archive);
            let error = result.unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        let unknown = "the archive is neither a zip nor a tar, plain or packed by gzip, bzip2 or";
        check(b"", unknown);
        check(b"garbage", unknown);
        check(&[b'x'; 10_000], unknown);
        let content: String = (0..20_000).map(|number: u32| number.to_string()).collect();
        let members = [file("a/x", &content), file("a/y", &content)];
        let tar = tar(&members);
        for packed in [&tar, &gzip(&tar), &bzip2(&tar), &zstd(&tar), &zip(&members)] {
            for part in [2, 3] {
                check(&packed[..packed.len() / part], "the archive cannot be read: ");
            }
        }
        for packed in [gzip(&tar), bzip2(&tar), zstd(&tar)] {
            check(&[&packed, b"garbage".as_slice()].concat(), "the archive cannot be read: ");
        }
        check(&gzip(b"garbage"), "the archive cannot be read: ");
        // without the end, but with whole entries
        check(&tar[..tar.len() - 1024], "the archive cannot be read: unexpected end of file");
    }

    #[test]
    fn an_error_of_the_source_is_told_as_such() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("connection reset"))
            }
        }
        let members = [file("a/x", "x")];
        let tar = tar(&members);
        for packed in [&tar, &gzip(&tar), &bzip2(&tar), &zstd(&tar), &zip(&members)] {
            // also after the archive's end
            for part in [&packed[..0], &packed[..packed.len() / 2], packed] {
                let (_root, _inside, result) = unpack_beside(part.chain(Broken));
                let expected = "the archive cannot be read to its end: connection reset";
                assert_eq!(result.unwrap_err(), expected);
            }
        }
    }

    #[test]
    fn every_format_is_unpacked_and_read_to_its_end() {
        let members = [
            directory("./a/"),
            file("./a/b/x", "content"),
            file("a/empty", ""),
            symlink("a/l", "b/x"),
            symlink("a/b/up", ".."),
        ];
        let tar = tar(&members);
        let (first, second) = tar.split_at(700);
        for packed in [
            tar.clone(),
            gzip(&tar),
            [gzip(first), gzip(second)].concat(),
            bzip2(&tar),
            [bzip2(first), bzip2(second)].concat(),
            zstd(&tar),
            [zstd(first), zstd(second)].concat(),
            zip(&members),
        ] {
            let mut source = packed.as_slice();
            let (_root, inside, result) = unpack_beside(source.by_ref());
            assert_eq!(result, Ok(()));
            assert_eq!(source, b"");
            let names = ["b", "empty", "l"].map(|name| inside.join(name));
            assert_eq!(fs::list(&inside).unwrap(), names);
            assert_eq!(fs::read_text(&inside.join("l")).unwrap(), "content");
            assert_eq!(inside.join("l").read_link().unwrap(), Path::new("b").join("x"));
            assert_eq!(fs::read_text(&inside.join("b/up/b/x")).unwrap(), "content");
            let modified = inside.join("b/x").metadata().unwrap().modified().unwrap();
            let seconds = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
            assert_eq!(seconds, 1_000_000_000);
        }
    }

    #[test]
    fn the_later_of_two_entries_stays() {
        let members = [
            file("a/x", "old"),
            hard_link("a/h", "a/x"),
            file("a/x", "new"),
            symlink("a/l", "x"),
            file("a/l", "no link"),
            file("a/m", "no file"),
            symlink("a/m", "h"),
        ];
        let (_root, inside) = check_unpacked(&tar(&members));
        let text = |name| fs::read_text(&inside.join(name)).unwrap();
        assert_eq!([text("x"), text("h"), text("l"), text("m")], ["new", "old", "no link", "old"]);
        assert!(inside.join("m").is_symlink());
    }

    #[test]
    fn long_names_are_read() {
        let long = format!("a/{}", "b".repeat(120));
        let long = format!("{long}/{long}");
        let mut pax = Builder::new(Vec::new());
        pax.append_pax_extensions([("path", long.as_bytes())]).unwrap();
        pax.append(&header(&file("a/short", "x")), b"x".as_slice()).unwrap();
        let mut gnu = Builder::new(Vec::new());
        gnu.append_data(&mut header(&file("", "x")), &long, b"x".as_slice()).unwrap();
        gnu.append_link(&mut header(&hard_link("", "")), "a/h", &long).unwrap();
        for archive in [pax, gnu] {
            let (_root, inside) = check_unpacked(&archive.into_inner().unwrap());
            let place = inside.join(long.split_once('/').unwrap().1);
            assert_eq!(fs::read_text(&place).unwrap(), "x");
        }
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_kept_without_their_dangerous_bits() {
        use std::os::unix::fs::PermissionsExt as _;
        #[track_caller]
        fn check(kind: EntryType, mode: u32, expected: u32) {
            let mut header = header(&member(kind, "a/b", ""));
            header.set_mode(mode);
            header.set_cksum();
            let mut builder = Builder::new(Vec::new());
            builder.append(&header, io::empty()).unwrap();
            let (_root, inside) = check_unpacked(&builder.into_inner().unwrap());
            let mode = inside.join("b").metadata().unwrap().permissions().mode();
            // the mask of the process decides about the others
            assert_eq!(mode & 0o7700, expected);
        }
        check(EntryType::Regular, 0o644, 0o600);
        check(EntryType::Regular, 0o444, 0o400);
        check(EntryType::Regular, 0o7755, 0o700);
        check(EntryType::Directory, 0o2000, 0o700);
    }
}
