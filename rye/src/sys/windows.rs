//! Windows.

#![expect(
    clippy::disallowed_methods,
    reason = "what differs between systems is below `fs` and `process`"
)]

use std::ffi::OsString;
use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::os::windows::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

/// The directory of a virtual environment that holds its programs.
pub(crate) const VENV_BIN: &str = "Scripts";

/// What makes a file a program.
const PROGRAM_EXTENSIONS: [&str; 4] = ["com", "exe", "bat", "cmd"];

/// Runs the command and returns its status; a process cannot be replaced here.
pub(crate) fn exec(command: &mut Command) -> io::Result<ExitStatus> {
    command.status()
}

/// Runs the command to its end.
pub(crate) fn status(command: &mut Command) -> io::Result<ExitStatus> {
    command.status()
}

/// Does nothing: an interrupt ends this process at once here.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) fn before_interrupt(_act: impl Fn() + Send + 'static) -> io::Result<()> {
    Ok(())
}

/// Notices nothing: an interrupt ends this process with its children here.
#[derive(Debug)]
pub(crate) struct Interruption;

impl Interruption {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(crate) fn watch() -> io::Result<Self> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "elsewhere it knows")]
    pub(crate) fn has_come(&self) -> bool {
        false
    }
}

/// Returns `None`: processes end with a status here.
pub(crate) fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

/// Returns the files in a directory that a program's name can stand for, the preferred one first.
pub(crate) fn programs(directory: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
    PROGRAM_EXTENSIONS.map(|extension| directory.join(format!("{name}.{extension}"))).into_iter()
}

/// Tells whether the file's extension makes it a program.
pub(crate) fn is_executable(path: &Path) -> bool {
    let program = |extension: &std::ffi::OsStr| {
        PROGRAM_EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
    };
    path.is_file() && path.extension().is_some_and(program)
}

/// Does nothing: the extension decides here.
pub(crate) fn make_executable(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(drop)
}

/// Creates a file that must not exist yet; it inherits its rights here.
pub(crate) fn create_with_mode(path: &Path, _mode: u32) -> io::Result<File> {
    File::create_new(path)
}

/// Returns nothing: a directory inherits its rights here.
pub(crate) fn directory_permissions(_mode: u32) -> Option<Permissions> {
    None
}

/// Makes a program known under another name in its directory; a copy where links are not possible.
pub(crate) fn link_program(program: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(program, name).or_else(|_| fs::copy(program, name).map(drop))
}

/// Moves a program aside, since one that runs can be renamed here and not replaced; returns its new path, whose
/// name begins with `prefix`.
pub(crate) fn make_way(program: &Path, prefix: &str) -> io::Result<Option<PathBuf>> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    for number in 0..u32::MAX {
        let aside = program.with_file_name(format!("{prefix}{number}-{name}"));
        if aside.symlink_metadata().is_ok() {
            continue;
        }
        return match fs::rename(program, &aside) {
            Ok(()) => Ok(Some(aside)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
    }
    Ok(None)
}

/// Returns what changes whenever a file is changed or replaced.
pub(crate) fn stamp(file: &Metadata) -> [u64; 4] {
    let attributes = u64::from(file.file_attributes());
    [attributes, file.creation_time(), file.file_size(), file.last_write_time()]
}

/// Starts a command; it outlives this process if that is ended.
pub(crate) fn spawn_bound(command: &mut Command) -> io::Result<Child> {
    command.spawn()
}

/// Tells nothing: a file in the profile of a user is that user's alone here, unless somebody shared it.
pub(crate) fn is_open_to_others(_file: &Metadata) -> bool {
    false
}

/// Creates a symbolic link, to a directory if that is what the target is.
pub(crate) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    if link.with_file_name(target).is_dir() {
        std::os::windows::fs::symlink_dir(target, link)
    } else {
        std::os::windows::fs::symlink_file(target, link)
    }
}

/// Returns the C library that builds for Linux are told apart by; there is one here.
pub(crate) fn libc() -> &'static str {
    ""
}

/// Returns the path that bytes name which [`path_bytes`] made.
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    PathBuf::from(OsString::from_wide(&units.collect::<Vec<_>>()))
}

/// Returns a path as bytes that name it exactly.
pub(crate) fn path_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().encode_wide().flat_map(u16::to_le_bytes).collect()
}

/// Returns places outside `PATH` where interpreters are usually installed.
pub(crate) fn interpreter_directories() -> Vec<&'static Path> {
    Vec::new()
}

/// Returns folders with one subfolder a version, each with its programs in it.
pub(crate) fn interpreter_collections() -> Vec<&'static Path> {
    vec![Path::new(r"C:\Program Files")]
}

/// Asks cloud storage programs to leave a directory alone, by an alternate stream.
pub(crate) fn exclude_from_cloud_sync(directory: &Path) -> io::Result<()> {
    let mut stream = directory.as_os_str().to_owned();
    stream.push(":com.dropbox.ignored");
    fs::write(stream, b"1")
}
