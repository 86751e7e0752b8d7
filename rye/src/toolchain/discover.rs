//! Interpreters that the system has: on `PATH`, in pyenv's folder, in the usual places.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::env::Env;
use crate::fs;
use crate::sys;

/// Returns what looks like an interpreter, each file once, in order of preference.
///
/// Rye's own shims are left out: they would ask back.
pub(crate) fn candidates(env: &Env) -> Vec<PathBuf> {
    let mut directories = env.search_path();
    directories.extend(collections(env));
    directories.extend(sys::interpreter_directories().into_iter().map(Path::to_owned));
    let mut seen = HashSet::new();
    let mut visited: HashSet<_> = fs::canonical(&env.shims()).into_iter().collect();
    let mut found = Vec::new();
    for directory in directories {
        if !fs::canonical(&directory).is_ok_and(|real| visited.insert(real)) {
            continue;
        }
        // the programs of a virtual environment are links to an interpreter that counts elsewhere
        if directory.parent().is_some_and(|root| fs::exists(&root.join("pyvenv.cfg"))) {
            continue;
        }
        // a directory that cannot be read has nothing to offer
        let mut names: Vec<_> = fs::list(&directory)
            .unwrap_or_default()
            .into_iter()
            .filter(|path| rank(path).is_some() && sys::is_executable(path) && !is_script(path))
            .collect();
        names.sort_by_key(|path| std::cmp::Reverse(rank(path)));
        for path in names {
            if fs::canonical(&path).is_ok_and(|real| seen.insert(real)) {
                found.push(path);
            }
        }
    }
    found
}

/// Tells whether a file looks like an interpreter, and not like something that looks for one.
pub(crate) fn is_interpreter(path: &Path) -> bool {
    let real = fs::canonical(path).unwrap_or_else(|_| path.to_owned());
    rank(&real).is_some() && !is_script(&real)
}

/// Returns how exactly a file name names an interpreter: `python3.12` before `python3` before
/// `python`; none for other names.
fn rank(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_str()?;
    let name = if cfg!(windows) { name.strip_suffix(".exe")? } else { name };
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
    let version = version.strip_suffix('t').unwrap_or(version);
    let is_version = version.chars().all(|part| part.is_ascii_digit() || part == '.');
    // Python 2 cannot even answer
    (is_version && !version.starts_with('2')).then_some(version.len())
}

/// Tells whether the file is a script, such as pyenv's shims: it stands for another interpreter,
/// today this one and tomorrow that, or for none at all.
fn is_script(path: &Path) -> bool {
    fs::read_beginning(path, 2).map_or(true, |beginning| beginning == b"#!")
}

/// Returns the program folders of version managers' and frameworks' collections, newest first.
fn collections(env: &Env) -> Vec<PathBuf> {
    let home = |name: &str| env.user_home().map(|home| home.join(name));
    let pyenv = env.var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| home(".pyenv"));
    let mut folders: Vec<_> = pyenv.map(|root| root.join("versions")).into_iter().collect();
    folders.extend(sys::interpreter_collections().into_iter().map(Path::to_owned));
    let mut programs = Vec::new();
    for folder in folders {
        for version in fs::list(&folder).unwrap_or_default().into_iter().rev() {
            programs.push(if cfg!(windows) { version } else { version.join("bin") });
        }
    }
    programs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_interpreters_have_a_rank() {
        #[track_caller]
        fn check(name: &str, expected: Option<usize>) {
            assert_eq!(rank(Path::new(name)), expected);
        }
        check("python3.12", Some(4));
        check("python3.13t", Some(4));
        check("python3", Some(1));
        check("python", Some(0));
        check("pypy3.10", Some(4));
        check("python2.7", None);
        check("python3.12-config", None);
        check("python3-pasteurize", None);
        check("ipython3", None);
    }
}
