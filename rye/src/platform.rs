//! The platform this program was built for.

use std::fmt;

/// An operating system and an architecture, in the names Rye gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Platform {
    pub(crate) os: &'static str,
    pub(crate) arch: &'static str,
}

/// Operating systems that a request can name.
pub(crate) const OS_NAMES: [&str; 3] = ["linux", "macos", "windows"];

/// Architectures that a request can name.
pub(crate) const ARCH_NAMES: [&str; 7] =
    ["x86_64", "aarch64", "x86", "armv7", "riscv64", "s390x", "ppc64le"];

/// The C libraries of Linux that a request can name.
pub(crate) const LIBC_NAMES: [&str; 2] = ["gnu", "musl"];

impl Platform {
    /// The platform of this program.
    pub(crate) const CURRENT: Self = Self {
        os: std::env::consts::OS,
        // Rust names the family where Python names the machine
        arch: match std::env::consts::ARCH.as_bytes() {
            b"arm" => "armv7",
            b"powerpc64" => "ppc64le",
            _ => std::env::consts::ARCH,
        },
    };

    /// Tells whether this machine runs programs for an architecture, as far as is known.
    pub(crate) fn runs(self, os: &str, arch: &str) -> bool {
        let others: &[&str] = match (self.os, self.arch) {
            ("linux" | "windows", "x86_64") => &["x86"],
            ("macos", "aarch64") => &["x86_64"],
            ("windows", "aarch64") => &["x86_64", "x86"],
            _ => &[],
        };
        os == self.os && (arch == self.arch || others.contains(&arch))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.os, self.arch)
    }
}

/// Returns the target triple under which `data/engines.toml` lists this platform.
///
/// A Windows build of either toolchain runs the one kind of wheel that there is.
pub(crate) fn engine_target() -> &'static str {
    match env!("RYE_TARGET") {
        "x86_64-pc-windows-gnu" => "x86_64-pc-windows-msvc",
        target => target,
    }
}
