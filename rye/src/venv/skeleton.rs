//! Environments without distributions, remembered as text: to make one takes the engine ten milliseconds, to write
//! it down again one.
//!
//! The engine makes them relocatable, so that two of one interpreter differ in nothing but their prompts.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::fs;
use crate::sys;
use crate::toolchain::Interpreter;
use crate::uv::Uv;
use crate::venv::{Error, stamp};

/// Changes whenever skeletons of before are of no use any more.
const SCHEMA: u32 = 1;

/// What stands in a skeleton for the prompt.
const PROMPT: &str = "rye-prompt-of-a-skeleton";

/// What is in an environment; paths start from its directory.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Skeleton {
    /// Each after the one that it is in
    directories: Vec<PathBuf>,
    /// Paths and what they lead to
    links: Vec<(PathBuf, PathBuf)>,
    /// Paths and texts
    files: Vec<(PathBuf, String)>,
}

/// Makes an environment of an empty directory.
pub(super) fn make(
    env: &Env,
    uv: &Uv<'_>,
    interpreter: &Interpreter,
    directory: &Path,
    prompt: &str,
) -> Result<(), Error> {
    if is_plain(directory, prompt)
        && !interpreter.is_venv
        && let Some(skeleton) = find_or_make(env, uv, interpreter)?
    {
        return Ok(skeleton.write(directory, prompt)?);
    }
    Ok(uv.create_venv(&interpreter.path, directory, prompt)?)
}

/// Tells whether an environment is like any other: its programs are text, which they are not on Windows, its prompt has
/// nothing that shells quote each in a way of its own, and its path is one that the engine does not refuse.
fn is_plain(directory: &Path, prompt: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !cfg!(windows) && directory.to_str().is_some() && prompt.bytes().all(is_plain)
}

/// Returns the skeleton for an interpreter; none for one whose environments have more than a skeleton can hold.
fn find_or_make(
    env: &Env,
    uv: &Uv<'_>,
    interpreter: &Interpreter,
) -> Result<Option<Skeleton>, Error> {
    let path = env.cache().join("skeletons").join(file_name(uv, interpreter)?);
    if let Some(skeleton) = Skeleton::find(&path)
        && skeleton.is_for(interpreter)
    {
        return Ok(Some(skeleton));
    }
    let staging = fs::temporary_directory()?;
    uv.create_venv(&interpreter.path, staging.path(), PROMPT)?;
    let mut skeleton = Skeleton::default();
    if skeleton.collect(staging.path(), Path::new("")).is_none() {
        return Ok(None);
    }
    if skeleton.is_for(interpreter)
        && let Ok(text) = serde_json::to_string(&skeleton)
    {
        // a home that cannot be written to costs time and nothing else
        drop(fs::write(&path, text));
    }
    Ok(Some(skeleton))
}

/// Returns the name of the file for what this engine makes for this interpreter.
fn file_name(uv: &Uv<'_>, interpreter: &Interpreter) -> Result<String, Error> {
    let mut facts = format!("{SCHEMA} {}", interpreter.python).into_bytes();
    for path in [uv.program(), &interpreter.path] {
        facts.extend_from_slice(&sys::path_bytes(path));
        facts.extend(stamp(path)?);
    }
    Ok(format!("{}.json", &fs::sha256(&facts)[..32]))
}

impl Skeleton {
    /// Reads a skeleton; one that cannot be read is none.
    fn find(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Tells whether its environments have the program that an interpreter is. What decides by itself which Python
    /// it is may be another one the next time.
    fn is_for(&self, interpreter: &Interpreter) -> bool {
        let python = Path::new(sys::VENV_BIN).join("python");
        let link = self.links.iter().find(|(place, _)| *place == python);
        let stamp = |path: &Path| fs::stamp(path).ok().flatten();
        let found = link.and_then(|(_, target)| stamp(target));
        found.is_some() && found == stamp(&interpreter.path)
    }

    /// Adds what is in a directory of an environment; none if something is no mere text.
    fn collect(&mut self, root: &Path, directory: &Path) -> Option<()> {
        for path in fs::list(&root.join(directory)).ok()? {
            let place = directory.join(path.file_name()?);
            if let Ok(target) = path.read_link() {
                self.links.push((place, target));
            } else if path.is_dir() {
                self.directories.push(place.clone());
                self.collect(root, &place)?;
            } else if sys::is_executable(&path) {
                return None;
            } else {
                self.files.push((place, fs::read_text(&path).ok()?));
            }
        }
        Some(())
    }

    fn write(&self, directory: &Path, prompt: &str) -> Result<(), fs::Error> {
        for place in &self.directories {
            fs::create_directory(&directory.join(place))?;
        }
        for (place, target) in &self.links {
            fs::symlink(target, &directory.join(place))?;
        }
        for (place, text) in &self.files {
            fs::write_new(&directory.join(place), text.replace(PROMPT, prompt))?;
        }
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_skeleton_is_written_as_it_was_read() {
        let root = fs::temporary_directory().unwrap();
        let [made, copy] = ["made", "copy"].map(|name| root.path().join(name));
        fs::create_directory(&made.join("lib/python3.13/site-packages")).unwrap();
        fs::create_directory(&made.join("bin")).unwrap();
        fs::write(&made.join("bin/activate"), format!("PROMPT={PROMPT}\n")).unwrap();
        fs::symlink(Path::new("lib"), &made.join("lib64")).unwrap();
        fs::symlink(Path::new("/usr/bin/python3"), &made.join("bin/python")).unwrap();

        let read = |directory: &Path| {
            let mut skeleton = Skeleton::default();
            skeleton.collect(directory, Path::new("")).unwrap();
            skeleton
        };
        let skeleton = read(&made);
        let text = serde_json::to_string(&skeleton).unwrap();
        let skeleton: Skeleton = serde_json::from_str(&text).unwrap();
        fs::create_directory(&copy).unwrap();
        skeleton.write(&copy, PROMPT).unwrap();
        assert_eq!(read(&copy), skeleton);

        let other = root.path().join("other");
        fs::create_directory(&other).unwrap();
        skeleton.write(&other, "demo").unwrap();
        assert_eq!(fs::read_text(&other.join("bin/activate")).unwrap(), "PROMPT=demo\n");
    }
}
