//! The program `rye`.

use std::process::ExitCode;

fn main() -> ExitCode {
    rye::run(std::env::args_os())
}
