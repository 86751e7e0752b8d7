//! Tells the crate what it is built for and from: the target triple and the commit, and with the
//! feature `bundled` the wheels to embed, checked against `data/engines.toml`. Compresses the
//! catalog of toolchains.

#![expect(clippy::disallowed_methods, reason = "a build script is a program of its own")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

fn main() {
    println!("cargo::rustc-env=RYE_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=RYE_COMMIT={}", commit());
    if variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu" {
        // at a fixed place the program needs no relocation: 0.3 ms of the 1.5 that a shim may take
        println!("cargo::rustc-link-arg-bins=-no-pie");
        link_unwinder();
    }
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let data = root.join("data/engines.toml");
    println!("cargo::rerun-if-changed={}", data.display());
    let engines = fs::read_to_string(&data).expect("data/engines.toml is part of the repository");
    for engine in ENGINES {
        let version = value(&engines, &format!("[{engine}]"), "version");
        println!("cargo::rustc-env=RYE_{}_VERSION={version}", engine.to_uppercase());
    }
    compress(&root.join("data/toolchains.txt"));
    if env::var_os("CARGO_FEATURE_BUNDLED").is_some() {
        bundle(&root, &engines);
    }
}

/// Has the linker take its unwinder from the compiler's archive, where that is: a library less to load is another 0.1 ms,
/// and one less that a small system may not have.
fn link_unwinder() {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let archive = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output();
    let path = archive.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    if path.is_ok_and(|path| Path::new(&path).is_absolute()) {
        // std asks for the library by its name: this script has the archive in its place
        let directory = PathBuf::from(variable("OUT_DIR")).join("unwinder");
        fs::create_dir_all(&directory).expect("the build directory can be written to");
        fs::write(directory.join("libgcc_s.so"), "GROUP ( -lgcc_eh )\n").expect("it has room");
        println!("cargo::rustc-link-search=native={}", directory.display());
    }
}

const ENGINES: [&str; 2] = ["uv", "ruff"];

/// Compresses a data file, for a binary that carries it and seldom reads it.
fn compress(data: &Path) {
    println!("cargo::rerun-if-changed={}", data.display());
    let name = data.file_name().expect("it is a file").to_string_lossy();
    let target = PathBuf::from(variable("OUT_DIR")).join(format!("{name}.gz"));
    let text = fs::read(data).unwrap_or_else(|error| panic!("{}: {error}", data.display()));
    let file = fs::File::create(target).expect("the build directory can be written to");
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(&text).and_then(|()| encoder.finish()).expect("the disk has room");
}

/// Returns a text value of a table; the file is written by a program and has one shape.
fn value<'a>(toml: &'a str, table: &str, key: &str) -> &'a str {
    toml.split_once(&format!("{table}\n"))
        .and_then(|(_, rest)| rest.split_once(&format!("{key} = \"")))
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or_else(|| panic!("data/engines.toml has no `{key}` in {table}"))
}

/// Returns the abbreviated commit the sources are at, or `unknown` outside a checkout.
fn commit() -> String {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    // HEAD moves with a checkout, the log beside it with every commit
    if let Some(directory) = git(&["rev-parse", "--absolute-git-dir"]) {
        println!("cargo::rerun-if-changed={directory}/HEAD");
        let log = Path::new(&directory).join("logs").join("HEAD");
        if log.is_file() {
            println!("cargo::rerun-if-changed={}", log.display());
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned())
}

/// Checks the wheels that `scripts/bundle-engines` put under `target/bundle` and says where they are.
fn bundle(root: &Path, engines: &str) {
    let target = variable("TARGET").replace("-windows-gnu", "-windows-msvc");
    println!("cargo::rerun-if-env-changed=RYE_BUNDLE_DIR");
    let directory = env::var_os("RYE_BUNDLE_DIR")
        .map_or_else(|| root.join("../target/bundle"), PathBuf::from)
        .join(&target);
    let directory = std::path::absolute(directory).expect("the directory has a name");
    for engine in ENGINES {
        let wheel = directory.join(format!("{engine}.whl"));
        println!("cargo::rerun-if-changed={}", wheel.display());
        let expected = value(engines, &format!("[{engine}.wheels.{target}]"), "sha256");
        check(&wheel, expected);
        let variable = format!("RYE_BUNDLED_{}", engine.to_uppercase());
        println!("cargo::rustc-env={variable}={}", wheel.display());
    }
}

fn check(wheel: &Path, expected: &str) {
    let advice = "run `scripts/bundle-engines` first";
    let bytes =
        fs::read(wheel).unwrap_or_else(|error| panic!("{}: {error}; {advice}", wheel.display()));
    let actual = sha256(&bytes);
    assert_eq!(actual, expected, "{} is not the pinned wheel; {advice}", wheel.display());
}

fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("a string takes every text");
    }
    text
}

fn variable(name: &str) -> String {
    env::var(name).expect("cargo sets it for build scripts")
}
