//! Files and directories: errors that name the path, atomic replacement, staging, locks.

#![expect(clippy::disallowed_methods, reason = "this is the module that adds the paths")]

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::{TempDir, TempPath};

use crate::error::Hint;
use crate::sys;

/// A file operation that failed, with the path it failed on.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`", path.display())]
pub(crate) struct Error {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl Error {
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self { action, path: path.to_owned(), source }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        self.source.kind()
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        let text = match self.source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "make room on the disk and try again"
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "check who may read and write there"
            }
            ErrorKind::InvalidData => "save it as UTF-8",
            ErrorKind::IsADirectory => "move the directory away: a file is to be there",
            ErrorKind::NotADirectory => "move the file away that is in the place of a directory",
            ErrorKind::ResourceBusy => {
                "it is in use, or a mount point: unmount it, or put it elsewhere"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// Adds the action and the path to the result of an operation.
trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::new(action, path, source))
    }
}

/// How many files are worth a thread that reads them
pub(crate) const READS: usize = 64;
/// How many files are worth a thread that looks what they are
pub(crate) const LOOKS: usize = 256;

/// Returns the content of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    content(path).at("read", path)
}

/// Returns the text of a file; text that is not UTF-8 is an error.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let text = content(path).and_then(|content| {
        let invalid =
            |_| io::Error::new(ErrorKind::InvalidData, "stream did not contain valid UTF-8");
        String::from_utf8(content).map_err(invalid)
    });
    text.at("read", path)
}

/// Returns the text of a file, or `None` where there is none.
pub(crate) fn find_text(path: &Path) -> Result<Option<String>, Error> {
    found(read_text(path))
}

/// Returns the content of a file, or `None` where there is none.
pub(crate) fn find(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    found(read(path))
}

/// Reads a file whole.
///
/// Most are small. `std::fs::read` asks each for its size first, which is one of five calls into the system.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut small = [0; 4096];
    let mut length = 0;
    while length < small.len() {
        match file.read(&mut small[length..]) {
            Ok(0) => return Ok(small[..length].to_vec()),
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut content = small.to_vec();
    file.read_to_end(&mut content)?;
    Ok(content)
}

fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(content) => Ok(Some(content)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Does the same with each of some things, on all processors where there are many: a thread for fewer than `least`
/// would cost more than it saves.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    least: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    // to ask how many processors there are takes a dozen calls into the system
    let threads = match items.len() / least {
        0 | 1 => 1,
        most => thread::available_parallelism().map_or(1, usize::from).min(most),
    };
    let chunk = items.len().div_ceil(threads).max(1);
    let work = &work;
    thread::scope(|scope| {
        let mut chunks = items.chunks(chunk);
        let first = chunks.next().unwrap_or_default();
        let all_of = move |items: &[T]| items.iter().map(work).collect::<Vec<_>>();
        let others: Vec<_> = chunks
            .map(|items| (items, thread::Builder::new().spawn_scoped(scope, move || all_of(items))))
            .collect();
        let mut done = all_of(first);
        for (items, other) in others {
            done.extend(match other {
                Ok(other) => other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(_) => all_of(items), // there may be no more threads
            });
        }
        done
    })
}

/// Returns the first bytes of a file, at most so many.
pub(crate) fn read_beginning(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut beginning));
    read.at("read", path)?;
    Ok(beginning)
}

/// Returns the names in a directory, sorted; none where there is no directory.
pub(crate) fn list(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::new("list", directory, error)),
    };
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()
        .at("list", directory)?;
    names.sort(); // whole paths would be compared from their first part on
    Ok(names.into_iter().map(|name| directory.join(name)).collect())
}

