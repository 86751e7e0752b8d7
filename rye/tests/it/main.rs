//! Black-box tests: each runs the program in a world of its own.

mod support;
mod tidy;

mod add;
mod config;
mod engine;
mod init;
mod pin;
mod remove;
mod toolchain;
mod version;
