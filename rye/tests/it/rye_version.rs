//! `rye --version`

use crate::support::*;

#[test]
fn version_tells_commit_platform_and_engines() {
    let cx = TestContext::new();
    let output = cx.rye(["--version"]).succeed();
    let names: Vec<_> =
        output.stdout.lines().map(|line| line.split([':', ' ']).next().unwrap()).collect();
    assert_eq!(names, ["rye", "commit", "platform", "symlink", "uv", "ruff"]);
    #[cfg(unix)]
    assert!(output.stdout.contains("\nsymlink support: true\n"), "{}", output.stdout);
    assert!(output.stdout.contains(&format!("({})", engine().path.display())), "{}", output.stdout);
}

#[test]
fn version_needs_no_configuration_that_works() {
    let cx = TestContext::new();
    std::fs::create_dir_all(cx.rye_home()).unwrap();
    std::fs::write(cx.rye_home().join("config.toml"), "not toml").unwrap();
    cx.rye(["--version"]).succeed();
}
