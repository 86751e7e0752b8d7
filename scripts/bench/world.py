"""Where the measurements happen: homes, projects and programs, below one temporary directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import index
from measure import Command

MEMBER = """\
[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = [{dependencies}]

[build-system]
requires = ["uv_build>=0.9,<1"]
build-backend = "uv_build"
"""

TABLES = {
    "rye": "[tool.rye]\nmanaged = true\nvirtual = true\nuniversal = true\n",
    "uv": "[tool.uv]\npackage = false\n",
    "poetry": (
        "[tool.poetry]\npackage-mode = false\n\n"
        '[[tool.poetry.source]]\nname = "bench"\nurl = "{index}"\n'
    ),
    "pdm": (
        '[tool.pdm]\ndistribution = false\n\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\n'
    ),
}
"""What a tool wants to read in a manifest, beside what the standards say."""

NAMELESS = {
    tool: table.partition(f"\n[[tool.{tool}.source]]")[0] + "\n" for tool, table in TABLES.items()
}
"""The same, without the name of an index."""

INDEXES = ("UV_DEFAULT_INDEX", "PIP_INDEX_URL")
NETWORK = (*INDEXES, "SSL_CERT_FILE", "http_proxy", "https_proxy", "no_proxy")
"""Variables without which a machine may not reach its index. Who needs none gets none: to read
certificates takes a while."""

MEMBERS = {
    "rye": '\n[tool.rye.workspace]\nmembers = ["libs/*"]\n',
    "uv": '\n[tool.uv.workspace]\nmembers = ["libs/*"]\n',
}


@dataclass
class World:
    """The programs that were found, and a place to measure them in."""

    root: Path
    python: Path
    """The interpreter that all environments are made with"""
    programs: dict[str, Path]
    index: str | None
    """The URL of the only index; none leaves everybody the index that this machine has"""
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # a stranger's settings, and those of this machine, decide nothing here
        bin_ = self.root / "bin"
        bin_.mkdir()
        for name in ("python", "python3"):
            (bin_ / name).symlink_to(self.python)
        kept = ["LANG"] if self.index else ["LANG", *NETWORK]
        sources = {name: self.index for name in INDEXES if self.index}
        self.env = {
            **{name: os.environ[name] for name in kept if name in os.environ},
            **sources,
            "PATH": f"{bin_}:/usr/bin:/bin",
            "HOME": str(self.root / "home"),
            "RYE_HOME": str(self.root / "rye-home"),
            "UV_CACHE_DIR": str(self.root / "uv-cache"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "POETRY_VIRTUALENVS_IN_PROJECT": "true",
            "PDM_CHECK_UPDATE": "false",
            "NO_COLOR": "1",
        }
        # the same engine for both, and no download
        if uv := self.programs.get("uv") or os.environ.get("RYE_UV"):
            self.env["RYE_UV"] = str(uv)
        if pyenv := self.programs.get("pyenv"):
            root = subprocess.run([pyenv, "root"], check=True, stdout=subprocess.PIPE, text=True)
            self.env["PYENV_ROOT"] = root.stdout.strip()
            self.env["PYENV_VERSION"] = "system"
        (self.root / "home").mkdir()
        self.trash = self.root / "trash"
        self.trash.mkdir()

    def discard(self, *paths: Path) -> None:
        """Puts files and directories out of the way, whichever are there.

        They are deleted when all is over: a file system may search long for room where much was
        deleted just before.
        """
        for path in paths:
            if path.exists():
                path.rename(Path(tempfile.mkdtemp(dir=self.trash)) / path.name)

    def empty_trash(self) -> None:
        remove(*self.trash.iterdir())

    def command(self, directory: Path, program: str | Path, *args: str | Path) -> Command:
        """Returns a command of a tool, or of a path, in the surroundings that all have."""
        path = self.programs.get(program, Path(program)) if isinstance(program, str) else program
        return Command((str(path), *map(str, args)), directory, self.env)

    def call(self, directory: Path, program: str | Path, *args: str | Path) -> str:
        """Runs a command that has to succeed, and returns its answer."""
        command = self.command(directory, program, *args)
        return subprocess.run(
            command.argv,
            cwd=directory,
            env=command.env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def project(self, tool: str, name: str, dependencies: list[str], members: int = 0) -> Path:
        """Writes a project for a tool; with members it is the root of a workspace."""
        directory = self.root / "projects" / f"{name} {tool}"
        directory.mkdir(parents=True)
        listed = "".join(f"    {dependency!r},\n".replace("'", '"') for dependency in dependencies)
        head = '[project]\nname = "bench-root"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'
        table = TABLES[tool].format(index=self.index) if self.index else NAMELESS[tool]
        tail = MEMBERS[tool] if members else ""
        text = f"{head}dependencies = [\n{listed}]\n\n{table}{tail}"
        (directory / "pyproject.toml").write_text(text)
        (directory / ".python-version").write_text(f"{self.version()}\n")
        for number in range(members):
            self.write_member(directory / "libs" / f"member-{number:04}", number, members)
        return directory

    def write_member(self, directory: Path, number: int, count: int) -> None:
        """Writes a member that needs three distributions of the index and two other members."""
        module = f"member_{number:04}"
        (directory / "src" / module).mkdir(parents=True)
        (directory / "src" / module / "__init__.py").touch()
        others = {(number * 7 + 1) % count, (number * 13 + 5) % count} - {number}
        needed = [index.name(8, (number + step) % 8) for step in (0, 3, 6)]
        needed += [f"member-{other:04}" for other in sorted(others)]
        text = MEMBER.format(
            name=directory.name, dependencies=", ".join(f'"{name}"' for name in needed)
        )
        if directory.parent.parent.name.rpartition(" ")[2] == "uv":
            sources = "".join(f"member-{o:04} = {{ workspace = true }}\n" for o in sorted(others))
            text += f"\n[tool.uv.sources]\n{sources}"
        (directory / "pyproject.toml").write_text(text)

    def version(self) -> str:
        """Returns the version of the interpreter, as `X.Y`."""
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        return subprocess.run(
            [self.python, "-c", code], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def site_packages(self, project: Path) -> Path:
        return project / ".venv" / "lib" / f"python{self.version()}" / "site-packages"


def remove(*paths: Path) -> None:
    """Removes files and directories, whichever are there."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
