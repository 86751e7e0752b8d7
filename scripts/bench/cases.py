"""The work that is measured, and how each of the programs is told to do it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import index
from measure import Case, Contestant
from toolchains import Mirror
from world import World, remove

SETUP = {
    "rye": [["sync", "-q"]],
    "uv": [["sync", "-q"]],
    "poetry": [["lock", "-q"], ["install", "-q"]],
    "pdm": [["lock", "-q"], ["sync", "-q"]],
}
"""What brings a project from its manifest to its environment, with each tool."""

INSTALL = {"rye": "sync", "uv": "sync", "poetry": "install", "pdm": "sync"}

LOCKFILES = {
    "rye": ["requirements.lock", "requirements-dev.lock"],
    "uv": ["uv.lock"],
    "poetry": ["poetry.lock"],
    "pdm": ["pdm.lock"],
}

SIZES = (8, 70, 150)
MEMBERS = (10, 100, 1000)

REAL = {
    8: ["flask"],
    70: ["jupyter-server", "httpx", "rich"],
    150: [
        "jupyterlab",
        "fastapi[all]",
        "sphinx",
        "pandas",
        "scikit-learn",
        "aiohttp",
        "sqlalchemy",
    ],
}
"""What real projects require, by about how many distributions that comes to."""
MORE = "tabulate"
"""What is added to one of those; it needs nothing and none of them needs it."""


class Cases:
    """Builds cases for the programs that a world has; projects are made when first needed."""

    def __init__(
        self, world: World, rounds: int, sizes: tuple[int, ...], members: tuple[int, ...]
    ) -> None:
        self.world = world
        self.is_real = world.index is None
        self.rounds = rounds
        self.sizes = sizes
        self.members = members
        self.synced = cache(self.make_project)

    def project(self, tool: str, size: int, members: int = 0) -> Path:
        """Returns a project of a tool that is locked and installed."""
        return self.synced(tool, size, members)

    def make_project(self, tool: str, size: int, members: int) -> Path:
        world = self.world
        if members:
            project = world.project(tool, f"members {members}", [], members)
        else:
            project = world.project(tool, f"packages {size}", self.requirements(size))
        for args in SETUP[tool]:
            world.call(project, tool, *args)
        return project

    def requirements(self, size: int) -> list[str]:
        return REAL[size] if self.is_real else [f"{index.name(size, 0)}>=1"]

    def have(self, *tools: str) -> list[str]:
        return [tool for tool in tools if tool in self.world.programs]

    def projects(self, *tools: str, size: int, members: int = 0) -> Iterator[tuple[str, Path]]:
        """Returns the synced projects of tools; one that cannot sync here is left out, and said."""
        for tool in self.have(*tools):
            try:
                yield tool, self.project(tool, size, members)
            except subprocess.CalledProcessError as error:
                print(f"{tool} is left out: {error}", file=sys.stderr)
                del self.world.programs[tool]

    def contestant(
        self,
        name: str,
        directory: Path,
        program: str | Path,
        *args: str | Path,
        prepare: Callable[[], None] = lambda: None,
    ) -> Contestant:
        return Contestant(name, self.world.command(directory, program, *args), prepare)

    def flags(self, tool: str) -> list[str]:
        """Returns what keeps a tool off the network, once its cache is warm."""
        return ["--offline"] if tool in ("rye", "uv") else []

    def floor(self, directory: Path, *args: str | Path) -> Iterator[Contestant]:
        if "floor" in self.world.programs:
            yield self.contestant("floor", directory, "floor", *args)

    def all(self, wanted: Callable[[str], bool]) -> Iterator[Case]:
        """Returns the cases whose names are wanted; what takes long is measured less often."""
        for name, contestants, slow in self.listed():
            if wanted(name) and (found := tuple(contestants())):
                yield Case(name, found, max(self.rounds // slow, min(self.rounds, 3)))
                if name.startswith("cold"):
                    self.world.empty_trash()  # a cache is gigabytes

    def listed(self) -> Iterator[tuple[str, Callable[[], Iterator[Contestant]], int]]:
        yield "start", self.start, 1
        yield "completion", self.completion, 1
        yield "shim", self.shim, 1
        for size in self.sizes:
            yield f"run {size}", partial(self.run, size), 1
            yield f"no-op sync {size}", partial(self.no_op, size), 1
            yield f"tree {size}", partial(self.tree, size), 1
            yield f"lock --check {size}", partial(self.check, size), 1
            yield f"lock {size}", partial(self.lock, size), 2
            yield f"sync {size}", partial(self.sync, size), 2
            yield f"add {size}", partial(self.add, size), 2
            yield f"cold sync {size}", partial(self.cold, size), 4
        for members in () if self.is_real else self.members:
            yield f"no-op sync {members} members", partial(self.no_op, 8, members), 1
            yield f"lock {members} members", partial(self.lock, 8, members), 4
        yield "toolchain", self.toolchain, 4

    def start(self) -> Iterator[Contestant]:
        root = self.world.root
        yield from self.floor(root, "exit")
        for tool in self.have("rye", "rye-0.44", "uv", "hatch", "pdm", "poetry"):
            yield self.contestant(tool, root, tool, "--version")

    def completion(self) -> Iterator[Contestant]:
        """What a shell asks after `rye run` and a tab; uv answers nothing that is the project's."""
        rye = self.project("rye", self.sizes[0])
        yield from self.floor(rye, "exit")
        env = {"_RYE_COMPLETE": "bash", "_CLAP_COMPLETE_INDEX": "2"}
        asked = self.world.command(rye, "rye", "--", "rye", "run", "")
        yield Contestant("rye", replace(asked, env={**asked.env, **env}))

    def run(self, size: int) -> Iterator[Contestant]:
        """`python -c pass` in the environment: what it takes by itself, and through each tool."""
        work = ("python", "-c", "pass")
        rye = self.project("rye", size)
        python = rye / ".venv/bin/python"
        yield self.contestant("python itself", rye, python, *work[1:])
        yield from self.floor(rye, "exec", python, *work[1:])
        yield self.contestant("rye", rye, "rye", "run", *work)
        for tool, project in self.projects("uv", "pdm", "poetry", size=size):
            if tool == "uv":
                yield self.contestant("uv", project, tool, "run", *self.flags("uv"), *work)
                yield self.contestant("uv --no-sync", project, tool, "run", "--no-sync", *work)
            else:
                yield self.contestant(tool, project, tool, "run", *work)

    def shim(self) -> Iterator[Contestant]:
        rye = self.project("rye", self.sizes[0])
        python = rye / ".venv/bin/python"
        shim = self.world.root / "shims" / "python"
        shim.parent.mkdir()
        shutil.copy2(self.world.programs["rye"], shim)
        yield self.contestant("python itself", rye, python, "-c", "pass")
        yield from self.floor(rye, "exec", python, "-c", "pass")
        yield self.contestant("rye", rye, shim, "-c", "pass")
        if "pyenv" in self.world.programs:
            shim = Path(self.world.env["PYENV_ROOT"]) / "shims" / "python"
            if shim.exists():
                yield self.contestant("pyenv", self.world.root, shim, "-c", "pass")

    def no_op(self, size: int, members: int = 0) -> Iterator[Contestant]:
        rye = self.project("rye", size, members)
        manifests = sorted((rye / "libs").glob("*/pyproject.toml"))
        inputs = [rye / name for name in ("pyproject.toml", "requirements.lock", ".python-version")]
        yield from self.floor(rye, "read", *inputs, *manifests, self.world.site_packages(rye))
        yield self.contestant("rye", rye, "rye", "sync")
        tools = ("uv",) if members else ("uv", "pdm", "poetry")
        for tool, project in self.projects(*tools, size=size, members=members):
            yield self.contestant(tool, project, tool, INSTALL[tool], *self.flags(tool))
            if tool == "uv":
                yield self.contestant("uv --frozen", project, tool, "sync", "--frozen")

    def tree(self, size: int) -> Iterator[Contestant]:
        for tool, project in self.projects("rye", "uv", size=size):
            flags = ["--frozen"] if tool == "uv" else []
            yield self.contestant(tool, project, tool, "tree", *flags)

    def check(self, size: int) -> Iterator[Contestant]:
        for tool, project in self.projects("rye", "uv", size=size):
            yield self.contestant(tool, project, tool, "lock", "--check", *self.flags(tool))

    def lock(self, size: int, members: int = 0) -> Iterator[Contestant]:
        """Locking from nothing, with warm caches: Rye makes two lockfiles, the others one."""
        tools = ("rye", "uv") if members else ("rye", "uv", "pdm", "poetry")
        for tool, project in self.projects(*tools, size=size, members=members):
            files = [project / name for name in LOCKFILES[tool]]
            prepare = partial(self.world.discard, *files)
            yield self.contestant(tool, project, tool, "lock", *self.flags(tool), prepare=prepare)

    def sync(self, size: int) -> Iterator[Contestant]:
        """From a lockfile to an environment that is not there yet, with a warm cache."""
        rye = self.project("rye", size)
        copy = self.world.root / "linked"
        yield self.contestant(
            "hard links alone", rye, Path("/bin/cp"), "-al", self.world.site_packages(rye), copy,
            prepare=partial(self.world.discard, copy),
        )  # fmt: skip
        for tool, project in self.projects("rye", "uv", "pdm", "poetry", size=size):
            prepare = partial(self.world.discard, project / ".venv")
            yield self.contestant(
                tool, project, tool, INSTALL[tool], *self.flags(tool), prepare=prepare
            )

    def cold(self, size: int) -> Iterator[Contestant]:
        """From a lockfile to an environment without anything in the caches of distributions."""
        for tool, project in self.projects("rye", "uv", size=size):
            cache = self.world.root / f"cold cache of {tool}"
            command = self.world.command(project, tool, INSTALL[tool])
            env = {**command.env, "UV_CACHE_DIR": str(cache)}
            yield Contestant(
                tool,
                replace(command, env=env),
                partial(self.world.discard, cache, project / ".venv"),
            )
        if "pip" in self.world.programs:
            rye = self.project("rye", size)
            environment = self.world.root / "pip"
            script = '"$0" -m venv "$1" && "$1/bin/pip" install -q --no-cache-dir --no-deps -r "$2"'
            lockfile = rye / "requirements.lock"
            args = ("-c", script, self.world.python, environment, lockfile)
            prepare = partial(self.world.discard, environment)
            yield self.contestant("pip", rye, Path("/bin/sh"), *args, prepare=prepare)

    def add(self, size: int) -> Iterator[Contestant]:
        """One more requirement, which is in the cache: edited, locked and installed."""
        # brings what is added into the caches
        for tool, other in self.projects("rye", "uv", size=8):
            project = self.world.project(tool, f"add {size}", self.requirements(size))
            for args in SETUP[tool]:
                self.world.call(project, tool, *args)
            added = MORE if self.is_real else index.name(8, 7)
            files = [project / name for name in ("pyproject.toml", *LOCKFILES[tool])]
            prepare = partial(
                self.restore, tool, project, {file: file.read_bytes() for file in files}
            )
            if self.is_real:
                self.world.call(other, tool, "add", added)
            args = ("add", *self.flags(tool), added)
            yield self.contestant(tool, project, tool, *args, prepare=prepare)

    def restore(self, tool: str, project: Path, kept: dict[Path, bytes]) -> None:
        for path, content in kept.items():
            path.write_bytes(content)
        self.world.call(project, tool, "sync", "-q", *self.flags(tool))

    def toolchain(self) -> Iterator[Contestant]:
        """A Python from an archive in a directory: checked, unpacked, ready to be used."""
        mirror = Mirror.of(self.world)
        if mirror is None:
            print("toolchain is left out: the interpreter is the system's own", file=sys.stderr)
            return
        target = self.world.root / "unpacked"
        script = 'sha256sum "$0" && mkdir "$1" && tar -xf "$0" -C "$1"'
        args = ("-c", script, mirror.archive, target)
        prepare = partial(remove, target)
        name = "sha256sum and tar"
        yield self.contestant(name, self.world.root, Path("/bin/sh"), *args, prepare=prepare)
        yield mirror.rye()
        if self.have("uv"):
            yield mirror.uv()


def built_floor(source: Path, target: Path) -> Path | None:
    """Compiles what the least is that has to be done; none without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    subprocess.run([compiler, "-O2", "-static", "-o", target, source], check=True)
    return target
