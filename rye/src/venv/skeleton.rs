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
use crate::venv::Error;

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
    // shells quote other characters in ways of their own
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    // on Windows the programs are no text, and what is no text the engine refuses by its name
    let is_odd = cfg!(windows) || interpreter.is_venv || directory.to_str().is_none();
    if is_odd || !prompt.bytes().all(is_plain) {
        return Ok(uv.create_venv(&interpreter.path, directory, prompt)?);
    }
    let path = env.cache().join("skeletons").join(name(uv, interpreter)?);
    if let Some(skeleton) = Skeleton::find(&path)? {
        return Ok(skeleton.write(directory, prompt)?);
    }
    let staging = fs::scratch_directory()?;
    uv.create_venv(&interpreter.path, staging.path(), PROMPT)?;
    let mut skeleton = Skeleton::default();
    skeleton.collect(staging.path(), Path::new(""))?;
    fs::write(&path, serde_json::to_string(&skeleton).expect("paths of an engine are UTF-8"))?;
    Ok(skeleton.write(directory, prompt)?)
}

/// Returns the name of the file for what this engine makes for this interpreter.
fn name(uv: &Uv<'_>, interpreter: &Interpreter) -> Result<String, Error> {
    let mut facts = format!("{SCHEMA} {}", interpreter.python).into_bytes();
    for path in [uv.program(), &interpreter.path] {
        facts.extend_from_slice(&sys::path_bytes(path));
        facts.extend(fs::stamp(path)?.unwrap_or_default().into_iter().flat_map(u64::to_le_bytes));
    }
    Ok(format!("{}.json", &fs::sha256(&facts)[..32]))
}

impl Skeleton {
    /// Reads a skeleton; one that cannot be understood is none.
    fn find(path: &Path) -> Result<Option<Self>, fs::Error> {
        let content = fs::find(path)?;
        Ok(content.and_then(|content| serde_json::from_slice(&content).ok()))
    }

    /// Adds what is in a directory of an environment.
    fn collect(&mut self, root: &Path, directory: &Path) -> Result<(), fs::Error> {
        for path in fs::list(&root.join(directory))? {
            let place = directory.join(path.file_name().expect("it is in a directory"));
            if let Ok(target) = path.read_link() {
                self.links.push((place, target));
            } else if path.is_dir() {
                self.directories.push(place.clone());
                self.collect(root, &place)?;
            } else {
                self.files.push((place, fs::read_text(&path)?));
            }
        }
        Ok(())
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
        let root = fs::scratch_directory().unwrap();
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