/// Returns the names of the directories in a directory, links to some included, sorted.
pub(crate) fn directories(directory: &Path) -> Result<Vec<OsString>, Error> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(Error::new("list", directory, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.at("list", directory)?;
        let kind = entry.file_type().at("list", directory)?;
        // only a link has to be followed to know
        if kind.is_dir() || kind.is_symlink() && entry.path().is_dir() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    Ok(names)
}

/// Returns what tells one state of a file from another, or `None` where there is no file.
pub(crate) fn stamp(path: &Path) -> Result<Option<[u64; 4]>, Error> {
    match fs::metadata(path) {
        Ok(file) => Ok(Some(sys::stamp(&file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::new("look at", path, error)),
    }
}

/// Tells whether others than its owner can read a file, or `None` where there is no file.
pub(crate) fn is_open_to_others(path: &Path) -> Result<Option<bool>, Error> {
    match fs::metadata(path) {
        Ok(file) => Ok(Some(sys::is_open_to_others(&file))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::new("look at", path, error)),
    }
}

/// Returns the path with links and `..` resolved.
pub(crate) fn canonical(path: &Path) -> Result<PathBuf, Error> {
    fs::canonicalize(path).at("find", path)
}

/// Tells whether anything has this name, a dangling link included.
pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

pub(crate) fn create_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).at("create the directory", path)
}

/// Creates a directory in one that must be there; it may be there itself.
pub(crate) fn create_directory_in(path: &Path) -> Result<(), Error> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        created => created.at("create the directory", path),
    }
}

/// Removes a file, a link, or a directory with all that is in it.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    let file = path.symlink_metadata().at("remove", path)?;
    let removed = if file.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.at("remove", path)
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).at("replace", to)
}

/// Puts a file in the place of another, atomically, wherever it comes from.
pub(crate) fn move_file(from: &Path, to: &Path) -> Result<(), Error> {
    let directory = to.parent().unwrap_or(Path::new("."));
    let copy = || {
        let mut builder = tempfile::Builder::new();
        let file = builder.prefix(UNFINISHED).tempfile_in(directory)?;
        fs::copy(from, file.path())?; // with its mode
        file.into_temp_path().persist(to).map_err(io::Error::from)?;
        fs::remove_file(from)
    };
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => copy().at("write", to),
        moved => moved.at("write", to),
    }
}

pub(crate) fn symlink(target: &Path, link: &Path) -> Result<(), Error> {
    sys::symlink(target, link).at("create the link", link)
}

/// Tells whether this user may make symbolic links, which on Windows not everybody may.
pub(crate) fn has_symlinks() -> bool {
    let try_it = || symlink(Path::new("target"), &temporary_directory()?.path().join("link"));
    cfg!(unix) || try_it().is_ok()
}

/// Gives a file another name.
pub(crate) fn hard_link(file: &Path, name: &Path) -> Result<(), Error> {
    fs::hard_link(file, name).at("create the link", name)
}

/// Lets everybody run the file who may read it.
pub(crate) fn make_executable(path: &Path) -> Result<(), Error> {
    sys::make_executable(path).at("make executable", path)
}

/// Fails for a file that is there and must not be written.
pub(crate) fn check_writable(path: &Path) -> Result<(), Error> {
    match fs::metadata(path) {
        Ok(file) if file.permissions().readonly() => {
            Err(Error::new("write", path, ErrorKind::PermissionDenied.into()))
        }
        Ok(_) | Err(_) => Ok(()), // what else is wrong shows when it is written
    }
}

/// Replaces a file atomically, or creates it; its mode stays, and so does a link to it.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Error> {
    let content = content.as_ref();
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(Error::new("write", path, error)),
    };
    check_writable(path)?;
    let existing = fs::metadata(&target).ok();
    let directory = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).at("create the directory", directory)?;
    let write = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED);
        let mut file = match &existing {
            // as private as the file it replaces, before anything is in it
            Some(existing) => builder.permissions(existing.permissions()).tempfile_in(directory)?,
            None => builder.make_in(directory, |path| File::create_new(path))?,
        };
        file.as_file_mut().write_all(content)?;
        if let Some(existing) = &existing {
            // the mask of the process has no say in what is there already
            file.as_file().set_permissions(existing.permissions())?;
        }
        file.persist(&target).map_err(io::Error::from)
    };
    write().map(drop).at("write", path)
}

