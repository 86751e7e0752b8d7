//! The world that the tests run in, and what they ask of it.
//!
//! ```ignore
//! let cx = TestContext::new(); // the standard index, the pinned engine, the newest interpreter of the machine
//! cx.write_project("demo", &["flask"]);
//! rye_snapshot!(cx, ["sync", "--quiet"], @r"
//! exit: 0
//! ----- stdout -----
//! ----- stderr -----
//! ");
//! assert!(cx.installed().contains(&"flask==3.0.0".to_owned()));
//! ```
//!
//! - Nothing reaches outside: the index is [`Index`] on the loopback interface, every https request is refused at once,
//!   and home, caches and temporary files lie below [`TestContext::root`].
//! - A snapshot shows marks: `[ROOT]` (the project is `[ROOT]/project`), `[HOME]` (`RYE_HOME`), `[UV]`, `[INDEX]`, `[FILES]`,
//!   `[HOST]`, `[TIME]`, `[VERSION]`, and for the machine's interpreters, the newest first, `[PYTHON]`, `[PYTHON-MINOR]`,
//!   `[PYTHON-PATH]`, then `[PYTHON-2]` and so on.
//! - Toolchains come from a [`Mirror`] on the loopback interface: fake ones of a few bytes, or [`relocatable`], a real one
//!   made of an interpreter of the machine. With it snapshots have `[MIRROR]`, `[BASE]`, `[FOLDER]`, `[PLATFORM]`.
//! - Rye looks for interpreters in places like `/usr/bin`, too, whatever `PATH` shows, and the machine decides what is
//!   there. What a test can rely on: [`TestContext::python`] is the newest of all, so it is what rye takes without a pin.
//!   What it must not: that no other one is found. So a listing is searched for the lines that matter, not compared as a
//!   whole; a Python that does not exist is one that cannot (`3.99`, or `toolchain.preference = "only-managed"`
//!   for none at all); and no version of a real Python stands in a test or a snapshot, as a machine may have it.
//! - Pages of the index are cached for ten minutes, as a real one's are. A test in which something is published meanwhile
//!   builds its index with `.with_cache_control("no-cache")`.

#![expect(
    clippy::unwrap_used,
    reason = "a world that cannot be built fails the test, and these are no `#[test]` functions themselves"
)]

#[cfg(unix)]
mod archive;
mod context;
mod index;
#[cfg(unix)]
mod mirror;
mod outer;
mod run;
mod server;
mod snapshot;
#[cfg(unix)]
mod terminal;
mod upload;
mod wheel;

#[cfg(test)]
mod tests;

#[cfg(unix)]
pub(crate) use self::archive::{Archive, Format};
pub(crate) use self::context::TestContext;
pub(crate) use self::index::{Index, RunningIndex};
#[cfg(unix)]
pub(crate) use self::mirror::{Build, Fake, Mirror, RunningMirror};
pub(crate) use self::outer::{engine, engine_wheel, engine_wheel_name, exe, fetch};
#[cfg(unix)]
pub(crate) use self::outer::{real_ruff, relocatable};
pub(crate) use self::run::{Ended, Output, Run, signal};
pub(crate) use self::server::{Fault, Response, Server};
pub(crate) use self::wheel::{Distribution, Sdist, Wheel, sha256};

/// Runs rye and compares status, standard output and standard error with an inline snapshot: with the arguments, or with
/// a prepared [`Run`].
macro_rules! rye_snapshot {
    ($cx:expr, [$($arg:expr),* $(,)?], @$snapshot:literal $(,)?) => {
        insta::assert_snapshot!($cx.rye([$(std::ffi::OsStr::new($arg)),*] as [&std::ffi::OsStr; _]).snapshot(), @$snapshot)
    };
    ($run:expr, @$snapshot:literal $(,)?) => {
        insta::assert_snapshot!($run.snapshot(), @$snapshot)
    };
}

pub(crate) use rye_snapshot;
