//! Linux, macOS and other Unixes.

#![expect(
    clippy::disallowed_methods,
    reason = "what differs between systems is below `fs` and `process`"
)]

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt, OsStringExt as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// The directory of a virtual environment that holds its programs.
pub(crate) const VENV_BIN: &str = "bin";

/// Replaces this process by the command; returns only when that fails.
pub(crate) fn exec(command: &mut Command) -> io::Result<ExitStatus> {
    Err(command.exec())
}

/// Runs the command to its end, and passes on what this process is told to end by.
///
/// An interrupt from the terminal reaches the command by itself.
pub(crate) fn status(command: &mut Command) -> io::Result<ExitStatus> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let handle = signals.handle();
    let mut child = command.spawn()?;
    let pid = Pid::from_child(&child);
    let forwarding = thread::spawn(move || {
        for signal in signals.forever().filter(|signal| *signal != SIGINT) {
            let signal = Signal::from_named_raw(signal).expect("it was asked for by name");
            match kill_process(pid, signal) {
                Ok(()) | Err(_) => {} // one that ended already has no use for it
            }
        }
    });
    let status = child.wait();
    handle.close();
    forwarding.join().expect("forwarding does not panic");
    status
}

/// Starts a command that is told to end when this process is gone: what it does would go on with nobody to see it, and
/// without the locks that this process held. Only Linux knows how.
pub(crate) fn spawn_bound(command: &mut Command) -> io::Result<Child> {
    #[cfg(target_os = "linux")]
    {
        use rustix::io::Errno;
        use rustix::process::{getpid, getppid, set_parent_process_death_signal};

        let parent = getpid();
        let bind = move || {
            set_parent_process_death_signal(Some(Signal::TERM))?;
            // it may be gone already
            if getppid() == Some(parent) { Ok(()) } else { Err(Errno::SRCH.into()) }
        };
        // SAFETY: between fork and exec the closure makes two system calls, allocates nothing and takes no lock.
        #[expect(unsafe_code, reason = "only the child itself can say whom it does not outlive")]
        unsafe {
            command.pre_exec(bind);
        }
    }
    command.spawn()
}

/// Lets an interrupt do something before it ends this process, from now on.
pub(crate) fn before_interrupt(act: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            act();
            // it ends this process, so that there is nobody to tell
            drop(emulate_default_handler(signal));
        }
    });
    Ok(())
}

/// Notices that this process is told to end.
#[derive(Debug)]
pub(crate) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    pub(crate) fn watch() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Self(flag))
    }

    pub(crate) fn has_come(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Returns the number of the signal that ended a process.
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// Returns the files in a directory that a program's name can stand for.
pub(crate) fn programs(directory: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
    std::iter::once(directory.join(name))
}

/// Tells whether this user may run the file.
pub(crate) fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Lets everybody run the file who may read it.
pub(crate) fn make_executable(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    fs::set_permissions(path, PermissionsExt::from_mode(mode | (mode & 0o444) >> 2))
}

/// Creates a file that must not exist yet; the mask takes its part of the mode.
pub(crate) fn create_with_mode(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

/// Returns a mode as the permissions of a new directory; the mask of the process takes its part.
#[expect(clippy::unnecessary_wraps, reason = "Windows has none to state")]
pub(crate) fn directory_permissions(mode: u32) -> Option<Permissions> {
    Some(PermissionsExt::from_mode(mode))
}

/// Makes a program known under another name in its directory.
///
/// A link that names it is never stale, whatever replaces the program.
pub(crate) fn link_program(program: &Path, name: &Path) -> io::Result<()> {
    symlink(Path::new(program.file_name().unwrap_or_default()), name)
}

/// Does nothing: what runs here can be replaced.
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) fn make_way(_program: &Path, _prefix: &str) -> io::Result<Option<PathBuf>> {
    Ok(None)
}

/// Returns what changes whenever a file is changed or replaced.
///
/// The change time and the inode see what a restored modification time hides. The device is left
/// out: some have another number after each start.
pub(crate) fn stamp(file: &Metadata) -> [u64; 4] {
    let seconds = file.ctime().cast_unsigned();
    let nanoseconds = file.ctime_nsec().cast_unsigned();
    [file.ino(), file.len(), seconds, nanoseconds]
}

/// Tells whether others than its owner can read a file.
pub(crate) fn is_open_to_others(file: &Metadata) -> bool {
    file.mode() & 0o077 != 0
}

/// Creates a symbolic link.
pub(crate) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// Returns the C library of this machine, by what its shell is linked to.
pub(crate) fn libc() -> &'static str {
    let mut beginning = Vec::new();
    let shell = fs::File::open("/bin/sh");
    let read = shell.and_then(|shell| shell.take(4096).read_to_end(&mut beginning));
    let is_musl = read.is_ok() && beginning.windows(7).any(|bytes| bytes == b"ld-musl");
    if is_musl { "musl" } else { "gnu" }
}

/// Returns the path that bytes name which [`path_bytes`] made.
pub(crate) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}

/// Returns a path as bytes that name it exactly.
pub(crate) fn path_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// Returns places outside `PATH` where interpreters are usually installed.
pub(crate) fn interpreter_directories() -> Vec<&'static Path> {
    let mut places = vec!["/usr/bin", "/usr/local/bin"];
    if cfg!(target_os = "macos") {
        places.extend(["/opt/homebrew/bin", "/opt/local/bin"]);
    }
    places.into_iter().map(Path::new).collect()
}

/// Returns folders with one subfolder a version, each with its programs in `bin`.
pub(crate) fn interpreter_collections() -> Vec<&'static Path> {
    if cfg!(target_os = "macos") {
        vec![Path::new("/Library/Frameworks/Python.framework/Versions")]
    } else {
        Vec::new()
    }
}

/// Asks cloud storage programs to leave a directory alone.
pub(crate) fn exclude_from_cloud_sync(directory: &Path) -> io::Result<()> {
    let names: &[&str] = if cfg!(target_os = "macos") {
        &["com.dropbox.ignored", "com.apple.fileprovider.ignore#P"]
    } else {
        &["user.com.dropbox.ignored"]
    };
    names.iter().try_for_each(|name| xattr::set(directory, name, b"1"))
}