/// Replaces a file atomically, or creates it, so that its owner alone can read it.
pub(crate) fn write_private(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Error> {
    let directory = path.parent().unwrap_or(Path::new("."));
    create_directory(directory)?;
    let write = || {
        // temporary files are private
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(directory)?;
        file.write_all(content.as_ref())?;
        file.persist(path).map_err(io::Error::from)
    };
    write().map(drop).at("write", path)
}

/// Writes to what is there, or to a file that nobody else knows of yet, such as one in a temporary directory.
pub(crate) fn write_new(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Error> {
    fs::write(path, content).at("write", path)
}

/// How the names of files begin that are not in their place yet
const UNFINISHED: &str = ".rye-unfinished-";

/// Puts a copy of a program in the place of a file or a link, atomically; whoever may read the copy may
/// run it.
pub(crate) fn copy_program(from: &Path, to: &Path) -> Result<(), Error> {
    let directory = to.parent().unwrap_or(Path::new("."));
    let copy = || {
        let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(directory)?;
        fs::copy(from, file.path())?;
        sys::make_executable(file.path())?;
        // while it is open for writing nobody could run it
        replace_program(file.into_temp_path(), to)
    };
    copy().at("write", to)
}

/// Puts a program in the place of one that may be running.
fn replace_program(new: TempPath, to: &Path) -> io::Result<()> {
    let aside = sys::make_way(to, UNFINISHED)?;
    new.persist(to).map_err(|error| {
        if let Some(aside) = aside {
            // if it cannot come back either, the first error says more
            drop(fs::rename(aside, to));
        }
        error.into()
    })
}

/// Removes the unfinished files that killed processes left in a directory. The caller holds the lock
/// that guards it.
pub(crate) fn clear_unfinished(directory: &Path) -> Result<(), Error> {
    for path in list(directory)? {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED)) {
            match remove(&path) {
                // a program that made way, and runs still
                Err(error) if cfg!(windows) && error.kind() == ErrorKind::PermissionDenied => {}
                removed => removed?,
            }
        }
    }
    Ok(())
}

/// Makes a program known under another name in its directory, in the place of what has that name.
pub(crate) fn link_program(program: &Path, name: &Path) -> Result<(), Error> {
    let directory = name.parent().unwrap_or(Path::new("."));
    let make = |path: &Path| sys::link_program(program, path);
    let link = || {
        let link = tempfile::Builder::new().prefix(UNFINISHED).make_in(directory, make)?;
        replace_program(link.into_temp_path(), name)
    };
    link().at("create the link", name)
}

/// Makes a symbolic link, in the place of a file or a link.
pub(crate) fn replace_link(target: &Path, link: &Path) -> Result<(), Error> {
    let directory = link.parent().unwrap_or(Path::new("."));
    let make = |path: &Path| sys::symlink(target, path);
    let replace = || {
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).make_in(directory, make)?;
        unfinished.into_temp_path().persist(link).map_err(io::Error::from)
    };
    replace().at("create the link", link)
}

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    File::open(path).at("read", path)
}

/// Creates a file that must not exist yet.
pub(crate) fn create(path: &Path) -> Result<File, Error> {
    File::create_new(path).at("create", path)
}

/// Creates a file that must not exist yet, for those whom `mode` and the mask of the process let.
pub(crate) fn create_with_mode(path: &Path, mode: u32) -> Result<File, Error> {
    sys::create_with_mode(path, mode).at("create", path)
}

/// Creates a file without a name that vanishes when closed, in a directory that is there.
pub(crate) fn temporary_file_in(directory: &Path) -> Result<File, Error> {
    tempfile::tempfile_in(directory).at("create a temporary file in", directory)
}

/// Creates a file without a name that vanishes when closed, in a directory that is made if absent.
pub(crate) fn temporary_file(directory: &Path) -> Result<File, Error> {
    create_directory(directory)?;
    tempfile::tempfile_in(directory).at("create a file in", directory)
}

/// How the names of temporary directories begin; nothing else is called so
const TEMPORARY: &str = "rye-temporary-";

/// After how long nobody works in a temporary directory any more
const FORGOTTEN: Duration = Duration::from_hours(48);

/// Where Linux keeps files in memory
const MEMORY: &str = "/dev/shm";

/// Creates an empty temporary directory that is removed when dropped, and that its owner alone can look into.
pub(crate) fn temporary_directory() -> Result<TempDir, Error> {
    temporary_directory_in(&tempfile::env::temp_dir())
}

/// Creates a temporary directory for small files, and has it filled: in memory where there is such a place and room in it,
/// since a disk may take a hundred times as long to create many, and to write the few that replace others.
pub(crate) fn filled_directory(
    fill: impl Fn(&Path) -> Result<(), Error>,
) -> Result<TempDir, Error> {
    let is_default = tempfile::env::temp_dir() == Path::new("/tmp");
    if cfg!(target_os = "linux")
        && is_default
        && let Ok(directory) = temporary_directory_in(Path::new(MEMORY))
        && fill(directory.path()).is_ok()
    {
        return Ok(directory);
    }
    let directory = temporary_directory()?;
    fill(directory.path())?;
    Ok(directory)
}

