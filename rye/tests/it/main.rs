//! Black-box tests: each runs the program in a world of its own.

#![expect(clippy::disallowed_methods, reason = "tests look at the program from outside")]

mod support;
mod tidy;

mod add;
mod agreement;
mod bad_input;
mod build;
mod choices;
mod completion;
mod config;
mod doctor;
mod engine;
mod export;
#[cfg(unix)]
mod fetch;
mod habits;
mod init;
#[cfg(unix)]
mod lint;
mod list;
mod lock;
mod make_req;
mod metadata;
mod new;
mod outdated;
mod pin;
mod publish;
#[cfg(feature = "test-real-index")]
mod real;
mod reference;
mod remove;
mod run;
mod rye_self;
mod rye_test;
mod rye_version;
mod self_update;
mod shell;
mod shims;
mod show;
mod skeleton;
mod sources;
mod stale;
mod standalone;
mod sync;
mod toolchain;
mod tools;
mod tree;
mod upgrade;
mod version;
mod why;
mod workspace;
