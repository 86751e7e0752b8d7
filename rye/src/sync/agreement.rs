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

/// That the lockfiles of a workspace are what its manifests ask for, as one Python sees it.
pub(super) struct Agreement {
    /// What of the Python can decide about a lockfile that is not universal
    python: String,
}

impl Agreement {
    /// Finds what is known of the workspace in a directory, whose inputs and lockfiles have this digest; what
    /// cannot be read is not known.
    pub(super) fn find(env: &Env, directory: &Path, inputs: &str) -> Option<Self> {
        let text = fs::find_text(&file(env, directory)).ok()??;
        let (known, python) = text.split_once('\n')?;
        (known == inputs).then(|| Self { python: python.to_owned() })
    }

    /// Remembers what a resolution with an interpreter made sure of.
    pub(super) fn remember(
        env: &Env,
        directory: &Path,
        inputs: &str,
        interpreter: &Interpreter,
    ) -> Self {
        let agreement = Self { python: python(interpreter) };
        let known = Self::find(env, directory, inputs);
        if known.is_none_or(|known| known.python != agreement.python) {
            let text = format!("{inputs}\n{}", agreement.python);
            // a home that cannot be written to costs time and nothing else
            drop(fs::write(&file(env, directory), text));
        }
        agreement
    }

    /// Tells whether it holds for an interpreter.
    pub(super) fn is_for(&self, interpreter: &Interpreter) -> bool {
        self.python == python(interpreter)
    }
}

fn file(env: &Env, directory: &Path) -> PathBuf {
    env.cache().join("agreements").join(&fs::sha256(&sys::path_bytes(directory))[..32])
}

fn python(interpreter: &Interpreter) -> String {
    let Platform { os, arch } = Platform::CURRENT;
    format!("{} {os} {arch}", interpreter.python)
}
