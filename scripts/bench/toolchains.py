"""A mirror of one Python, packed from an interpreter that is here, and catalogs that offer it."""

from __future__ import annotations

import hashlib
import json
import platform
import tarfile
from pathlib import Path

from measure import Command, Contestant
from world import World, remove

FACTS = "import platform as p, sys; print(p.python_version(), sys.base_prefix)"


def left_out(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leaves away what the archives of python-build-standalone do not have either."""
    return None if "__pycache__" in entry.name or "/test/" in entry.name else entry


class Mirror:
    """A directory with an archive, as a mirror of Pythons has it."""

    @classmethod
    def of(cls, world: World) -> Mirror | None:
        """Packs the interpreter of a world; none that shares its place with all other programs."""
        version, _, prefix = (
            world.call(world.root, world.python, "-c", FACTS).strip().partition(" ")
        )
        if Path(prefix) in (Path("/"), Path("/usr"), Path("/usr/local")):
            return None
        return cls(world, version, prefix)

    def __init__(self, world: World, version: str, prefix: str) -> None:
        self.world = world
        self.version = version
        self.arch = platform.machine()
        file = f"cpython-{self.version}-{self.arch}-unknown-linux-gnu-install_only_stripped.tar.gz"
        self.archive = world.root / "mirror" / "bench" / file
        self.archive.parent.mkdir(parents=True)
        with tarfile.open(self.archive, "w:gz", compresslevel=6) as archive:
            archive.add(prefix, "python", filter=left_out)
        self.sha256 = hashlib.sha256(self.archive.read_bytes()).hexdigest()

    def rye(self) -> Contestant:
        world = self.world
        catalog = world.root / "toolchains.txt"
        place = f"{self.arch}-linux-gnu plain bench/{self.archive.name}"
        row = f"cpython {self.version} {place} {self.sha256}"
        catalog.write_text(
            f"schema 1\nbase cpython {self.archive.parent.parent.as_uri()}/\n{row}\n"
        )
        home = world.root / "rye-toolchains"
        home.mkdir()
        env = {
            **world.env,
            "RYE_HOME": str(home),
            "RYE_TOOLCHAIN_CATALOG": str(catalog),
            "RYE_TOOLCHAIN_MIRROR": str(self.archive.parent.parent),
        }
        (home / "config.toml").write_text('[toolchain]\npreference = "only-managed"\n')
        args = (str(world.programs["rye"]), "fetch", f"cpython@{self.version}")
        command = Command(args, world.root, env)
        return Contestant("rye", command, lambda: remove(home / "py"))

    def uv(self) -> Contestant:
        world = self.world
        major, minor, patch = map(int, self.version.split("."))
        offer = {
            "name": "cpython",
            "arch": {"family": self.arch, "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": major,
            "minor": minor,
            "patch": patch,
            "prerelease": "",
            "url": self.archive.as_uri(),
            "sha256": self.sha256,
            "variant": None,
            "build": "20240101",
        }
        catalog = world.root / "downloads.json"
        catalog.write_text(json.dumps({f"cpython-{self.version}-linux-{self.arch}-gnu": offer}))
        pythons = world.root / "uv-toolchains"
        env = {
            **world.env,
            "UV_PYTHON_DOWNLOADS": "automatic",
            "UV_PYTHON_DOWNLOADS_JSON_URL": str(catalog),
            "UV_PYTHON_INSTALL_DIR": str(pythons),
        }
        args = (str(world.programs["uv"]), "python", "install", self.version, "--no-bin")
        command = Command(args, world.root, env)
        return Contestant("uv", command, lambda: remove(pythons))
