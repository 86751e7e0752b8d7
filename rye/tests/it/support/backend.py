"""A build backend small enough to install and run in milliseconds.

It stands in for hatchling, setuptools and the others, so that the tests build projects offline. It serves the hooks of
PEP 517 and PEP 660 for pure Python projects, and reads of `pyproject.toml` what the tests use: the name, the version
(static, or from a file), dependencies, extras, scripts, and where the packages are. Without a `[project]` it reads
name, version, dependencies and extras of `setup.cfg`.

A test steers it with two keys of `[tool.stand-in]`: `fail` (a message: the build fails with it) and `delay` (seconds).
It is deliberately more lenient than the real ones: a project without any package builds.

A frontend starts a process for every hook. What only one of them needs is imported there, which halves the time.
"""

import os
import re

SOURCES = ("src", "python", ".")
IGNORED = {".git", ".venv", "__pycache__", "build", "dist", "target"}
EPOCH = (1980, 1, 1, 0, 0, 0)


def get_requires_for_build_wheel(config_settings=None):
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


def get_requires_for_build_editable(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    project = Project()
    for path, data in project.dist_info().items():
        target = os.path.join(metadata_directory, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)
    return project.dist_info_name


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    project = Project()
    return project.write_wheel(wheel_directory, project.modules())


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    project = Project()
    lines = "".join(f"{os.path.abspath(root)}\n" for root in project.roots())
    return project.write_wheel(wheel_directory, {f"_{project.stem}.pth": lines.encode()})


def build_sdist(sdist_directory, config_settings=None):
    import io
    import tarfile

    project = Project()
    base = f"{project.stem}-{project.version}"
    members = {f"{base}/PKG-INFO": project.metadata()}
    for path in sorted(walk(".")):
        with open(path, "rb") as file:
            members[f"{base}/{path}"] = file.read()
    filename = f"{base}.tar.gz"
    with tarfile.open(os.path.join(sdist_directory, filename), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path, data in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return filename


class Project:
    """The project in the current directory, which is where a frontend calls the hooks."""

    def __init__(self):
        self.manifest = read_toml("pyproject.toml") if os.path.exists("pyproject.toml") else {}
        steering = lookup(self.manifest, "tool", "stand-in") or {}
        if "delay" in steering:
            import time

            time.sleep(float(steering["delay"]))
        if "fail" in steering:
            raise RuntimeError(steering["fail"])
        self.table = self.manifest["project"] if "project" in self.manifest else setup_cfg()
        self.name = self.table["name"]
        self.stem = re.sub(r"[-_.]+", "_", self.name).lower()
        self.version = self.table["version"] if "version" in self.table else self.dynamic_version()
        self.dist_info_name = f"{self.stem}-{self.version}.dist-info"

    def dynamic_version(self):
        setting = lookup(self.manifest, "tool", "setuptools", "dynamic", "version") or {}
        if "file" in setting:
            return "".join(read(path) for path in listed(setting["file"])).strip()
        if "attr" in setting:
            parts = setting["attr"].split(".")[:-1]
            candidates = [f"{root}/{'/'.join(parts)}{end}" for root in SOURCES for end in (".py", "/__init__.py")]
        else:
            hatch = lookup(self.manifest, "tool", "hatch", "version", "path")
            stems = [f"{root}/{self.stem}" for root in SOURCES]
            candidates = [hatch] if hatch else [f"{s}/{f}" for s in stems for f in ("__about__.py", "__init__.py")]
        for path in candidates:
            match = os.path.exists(path) and re.search(
                r"^(?:__version__|VERSION|version)\s*(?::[^=]+)?=\s*['\"]([^'\"]+)['\"]", read(path), re.MULTILINE
            )
            if match:
                return match[1]
        raise RuntimeError(f"no version for {self.name} in any of {', '.join(candidates)}")

    def dependencies(self):
        setting = lookup(self.manifest, "tool", "setuptools", "dynamic", "dependencies", "file")
        if setting is None or "dependencies" not in self.table.get("dynamic", []):
            return self.table.get("dependencies", [])
        return requirements(setting)

    def extras(self):
        settings = lookup(self.manifest, "tool", "setuptools", "dynamic", "optional-dependencies")
        if settings is None or "optional-dependencies" not in self.table.get("dynamic", []):
            return self.table.get("optional-dependencies", {})
        return {extra: requirements(setting["file"]) for extra, setting in settings.items()}

    def metadata(self):
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        if "description" in self.table:
            lines.append(f"Summary: {self.table['description']}")
        if "requires-python" in self.table:
            lines.append(f"Requires-Python: {self.table['requires-python']}")
        lines += [f"Requires-Dist: {requirement}" for requirement in self.dependencies()]
        for extra, texts in self.extras().items():
            lines.append(f"Provides-Extra: {extra}")
            for requirement in texts:
                name, _, marker = (part.strip() for part in requirement.partition(";"))
                marker = f"({marker}) and extra == '{extra}'" if marker else f"extra == '{extra}'"
                lines.append(f"Requires-Dist: {name} ; {marker}")
        return ("\n".join(lines) + "\n").encode()

    def entry_points(self):
        groups = dict(self.table.get("entry-points", {}))
        for key, group in (("scripts", "console_scripts"), ("gui-scripts", "gui_scripts")):
            if self.table.get(key):
                groups[group] = self.table[key]
        lines = []
        for group, entries in groups.items():
            lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items()), ""]
        return "\n".join(lines).encode()

    def dist_info(self):
        files = {
            f"{self.dist_info_name}/METADATA": self.metadata(),
            f"{self.dist_info_name}/WHEEL": b"Wheel-Version: 1.0\nGenerator: stand-in\n"
            b"Root-Is-Purelib: true\nTag: py3-none-any\n",
        }
        if self.entry_points():
            files[f"{self.dist_info_name}/entry_points.txt"] = self.entry_points()
        return files

    def packages(self):
        """Returns the packages and modules that belong in a wheel, as paths."""
        chosen = lookup(self.manifest, "tool", "hatch", "build", "targets", "wheel", "packages")
        candidates = chosen or [f"{root}/{self.stem}{end}" for root in SOURCES for end in ("", ".py")]
        return [path for path in candidates if os.path.exists(path)]

    def roots(self):
        """Returns the directories that an editable installation puts on the path, the first one first."""
        roots = dict.fromkeys(os.path.dirname(path) or "." for path in self.packages())
        return list(roots) or [next(root for root in SOURCES if os.path.isdir(root))]

    def modules(self):
        files = {}
        for package in self.packages():
            for path in [package] if os.path.isfile(package) else sorted(walk(package)):
                with open(path, "rb") as file:
                    files[os.path.relpath(path, os.path.dirname(package) or ".").replace(os.sep, "/")] = file.read()
        return files

    def write_wheel(self, directory, files):
        import zipfile

        filename = f"{self.stem}-{self.version}-py3-none-any.whl"
        files = {**files, **self.dist_info()}
        record = f"{self.dist_info_name}/RECORD"
        files[record] = "".join(f"{path},{digest(data)},{len(data)}\n" for path, data in files.items()).encode()
        files[record] += f"{record},,\n".encode()
        with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
            for path, data in files.items():
                info = zipfile.ZipInfo(path, EPOCH)
                info.external_attr = 0o644 << 16
                archive.writestr(info, data)
        return filename


