//! Black-box tests: each runs the program in a world of its own.

mod support;
mod tidy;

mod config;
mod init;
mod pin;
mod toolchain;
mod add;
mod remove;
mod version;
