//! Archives made in memory: those that toolchains come in, and hostile ones.

use std::io::{self, Cursor, Read as _, Write};

use bzip2::write::BzEncoder;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How an archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Tar,
    TarGz,
    TarBz2,
    TarZst,
    Zip,
}

impl Format {
    /// Returns what the name of such a file ends in.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Tar => ".tar",
            Self::TarGz => ".tar.gz",
            Self::TarBz2 => ".tar.bz2",
            Self::TarZst => ".tar.zst",
            Self::Zip => ".zip",
        }
    }
}

#[derive(Clone, Debug)]
enum Kind {
    File(Vec<u8>, u32),
    Folder,
    Link(String),
    HardLink(String),
    Device,
    Claim(u64),
    Tail(u64),
    Links(u32),
}

/// An archive to be packed; its paths are written as they are given, whatever they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archive {
    entries: Vec<(String, Kind)>,
}

impl Archive {
    #[must_use]
    pub(crate) fn file(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.entry(path, Kind::File(content.into(), 0o644))
    }

    #[must_use]
    pub(crate) fn program(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.entry(path, Kind::File(content.into(), 0o755))
    }

    #[must_use]
    pub(crate) fn folder(self, path: &str) -> Self {
        self.entry(path, Kind::Folder)
    }

    #[must_use]
    pub(crate) fn link(self, path: &str, target: &str) -> Self {
        self.entry(path, Kind::Link(target.to_owned()))
    }

    /// Adds another name of an entry; no zip has such.
    #[must_use]
    pub(crate) fn hard_link(self, path: &str, target: &str) -> Self {
        self.entry(path, Kind::HardLink(target.to_owned()))
    }

    /// Adds what would be the memory of the machine; no zip has such.
    #[must_use]
    pub(crate) fn device(self, path: &str) -> Self {
        self.entry(path, Kind::Device)
    }

    /// Adds a file that is said to be this long, and nothing of it; to a tar only, where nothing comes after it.
    #[must_use]
    pub(crate) fn claim(self, path: &str, length: u64) -> Self {
        self.entry(path, Kind::Claim(length))
    }

    /// Adds this many zeros, as those are that follow the last entry of a tar.
    #[must_use]
    pub(crate) fn tail(self, length: u64) -> Self {
        self.entry("", Kind::Tail(length))
    }

    /// Adds this many links to a directory of a tar.
    #[must_use]
    pub(crate) fn links(self, folder: &str, count: u32) -> Self {
        self.entry(folder, Kind::Links(count))
    }

