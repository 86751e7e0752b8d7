//! What outlives an environment: that the lockfiles of a workspace are what its manifests ask for.
//!
//! It was found out by a resolution, and holds as long as nothing changes that decided about it. Who makes an
//! environment anew need not ask the engine for it again.

use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::fs;
use crate::sys;
use crate::toolchain::Interpreter;

/// The file that remembers it for the workspace in a directory.
fn file(env: &Env, directory: &Path) -> PathBuf {
    env.agreements().join(&fs::sha256(&sys::path_bytes(directory))[..32])
}

/// Returns what stands for a state of inputs and lockfiles, by its digest, as an interpreter sees it: a lockfile that is
/// not universal is made for one.
fn state(inputs: &str, interpreter: &Interpreter) -> String {
    format!("{inputs} {}", interpreter.python)
}

/// Tells whether the lockfiles are known to agree.
pub(super) fn is_known(
    env: &Env,
    directory: &Path,
    inputs: &str,
    interpreter: &Interpreter,
) -> Result<bool, fs::Error> {
    let known = fs::find(&file(env, directory))?;
    Ok(known.is_some_and(|known| known == state(inputs, interpreter).as_bytes()))
}

/// Remembers that the lockfiles agree.
pub(super) fn remember(
    env: &Env,
    directory: &Path,
    inputs: &str,
    interpreter: &Interpreter,
) -> Result<(), fs::Error> {
    if is_known(env, directory, inputs, interpreter)? {
        return Ok(());
    }
    fs::write(&file(env, directory), state(inputs, interpreter))
}
