//! What outlives an environment: that the lockfiles of a workspace are what its manifests ask for.
//!
//! It was found out by a resolution, and holds as long as nothing changes that decided about it. Who makes an
//! environment anew need not ask the engine for it again.

use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::fs;
use crate::platform::Platform;
use crate::sys;
use crate::toolchain::Interpreter;

/// That lockfiles agree with what they are made from: it stands in a file.
pub(super) struct Known {
    /// The Python that it was found out for
    python: String,
}

impl Known {
    /// Finds what is known of the workspace in a directory, whose inputs and lockfiles have this digest; what
    /// cannot be read is not known.
    pub(super) fn find(env: &Env, directory: &Path, inputs: &str) -> Option<Self> {
        let text = fs::find_text(&file(env, directory)).ok()??;
        let (known, python) = text.split_once('\n')?;
        (known == inputs).then(|| Self { python: python.to_owned() })
    }

    /// Tells whether it is known for an interpreter: a lockfile that is not universal is made for one.
    pub(super) fn is_for(&self, interpreter: &Interpreter) -> bool {
        self.python == python(interpreter)
    }
}

/// Remembers that the lockfiles agree, as an interpreter sees it.
pub(super) fn remember(env: &Env, directory: &Path, inputs: &str, interpreter: &Interpreter) {
    let python = python(interpreter);
    if Known::find(env, directory, inputs).is_some_and(|known| known.python == python) {
        return;
    }
    // a home that cannot be written to costs time and nothing else
    drop(fs::write(&file(env, directory), format!("{inputs}\n{python}")));
}

fn file(env: &Env, directory: &Path) -> PathBuf {
    env.cache().join("agreements").join(&fs::sha256(&sys::path_bytes(directory))[..32])
}

/// Returns what of an interpreter can decide about a lockfile.
fn python(interpreter: &Interpreter) -> String {
    let Platform { os, arch } = Platform::CURRENT;
    format!("{} {os} {arch}", interpreter.python)
}
