//! The files of a new project, made from templates.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::packaging::BuildSystem;
use crate::project::MANIFEST;
use crate::template::author::Author;
use crate::template::{Blueprint, Kind};

macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../data/templates/", $name, ".j2"))
    };
}

/// What the templates know.
#[derive(Serialize)]
struct Facts<'a> {
    #[serde(flatten)]
    blueprint: &'a Blueprint,
    author: Option<&'a Author>,
    license: Option<String>,
    build: Option<Build>,
    /// The name of the crate beside a Python module in Rust
    crate_name: &'a str,
}

/// `[build-system]`.
#[derive(Serialize)]
struct Build {
    requires: &'static str,
    backend: &'static str,
}

/// Returns the paths and contents of the files that a project begins with, its manifest last.
pub(super) fn files(blueprint: &Blueprint, author: Option<&Author>) -> Vec<(String, String)> {
    let build = blueprint.build_system.map(|system| Build {
        requires: system.requirement(blueprint.license.is_some()),
        backend: system.backend(),
    });
    let Blueprint { name, module, license, .. } = blueprint;
    // cargo is stricter about names than Python
    let is_crate_name =
        name.starts_with(|first: char| first.is_ascii_alphabetic()) && !name.contains('.');
    let facts = Value::from(Serde(Facts {
        blueprint,
        author,
        license: license.as_ref().map(ToString::to_string),
        build,
        crate_name: if is_crate_name { name } else { module },
    }));
    let environment = environment();
    let render = |template| {
        let rendered = environment.render_str(template, facts.clone());
        rendered.expect("the templates go with the facts")
    };
    let mut files = Vec::new();
    let mut add = |path: &str, content| files.push((path.to_owned(), content));
    if let Some(pin) = &blueprint.pin {
        add(".python-version", format!("{pin}\n"));
    }
    if blueprint.writes_readme {
        add("README.md", render(template!("README.md")));
    }
    if blueprint.writes_gitignore {
        add(".gitignore", render(template!("gitignore")));
    }
    if blueprint.writes_license
        && let Some(license) = license
    {
        for (path, content) in license.files(author) {
            add(&path, content);
        }
    }
    if blueprint.writes_sources {
        let init = format!("{module}/__init__.py");
        match (blueprint.kind, blueprint.build_system) {
            (Kind::Virtual, _) => {}
            (_, Some(BuildSystem::Maturin)) => {
                add("Cargo.toml", render(template!("Cargo.toml")));
                add("src/lib.rs", render(template!("lib.rs")));
                add(&format!("python/{init}"), render(template!("maturin.py")));
            }
            (Kind::Library, _) => add(&format!("src/{init}"), render(template!("library.py"))),
            (Kind::Script, _) => {
                add(&format!("src/{init}"), render(template!("script.py")));
                let main = format!("src/{module}/__main__.py");
                add(&main, render(template!("script_main.py")));
            }
        }
    }
    add(MANIFEST, render(template!("pyproject.toml")));
    files
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.add_filter("toml", |text: String| quoted(&text));
    environment.add_filter("toml_lines", |texts: Vec<String>| {
        let lines =
            texts.iter().flat_map(|text| ["    ".to_owned(), quoted(text), ",\n".to_owned()]);
        let lines: String = lines.collect();
        if lines.is_empty() { "[]".to_owned() } else { format!("[\n{lines}]") }
    });
    environment
}

