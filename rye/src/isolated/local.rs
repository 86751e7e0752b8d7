//! What of an environment comes from this machine, where it may change at any time.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::env::Env;
use crate::fs;
use crate::sync;
use crate::sys;

/// Directories that no distribution is built from, or that building fills.
const LEFT_OUT: [&str; 7] =
    [".venv", "__pycache__", "build", "dist", "node_modules", "objects", "target"];

/// As many files as can be looked at each time somebody wants to run something.
const MOST_FILES: usize = 10_000;

/// Tells whether something in a text is on this machine.
pub(super) fn is_local(text: &str) -> bool {
    text.contains("file:") || text.contains("${PROJECT_ROOT}")
}

/// Returns a digest of the state of all files that lines of requirements name on this machine; none if it cannot be known, or
/// not fast.
///
/// Relative paths start from `directory`, and `${PROJECT_ROOT}` stands for it.
pub(super) fn state<'a>(
    env: &Env,
    directory: &Path,
    lines: impl Iterator<Item = &'a str>,
) -> Result<Option<String>, fs::Error> {
    let mut files = Files { digest: Sha256::new(), count: 0 };
    for line in lines.filter(|line| is_local(line)) {
        let line = line.trim_start().trim_end_matches(['\\', ' ', '\t']);
        if line.starts_with('#') {
            continue;
        }
        let value = |name: &str| env.var(name).map(str::to_owned);
        let Some(path) = sync::local_path(directory, directory, line, value) else {
            return Ok(None);
        };
        files.add(&path)?;
    }
    let is_known = files.count < MOST_FILES;
    Ok(is_known.then(|| fs::hexadecimal(&files.digest.finalize())))
}

struct Files {
    digest: Sha256,
    count: usize,
}

impl Files {
    /// Adds the stamp of a file, or of all files in a directory.
    fn add(&mut self, path: &Path) -> Result<(), fs::Error> {
        self.count += 1;
        if self.count > MOST_FILES {
            return Ok(());
        }
        self.digest.update(sys::path_bytes(path));
        if !path.is_dir() {
            for part in fs::stamp(path)?.unwrap_or_default() {
                self.digest.update(part.to_le_bytes());
            }
            return Ok(());
        }
        for entry in fs::list(path)? {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            let is_made = name.ends_with(".egg-info") || LEFT_OUT.contains(&&*name);
            // a link may lead around in a circle
            let is_link = entry.is_symlink() && entry.is_dir();
            if !(is_made || is_link) {
                self.add(&entry)?;
            }
        }
        Ok(())
    }
}