fn temporary_directory_in(directory: &Path) -> Result<TempDir, Error> {
    clear_forgotten(directory);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    if let Some(permissions) = sys::directory_permissions(0o700) {
        builder.permissions(permissions);
    }
    builder.tempdir_in(directory).at("create a temporary directory in", directory)
}

/// Removes the temporary directories that killed processes left long ago: an interrupt ends a process at once.
fn clear_forgotten(directory: &Path) {
    let entries = fs::read_dir(directory).into_iter().flatten().map_while(Result::ok);
    for entry in entries {
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            continue;
        }
        let changed = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let age = changed.and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > FORGOTTEN) {
            // those of other users stay, and nothing depends on it
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// A directory that is filled beside its target and then renamed to it, so that half of one is
/// never mistaken for the whole.
#[derive(Debug)]
pub(crate) struct Staging {
    directory: TempDir,
    target: PathBuf,
}

impl Staging {
    /// Creates the directory, and removes those that killed processes left. The caller holds the
    /// lock that guards the target.
    pub(crate) fn beside(target: &Path) -> Result<Self, Error> {
        // a link stays, and leads to the new directory
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let parent = target.parent().unwrap_or(Path::new("."));
        create_directory(parent)?;
        Self::clear(&target)?;
        let mut builder = tempfile::Builder::new();
        let prefix = Self::prefix(&target);
        builder.prefix(&prefix);
        if let Some(permissions) = sys::directory_permissions(0o777) {
            builder.permissions(permissions); // it becomes what everybody may look at
        }
        let directory = builder.tempdir_in(parent).at("create a directory in", parent)?;
        Ok(Self { directory, target })
    }

    /// Clears away what killed processes left beside a target, and puts back what one of them had
    /// moved aside and not replaced. The caller holds the lock that guards the target.
    pub(crate) fn clear(target: &Path) -> Result<(), Error> {
        for path in Self::leftovers(target)? {
            let old = path.join(Self::OLD);
            if !exists(target) && exists(&old) {
                rename(&old, target)?;
            }
            remove(&path)?;
        }
        Ok(())
    }

    /// Returns the names of the targets in a directory that processes stage, or did when killed.
    pub(crate) fn unfinished(directory: &Path) -> Result<Vec<String>, Error> {
        let name = |path: &PathBuf| {
            let name = path.file_name()?.to_str()?.strip_prefix('.')?;
            name.split_once(".staged-").map(|(target, _)| target.to_owned())
        };
        let mut names: Vec<_> = list(directory)?.iter().filter_map(name).collect();
        names.dedup();
        Ok(names)
    }

    fn leftovers(target: &Path) -> Result<Vec<PathBuf>, Error> {
        let prefix = Self::prefix(target);
        let mut paths = list(target.parent().unwrap_or(Path::new(".")))?;
        paths.retain(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
        });
        Ok(paths)
    }

    /// The name that what was there has while it is aside
    const OLD: &str = "old";

    fn prefix(target: &Path) -> String {
        format!(".{}.staged-", target.file_name().unwrap_or_default().to_string_lossy())
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Puts the directory in the place of its target. What was there moves aside first and is
    /// removed last.
    pub(crate) fn commit(self) -> Result<(), Error> {
        let target = self.target.clone();
        self.commit_part(Path::new(""), &target)
    }

    /// Puts a part of the directory in the place of a target in the same parent, and removes the
    /// rest of it.
    pub(crate) fn commit_part(self, part: &Path, target: &Path) -> Result<(), Error> {
        let Self { directory, .. } = self;
        let aside = TempDir::with_prefix_in(
            Self::prefix(target),
            target.parent().unwrap_or(Path::new(".")),
        )
        .at("create a directory beside", target)?;
        let old = aside.path().join(Self::OLD);
        if exists(target) {
            rename(target, &old)?;
        }
        let renamed = rename(&directory.path().join(part), target);
        if renamed.is_ok() && part.as_os_str().is_empty() {
            // it is not temporary any more
            let _path = directory.keep();
        } else if renamed.is_err() && exists(&old) {
            rename(&old, target)?;
        }
        renamed
    }

    /// Removes a directory so that half of it is never mistaken for the whole. The caller holds the
    /// lock that guards it.
    pub(crate) fn discard(target: &Path) -> Result<(), Error> {
        let parent = target.parent().unwrap_or(Path::new("."));
        let aside = TempDir::with_prefix_in(Self::prefix(target), parent)
            .at("create a directory beside", target)?;
        let gone = aside.path().join("gone");
        rename(target, &gone)?;
        remove(&gone)
    }
}

/// A lock between processes; it ends with the value, or with the process.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Takes the lock, creating its file; calls `waiting` if another process holds it.
pub(crate) fn lock(path: &Path, waiting: impl FnOnce()) -> Result<Lock, Error> {
    if let Some(lock) = try_lock(path)? {
        return Ok(lock);
    }
    waiting();
    let file = open_lock(path)?;
    file.lock().at("take the lock", path)?;
    Ok(Lock(file))
}

/// Takes the lock if nobody holds it.
pub(crate) fn try_lock(path: &Path) -> Result<Option<Lock>, Error> {
    create_directory(path.parent().unwrap_or(Path::new(".")))?;
    let file = open_lock(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(Error::new("take the lock", path, error)),
    }
}

fn open_lock(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    options.open(path).at("open the lock", path)
}

/// Returns the digest that a text is, in the form of [`sha256`]; none if it is no such digest.
pub(crate) fn parse_sha256(text: &str) -> Option<String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| text.to_ascii_lowercase())
}