/// Returns a string of TOML.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    // the one control character that JSON lets pass and TOML does not
    json.replace('\u{7f}', "\\u007F")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use insta::assert_snapshot;

    use super::*;

    fn blueprint(name: &str, kind: Kind, build_system: Option<BuildSystem>) -> Blueprint {
        Blueprint {
            name: name.to_owned(),
            module: crate::template::name::module(name),
            module_is_unusual: false,
            kind,
            build_system,
            version: "0.1.0".to_owned(),
            description: "Add your description here".to_owned(),
            dependencies: Vec::new(),
            dev_dependencies: Vec::new(),
            optional_dependencies: BTreeMap::new(),
            scripts: BTreeMap::new(),
            requires_python: ">=3.9".to_owned(),
            pin: Some("3.12.1".to_owned()),
            license: None,
            writes_license: false,
            has_license_file: false,
            readme: Some("README.md".to_owned()),
            writes_readme: true,
            writes_gitignore: true,
            private: false,
            writes_sources: true,
            starts_repository: true,
            has_package: true,
        }
    }

    /// Returns all files as one text; what is TOML has been parsed.
    #[track_caller]
    fn rendered(blueprint: &Blueprint, author: Option<&Author>) -> String {
        let mut text = String::new();
        for (path, content) in files(blueprint, author) {
            if [MANIFEST, "Cargo.toml"].contains(&&*path) {
                content.parse::<toml_edit::DocumentMut>().unwrap();
            }
            assert!(content.ends_with('\n') && !content.ends_with("\n\n"), "{path}: {content}");
            text = format!("{text}==> {path}\n{content}");
        }
        text
    }

    #[track_caller]
    fn manifest(blueprint: &Blueprint, author: Option<&Author>) -> String {
        rendered(blueprint, author).split_once("==> pyproject.toml\n").unwrap().1.to_owned()
    }

    #[test]
    fn a_library() {
        let blueprint = blueprint("my-project", Kind::Library, Some(BuildSystem::Hatchling));
        assert_snapshot!(rendered(&blueprint, None), @r#"
        ==> .python-version
        3.12.1
        ==> README.md
        # my-project

        Describe your project here.
        ==> .gitignore
        # what Python leaves
        __pycache__/
        *.py[oc]
        build/
        dist/
        wheels/
        *.egg-info

        # the virtual environment
        .venv
        ==> src/my_project/__init__.py
        def hello() -> str:
            return "Hello from my-project!"
        ==> pyproject.toml
        [project]
        name = "my-project"
        version = "0.1.0"
        description = "Add your description here"
        dependencies = []
        readme = "README.md"
        requires-python = ">=3.9"

        [build-system]
        requires = ["hatchling"]
        build-backend = "hatchling.build"

        [tool.rye]
        managed = true
        universal = true
        dev-dependencies = []

        [tool.hatch.metadata]
        allow-direct-references = true

        [tool.hatch.build.targets.wheel]
        packages = ["src/my_project"]
        "#);
    }

    #[test]
    fn a_script() {
        let mut blueprint = blueprint("my-project", Kind::Script, Some(BuildSystem::Setuptools));
        blueprint.scripts.insert("my-project".to_owned(), "my_project:main".to_owned());
        blueprint.writes_gitignore = false;
        assert_snapshot!(rendered(&blueprint, None), @r#"
        ==> .python-version
        3.12.1
        ==> README.md
        # my-project

        Describe your project here.
        ==> src/my_project/__init__.py
        def main() -> int:
            print("Hello from my-project!")
            return 0
        ==> src/my_project/__main__.py
        import sys

        import my_project

        sys.exit(my_project.main())
        ==> pyproject.toml
        [project]
        name = "my-project"
        version = "0.1.0"
        description = "Add your description here"
        dependencies = []
        readme = "README.md"
        requires-python = ">=3.9"

        [project.scripts]
        "my-project" = "my_project:main"

        [build-system]
        requires = ["setuptools>=61.0"]
        build-backend = "setuptools.build_meta"

        [tool.rye]
        managed = true
        universal = true
        dev-dependencies = []
        "#);
    }

    #[test]
    fn an_extension_module() {
        let blueprint = blueprint("3d", Kind::Library, Some(BuildSystem::Maturin));
        assert_snapshot!(rendered(&blueprint, None), @r#"
        ==> .python-version
        3.12.1
        ==> README.md
        # 3d

        Describe your project here.
        ==> .gitignore
        # what Python leaves
        __pycache__/
        *.py[oc]
        build/
        dist/
        wheels/
        *.egg-info

        # what Rust leaves
        target/
        *.so
        *.pyd

        # the virtual environment
        .venv
        ==> Cargo.toml
        [package]
        name = "_3d"
        version = "0.1.0"
        edition = "2024"

        [lib]
        name = "_lowlevel"
        crate-type = ["cdylib"]

        [dependencies]
        pyo3 = "0.30"
        ==> src/lib.rs
        use pyo3::prelude::*;

        /// What the package has that is written in Rust.
        #[pymodule]
        mod _lowlevel {
            use super::*;

            /// Return a greeting.
            #[pyfunction]
            fn hello() -> String {
                "Hello from 3d!".to_owned()
            }
        }
        ==> python/_3d/__init__.py
        from _3d._lowlevel import hello

        __all__ = ["hello"]
        ==> pyproject.toml
        [project]
        name = "3d"
        version = "0.1.0"
        description = "Add your description here"
        dependencies = []
        readme = "README.md"
        requires-python = ">=3.9"

        [build-system]
        requires = ["maturin>=1.9.4,<2.0"]
        build-backend = "maturin"

        [tool.rye]
        managed = true
        universal = true
        dev-dependencies = []

        [tool.maturin]
        python-source = "python"
        module-name = "_3d._lowlevel"
        "#);
    }

    #[test]
    fn a_virtual_project() {
        let blueprint = blueprint("my-project", Kind::Virtual, None);
        assert_snapshot!(manifest(&blueprint, None), @r#"
        [project]
        name = "my-project"
        version = "0.1.0"
        description = "Add your description here"
        dependencies = []
        readme = "README.md"
        requires-python = ">=3.9"

        [tool.rye]
        managed = true
        universal = true
        virtual = true
        dev-dependencies = []
        "#);
    }

    #[test]
    fn everything_that_can_be_said() {
        let mut blueprint = blueprint("json", Kind::Library, Some(BuildSystem::Uv));
        blueprint.module_is_unusual = true;
        blueprint.description = "A \"quoted\" \\ {{ text }}\u{7f}".to_owned();
        blueprint.dependencies = vec!["flask>=2, <4".to_owned(), "tomli".to_owned()];
        blueprint.dev_dependencies = vec!["pytest".to_owned()];
        blueprint.license = Some("MIT".parse().unwrap());
        blueprint.has_license_file = true;
        blueprint.private = true;
        let author = |name: Option<&str>, email: Option<&str>| {
            Author::new(name.map(str::to_owned), email.map(str::to_owned))
        };
        let both = author(Some("A. \"W\" <x>"), Some("a@example.org"));
        assert_snapshot!(rendered(&blueprint, both.as_ref()), @r#"
        ==> .python-version
        3.12.1
        ==> README.md
        # json

        Describe your project here.

        * License: MIT
        ==> .gitignore
        # what Python leaves
        __pycache__/
        *.py[oc]
        build/
        dist/
        wheels/
        *.egg-info

        # the virtual environment
        .venv
        ==> src/json_/__init__.py
        def hello() -> str:
            return "Hello from json!"
        ==> pyproject.toml
        [project]
        name = "json"
        version = "0.1.0"
        description = "A \"quoted\" \\ {{ text }}\u007F"
        authors = [
            { name = "A. \"W\" <x>", email = "a@example.org" }
        ]
        dependencies = [
            "flask>=2, <4",
            "tomli",
        ]
        readme = "README.md"
        requires-python = ">=3.9"
        license = "MIT"
        license-files = ["LICENSE*"]
        classifiers = ["Private :: Do Not Upload"]

        [build-system]
        requires = ["uv_build>=0.13,<0.14"]
        build-backend = "uv_build"

        [tool.rye]
        managed = true
        universal = true
        dev-dependencies = [
            "pytest",
        ]

        [tool.uv.build-backend]
        module-name = "json_"
        "#);
        let authors = |author: Option<Author>| {
            let text = manifest(&blueprint, author.as_ref());
            text.lines().find(|line| line.starts_with("    {")).unwrap().to_owned()
        };
        assert_eq!(authors(author(Some("A"), None)), "    { name = \"A\" }");
        assert_eq!(authors(author(None, Some("a@b"))), "    { email = \"a@b\" }");
    }

    #[test]
    fn backends() {
        let mut text = String::new();
        for system in [BuildSystem::Flit, BuildSystem::Pdm, BuildSystem::Hatchling] {
            let mut blueprint = blueprint("class", Kind::Library, Some(system));
            blueprint.module_is_unusual = true;
            blueprint.has_package = false;
            blueprint.license = Some("MIT OR Apache-2.0".parse().unwrap());
            let manifest = manifest(&blueprint, None);
            text.push_str(manifest.split_once("[build-system]\n").unwrap().1);
        }
        assert_snapshot!(text, @r#"
        requires = ["flit_core>=3.12"]
        build-backend = "flit_core.buildapi"

        [tool.rye]
        managed = true
        universal = true
        dev-dependencies = []

        [tool.flit.module]
        name = "class_"
        requires = ["pdm-backend>=2.4"]
        build-backend = "pdm.backend"

        [tool.rye]
        managed = true
        universal = true
        dev-dependencies = []
        requires = ["hatchling>=1.27"]
        build-backend = "hatchling.build"

        [tool.rye]
        managed = true
        universal = true
        dev-dependencies = []

        [tool.hatch.metadata]
        allow-direct-references = true
        "#);
    }
}