    /// Adds the entries of another one.
    #[must_use]
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }

    fn entry(mut self, path: &str, kind: Kind) -> Self {
        self.entries.push((path.to_owned(), kind));
        self
    }

    pub(crate) fn pack(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Tar => self.tar(Vec::new()),
            Format::TarGz => {
                self.tar(GzEncoder::new(Vec::new(), Compression::fast())).finish().unwrap()
            }
            Format::TarBz2 => {
                let encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                self.tar(encoder).finish().unwrap()
            }
            Format::TarZst => {
                let encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
                self.tar(encoder).finish().unwrap()
            }
            Format::Zip => self.zip(),
        }
    }

    fn tar<W: Write>(&self, output: W) -> W {
        let mut archive = tar::Builder::new(output);
        for (path, kind) in &self.entries {
            let mut header = Header::new_gnu();
            // the crate's own way of setting a path refuses what is dangerous about it
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_size(0);
            header.set_mode(0o644);
            header.set_mtime(1_700_000_000);
            let mut link = |kind: EntryType, target: &str| {
                header.set_entry_type(kind);
                header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
            };
            let mut content: Box<dyn io::Read> = Box::new(io::empty());
            match kind {
                Kind::File(bytes, mode) => {
                    header.set_mode(*mode);
                    header.set_size(bytes.len() as u64);
                    content = Box::new(Cursor::new(bytes));
                }
                Kind::Folder => {
                    header.set_mode(0o755);
                    header.set_entry_type(EntryType::Directory);
                }
                Kind::Link(target) => link(EntryType::Symlink, target),
                Kind::HardLink(target) => link(EntryType::Link, target),
                Kind::Device => {
                    header.set_entry_type(EntryType::Char);
                    header.set_device_major(1).unwrap();
                    header.set_device_minor(1).unwrap();
                }
                Kind::Claim(length) => {
                    header.set_size(*length);
                    header.set_cksum();
                    archive.get_mut().write_all(header.as_bytes()).unwrap();
                    continue;
                }
                Kind::Tail(length) => {
                    io::copy(&mut io::repeat(0).take(*length), archive.get_mut()).unwrap();
                    continue;
                }
                Kind::Links(count) => {
                    link(EntryType::Symlink, "0000000");
                    for number in 0..*count {
                        let name = format!("{path}/{number:07}");
                        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
                        header.set_cksum();
                        archive.get_mut().write_all(header.as_bytes()).unwrap();
                    }
                    continue;
                }
            }
            header.set_cksum();
            archive.append(&header, content).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn zip(&self) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        for (path, kind) in &self.entries {
            let path = path.as_str();
            match kind {
                Kind::File(bytes, mode) => {
                    archive.start_file(path, options.unix_permissions(*mode)).unwrap();
                    archive.write_all(bytes).unwrap();
                }
                Kind::Folder => archive.add_directory(path, options).unwrap(),
                Kind::Link(target) => archive.add_symlink(path, target.as_str(), options).unwrap(),
                Kind::HardLink(_)
                | Kind::Device
                | Kind::Claim(_)
                | Kind::Tail(_)
                | Kind::Links(_) => {
                    panic!("no zip of the tests has such an entry: {path}")
                }
            }
        }
        archive.finish().unwrap().into_inner()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// Lists the entries of a tar as kind, path and target.
    fn listed(tar: impl Read) -> Vec<String> {
        let mut archive = tar::Archive::new(tar);
        let entries = archive.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let kind = entry.header().entry_type();
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let link = entry.link_name_bytes().unwrap_or_default();
            let size = entry.header().size().unwrap();
            format!("{kind:?} {path} {size} {}", String::from_utf8_lossy(&link)).trim().to_owned()
        });
        entries.collect()
    }

    #[test]
    fn packs_what_is_hostile_as_it_is() {
        let archive = Archive::default()
            .folder("top")
            .program("/abs", "x")
            .file("top/../../up", "xy")
            .link("top/link", "/etc/passwd")
            .hard_link("top/hard", "../../other")
            .device("top/device")
            .links("top/many", 2)
            .claim("top/large", 0);
        let packed = archive.pack(Format::Tar);
        assert_eq!(
            listed(&packed[..]),
            [
                "Directory top 0",
                "Regular /abs 1",
                "Regular top/../../up 2",
                "Symlink top/link 0 /etc/passwd",
                "Link top/hard 0 ../../other",
                "Char top/device 0",
                "Symlink top/many/0000000 0 0000000",
                "Symlink top/many/0000001 0 0000000",
                "Regular top/large 0",
            ]
        );
        let unpacked = flate2::read::GzDecoder::new(Cursor::new(archive.pack(Format::TarGz)));
        assert_eq!(listed(unpacked), listed(&packed[..]));
        let unpacked = bzip2::read::BzDecoder::new(Cursor::new(archive.pack(Format::TarBz2)));
        assert_eq!(listed(unpacked), listed(&packed[..]));
        let unpacked = zstd::Decoder::new(Cursor::new(archive.pack(Format::TarZst))).unwrap();
        assert_eq!(listed(unpacked), listed(&packed[..]));
    }

    #[test]
    fn packs_what_is_longer_than_it_seems() {
        let packed = Archive::default().claim("large", 1 << 40).pack(Format::Tar);
        let mut archive = tar::Archive::new(&packed[..]);
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.size(), 1 << 40);
        let packed = Archive::default().file("top", "x").tail(1 << 20).pack(Format::TarGz);
        assert!(packed.len() < 1 << 16);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked.len() > 1 << 20);
    }

    #[test]
    fn packs_a_zip_as_it_is() {
        let archive = Archive::default()
            .folder("top")
            .program("/abs", "x")
            .file("top/../../up", "xy")
            .link("top/link", "/etc/passwd");
        let packed = archive.pack(Format::Zip);
        let mut zip = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
        let entries = (0..zip.len()).map(|at| {
            let entry = zip.by_index(at).unwrap();
            let mode = entry.unix_mode().unwrap_or_default();
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            format!("{mode:o} {name} {}", entry.size())
        });
        assert_eq!(
            entries.collect::<Vec<_>>(),
            ["40755 top/ 0", "100755 /abs 1", "100644 top/../../up 2", "120777 top/link 11"]
        );
    }
}