def digest(data):
    import base64
    import hashlib

    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def walk(top):
    for directory, names, files in os.walk(top):
        names[:] = [name for name in names if name not in IGNORED]
        for file in files:
            yield os.path.relpath(os.path.join(directory, file)).replace(os.sep, "/")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def requirements(setting):
    lines = [line.strip() for path in listed(setting) for line in read(path).splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def setup_cfg():
    import configparser

    config = configparser.ConfigParser()
    config.read("setup.cfg")
    extras = config["options.extras_require"] if "options.extras_require" in config else {}
    return {
        **config["metadata"],
        "dependencies": config.get("options", "install_requires", fallback="").split(),
        "optional-dependencies": {extra: text.split() for extra, text in extras.items()},
    }


def listed(value):
    return [value] if isinstance(value, str) else value


def lookup(table, *keys):
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def read_toml(path):
    text = read(path)
    try:
        import tomllib
    except ImportError:  # Python 3.9 and 3.10
        return Toml(text).document()
    return tomllib.loads(text)


def from_json(text):
    import json

    return json.loads(text)


class Toml:
    """Reads TOML where the standard library does not: enough for the manifests of tests, without dates."""

    BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
    BARE = re.compile(r"[A-Za-z0-9_-]+")
    BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
    LITERAL = re.compile(r"'([^'\n]*)'")
    LONG = re.compile(r'"""\r?\n?(.*?)"""|\'\'\'\r?\n?(.*?)\'\'\'', re.DOTALL)
    WORD = re.compile(r"[^\s,\]}#]+")

    def __init__(self, text):
        self.text = text
        self.at = 0

    def document(self):
        root = table = {}
        while self.skip() < len(self.text):
            if self.eat("[["):
                *path, last = self.key()
                table = {}
                self.table(root, path).setdefault(last, []).append(table)
                self.expect("]]")
            elif self.eat("["):
                table = self.table(root, self.key())
                self.expect("]")
            else:
                self.pair(table)
        return root

    def table(self, table, path):
        for key in path:
            table = table.setdefault(key, {})
            if isinstance(table, list):
                table = table[-1]
        return table

    def pair(self, table):
        *path, last = self.key()
        self.expect("=")
        self.table(table, path)[last] = self.value()

    def key(self):
        keys = []
        while not keys or self.eat("."):
            self.skip()
            match = self.match(self.BARE)
            keys.append(match[0] if match else self.string())
        return keys

    def string(self):
        match = self.match(self.LONG)
        if match:
            return match[1] if match[1] is not None else match[2]
        match = self.match(self.BASIC)
        if match:
            return from_json(match[0])
        match = self.match(self.LITERAL)
        return match and match[1]

    def value(self):
        self.skip()
        if self.eat("["):
            items = []
            while not self.eat("]"):
                items.append(self.value())
                self.eat(",")
            return items
        if self.eat("{"):
            table = {}
            while not self.eat("}"):
                self.pair(table)
                self.eat(",")
            return table
        text = self.string()
        return self.word() if text is None else text

    def word(self):
        match = self.match(self.WORD)
        if not match:
            raise ValueError(f"cannot read pyproject.toml at {self.text[self.at : self.at + 40]!r}")
        return from_json(match[0])

    def skip(self):
        self.match(self.BLANK)
        return self.at

    def match(self, pattern):
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def eat(self, token):
        self.skip()
        found = self.text.startswith(token, self.at)
        self.at += len(token) if found else 0
        return found

    def expect(self, token):
        if not self.eat(token):
            raise ValueError(f"pyproject.toml: `{token}` wanted at {self.text[self.at : self.at + 40]!r}")
