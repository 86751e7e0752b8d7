"""The Pythons that Rye can download, and the file that lists them: `rye/data/toolchains.txt`.

All facts are those that uv carries in its sdist; nothing is asked of those who build Pythons. Like
`engines.toml` the file has exactly one form, byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable
from urllib.parse import unquote

from rye_devtools import sdists
from rye_devtools.errors import DevtoolsError
from rye_devtools.files import expect_form, find_repository, load_checked
from rye_devtools.index import Index, is_sha256
from rye_devtools.wheels import Version

BASES = {
    "cpython": "https://github.com/astral-sh/python-build-standalone/releases/download/",
    "pypy": "https://downloads.python.org/pypy/",
}
"""The families that are listed, and what all locations of each are relative to."""

ARCHITECTURES = ("aarch64", "armv7", "ppc64le", "riscv64", "s390x", "x86", "x86_64")
SYSTEMS = ("linux-gnu", "linux-musl", "macos", "windows")
VARIANTS = ("plain", "freethreaded", "debug", "freethreaded+debug")
SCHEMA = 1

_METADATA = "crates/*/download-metadata.json"
_ORIGIN = re.compile(r" from uv ([0-9.]+);")
_VERSION = re.compile(r"([0-9.]+?)(?:(a|b|rc)(0|[1-9][0-9]*))?")
_STAGES = ("a", "b", "rc", "")
_VISIBLE = re.compile(r"[!-~]+")  # ASCII without white space

# What uv calls otherwise; its other names are the ones used here.
_ARCHITECTURES = {"i686": "x86", "powerpc64le": "ppc64le"}
_SYSTEMS = {"darwin": "macos", "linux": "linux", "windows": "windows"}
_LIBCS = {"none": "", "gnueabihf": "-gnu"}


@dataclass(frozen=True, order=True)
class PythonVersion:
    """A version `X.Y.Z` of Python, final or with a pre-release, in the order of PEP 440."""

    release: Version
    stage: int
    number: int

    @classmethod
    def parse(cls, text: str) -> PythonVersion | None:
        """Returns the version, or nothing for any other spelling."""
        match = _VERSION.fullmatch(text)
        release = Version.parse(match[1]) if match else None
        if match is None or release is None:
            return None
        return cls(release, _STAGES.index(match[2] or ""), int(match[3] or 0))

    def __str__(self) -> str:
        stage = _STAGES[self.stage]
        return f"{self.release}{stage}{self.number}" if stage else str(self.release)


@dataclass(frozen=True)
class Toolchain:
    """A Python for one platform; `location` is relative to the base of its family."""

    family: str
    version: PythonVersion
    platform: str
    variant: str
    location: str
    sha256: str

    @classmethod
    def parse(cls, line: str) -> Toolchain:
        """Returns the toolchain of a line; a part that cannot be is a `ValueError`."""
        fields = line.split(" ")
        if len(fields) != 6:
            raise ValueError(f"it has {len(fields)} columns instead of 6")
        family, version_text, platform, variant, location, sha256 = fields
        version = PythonVersion.parse(version_text)
        architecture, _, system = platform.partition("-")
        if family not in BASES:
            raise ValueError(f"the family `{family}` is not known")
        if version is None:
            raise ValueError(
                f"the version `{version_text}` is not X.Y.Z with a pre-release or none"
            )
        if architecture not in ARCHITECTURES or system not in SYSTEMS:
            raise ValueError(f"the platform `{platform}` is not known")
        if variant not in VARIANTS:
            raise ValueError(f"the variant `{variant}` is not known")
        if not _VISIBLE.fullmatch(location) or ".." in unquote(location):
            raise ValueError(f"the location `{location}` is not a plain path")
        if not is_sha256(sha256):
            raise ValueError("its sha256 is not 64 lower-case hexadecimal digits")
        return cls(family, version, platform, variant, location, sha256)

    def __str__(self) -> str:
        return " ".join(map(str, vars(self).values()))


@dataclass(frozen=True)
class Catalog:
    """All toolchains that one version of uv knows, in the order of the file."""

    uv: Version
    toolchains: tuple[Toolchain, ...]


def default_path() -> Path:
    """Returns where the repository keeps the file."""
    return find_repository() / "rye" / "data" / "toolchains.txt"


def collect(index: Index, tell: Callable[[str], None]) -> Catalog:
    """Returns the toolchains that the newest uv knows and Rye can use."""
    sdist = sdists.load_newest("uv", index)
    try:
        lines, left_out = _lines_from_metadata(sdist.read(_METADATA))
        toolchains = _parse_lines(lines)
    except ValueError as err:
        raise DevtoolsError(
            f"cannot use `{_METADATA}` of `{sdist.file}`",
            cause=str(err),
            hint="if uv knows something new, teach it to `rye_devtools/toolchains.py`",
        ) from None
    tell(f"uv {sdist.version}: {len(toolchains)} toolchains; without sha256, left out: {left_out}")
    return Catalog(sdist.version, toolchains)


def render(catalog: Catalog) -> str:
    """Returns the text of the file; the same catalog gives the same bytes."""
    lines = [
        f"# Written by `rye-devtools toolchains` from uv {catalog.uv}; edit that instead.",
        f"schema {SCHEMA}",
        *(f"base {family} {base}" for family, base in BASES.items()),
        *map(str, catalog.toolchains),
    ]
    return "\n".join(lines) + "\n"


def load(path: Path) -> Catalog:
    """Reads the file and checks all of it, offline."""
    return load_checked(path, parse, "rye-devtools toolchains")


def parse(text: str) -> Catalog:
    """Returns what `render` wrote; anything else is a `ValueError`."""
    first, *lines = text.split("\n")
    match = _ORIGIN.search(first)
    uv = Version.parse(match[1]) if match else None
    if uv is None:
        raise ValueError(f"line 1 does not tell the version of uv: `{first}`")
    named = {
        f"line {number}": line
        for number, line in enumerate(lines, start=2)
        if line and not line.startswith(("schema ", "base "))
    }
    catalog = Catalog(uv, _parse_lines(named))
    expect_form(text, render(catalog))
    return catalog


def _lines_from_metadata(data: bytes) -> tuple[dict[str, str], int]:
    """Returns the lines by the names that uv gives to them, and how many miss a sha256.

    Platforms that Rye does not know, and builds for newer processors only, do not exist.
    """
    rows = json.loads(data)
    if not isinstance(rows, dict):
        raise ValueError("it is not an object of toolchains")
    lines = {}
    left_out = 0
    for key, row in rows.items():
        try:
            if not _is_listed(row):
                continue
            if row["sha256"] is None:
                left_out += 1
                continue
            lines[f"`{key}`"] = _line(row)
        except (AttributeError, KeyError, TypeError) as err:
            raise ValueError(f"`{key}` has not the shape of a toolchain: {err!r}") from None
        except ValueError as err:
            raise ValueError(f"`{key}` cannot be used: {err}") from None
    return lines, left_out


def _is_listed(row: dict[str, Any]) -> bool:
    return (
        row["name"] in BASES
        and row["os"] in _SYSTEMS
        and row["libc"] != "gnueabi"  # ARM without floating point
        and row["arch"]["variant"] is None
    )


def _line(row: dict[str, Any]) -> str:
    """Returns what uv tells as a line of the file, to be checked as any other."""
    family, url = row["name"], row["url"]
    base = BASES[family]
    if not url.startswith(base):
        raise ValueError(f"the URL `{url}` does not begin with `{base}`")
    version = f"{row['major']}.{row['minor']}.{row['patch']}{row['prerelease']}"
    architecture = _ARCHITECTURES.get(row["arch"]["family"], row["arch"]["family"])
    platform = f"{architecture}-{_SYSTEMS[row['os']]}{_LIBCS.get(row['libc'], '-' + row['libc'])}"
    variant = "plain" if row["variant"] is None else row["variant"]
    return f"{family} {version} {platform} {variant} {url[len(base) :]} {row['sha256']}"


def _parse_lines(lines: Mapping[str, str]) -> tuple[Toolchain, ...]:
    """Returns the toolchains in the order of the file; an error tells the name of a line."""
    names: dict[tuple[object, ...], str] = {}
    toolchains = []
    for name, line in lines.items():
        try:
            toolchain = Toolchain.parse(line)
        except ValueError as err:
            raise ValueError(f"{name} cannot be used: {err}") from None
        identity = (toolchain.family, toolchain.version, toolchain.platform, toolchain.variant)
        if identity in names:
            raise ValueError(f"{name} is the same toolchain as {names[identity]}")
        names[identity] = name
        toolchains.append(toolchain)
    if not toolchains:
        raise ValueError("there is no toolchain")
    # Each sort keeps the order of the one before among equals.
    toolchains.sort(key=lambda toolchain: VARIANTS.index(toolchain.variant))
    toolchains.sort(key=lambda toolchain: toolchain.platform)
    toolchains.sort(key=lambda toolchain: toolchain.version, reverse=True)
    toolchains.sort(key=lambda toolchain: toolchain.family)
    return tuple(toolchains)