/// Returns the SHA-256 of some bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    hexadecimal(&Sha256::digest(bytes))
}

/// Returns bytes in hexadecimal, two lower-case digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes every text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn temporary_directories_are_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = temporary_directory().unwrap();
        assert_eq!(directory.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    #[cfg(unix)]
    fn temporary_directories_of_killed_processes_go_when_they_are_old() {
        let root = temporary_directory().unwrap();
        let at = |name: &str, age: Duration| {
            let path = root.path().join(name);
            create_directory(&path.join("full")).unwrap();
            let time = std::time::SystemTime::now() - age;
            File::open(&path).unwrap().set_modified(time).unwrap();
            path
        };
        let young = at("rye-temporary-1", FORGOTTEN / 2);
        let old = at("rye-temporary-2", FORGOTTEN * 2);
        let other = at("rye-notes", FORGOTTEN * 2);
        clear_forgotten(root.path());
        assert!(exists(&young) && exists(&other));
        assert!(!exists(&old));
        clear_forgotten(&other.join("absent"));
    }

    #[test]
    fn a_replaced_file_keeps_its_link() {
        let root = temporary_directory().unwrap();
        let (file, link) = (root.path().join("file"), root.path().join("link"));
        write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, "new").unwrap();
        assert_eq!(read_text(&file).unwrap(), "new");
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn a_staged_directory_replaces_a_full_one() {
        let root = temporary_directory().unwrap();
        let target = root.path().join("target");
        create_directory(&target).unwrap();
        write(&target.join("old"), "").unwrap();
        let staging = Staging::beside(&target).unwrap();
        write(&staging.path().join("new"), "").unwrap();
        staging.commit().unwrap();
        assert_eq!(list(&target).unwrap(), [target.join("new")]);
        assert_eq!(list(root.path()).unwrap(), [target]);
    }

    #[test]
    fn what_a_killed_process_moved_aside_comes_back() {
        let root = temporary_directory().unwrap();
        let target = root.path().join("target");
        let left = root.path().join(format!("{}1", Staging::prefix(&target)));
        create_directory(&left.join(Staging::OLD)).unwrap();
        Staging::clear(&target).unwrap();
        assert_eq!(list(root.path()).unwrap(), [target]);
    }

    #[test]
    fn staging_removes_what_a_killed_process_left() {
        let root = temporary_directory().unwrap();
        let target = root.path().join("target");
        let left = Staging::beside(&target).unwrap();
        let _path = left.directory.keep();
        drop(Staging::beside(&target).unwrap());
        assert_eq!(list(root.path()).unwrap(), [] as [PathBuf; 0]);
    }
}
