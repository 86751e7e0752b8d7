"""The engines that Rye drives, and the file that pins them: `rye/data/engines.toml`.

The file is written and read in exactly one form, byte for byte, so that a diff of it shows what
changed and nothing else. That also spares a TOML parser, which Python has only since 3.11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Union

from rye_devtools.errors import DevtoolsError
from rye_devtools.files import expect_form, find_repository, load_checked
from rye_devtools.index import Index, IndexFile, is_sha256
from rye_devtools.wheels import TARGETS, Version, WheelName

ENGINES = ("uv", "ruff")
SCHEMA = 1

_HEADER = "# Written by `rye-devtools engines`; edit that instead."
_TABLE = re.compile(r"\[([a-z0-9_.-]+)\]")
_PAIR = re.compile(r'([a-z0-9]+) = (?:"([^"\\]*)"|(0|[1-9][0-9]*))')

_Table = dict[str, Union[str, int]]


@dataclass(frozen=True)
class Wheel:
    """A wheel as it is pinned; `size` is in bytes."""

    file: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Engine:
    """One version of an engine, with a wheel for each target triple."""

    version: Version
    wheels: Mapping[str, Wheel]


def default_path() -> Path:
    """Returns where the repository keeps the file."""
    return find_repository() / "rye" / "data" / "engines.toml"


def pin(project: str, index: Index, tell: Callable[[str], None]) -> Engine:
    """Returns the newest version of an engine that has a wheel for every target triple."""
    releases = _releases(project, index.load_files(project))
    if not releases:
        raise DevtoolsError(
            f"cannot pin `{project}`",
            cause=f"`{index.url}` has no wheel of a final version of it that is usable",
            hint="name another index with `--index`",
        )
    for version in sorted(releases, reverse=True):
        files = releases[version]
        missing = [target for target in TARGETS if target not in files]
        if not missing:
            tell(f"{project} {version}")
            return Engine(version, {target: _wheel(files[target], index) for target in TARGETS})
        tell(f"{project} {version} is passed over: no wheel for {', '.join(missing)}")
    newest = max(releases)
    missing = [target for target in TARGETS if target not in releases[newest]]
    raise DevtoolsError(
        f"cannot pin `{project}`",
        cause="no version has a wheel for every platform; "
        f"{newest}, the newest, has none for {', '.join(missing)}",
        hint="wait for a complete release, or name another index with `--index`",
    )


def render(engines: Mapping[str, Engine]) -> str:
    """Returns the text of the file; the same engines give the same bytes."""
    lines = [_HEADER, f"schema = {SCHEMA}"]
    for name in ENGINES:
        engine = engines[name]
        lines += ["", f"[{name}]", f'version = "{engine.version}"']
        for target in TARGETS:
            wheel = engine.wheels[target]
            lines += [
                "",
                f"[{name}.wheels.{target}]",
                f'file = "{wheel.file}"',
                f'sha256 = "{wheel.sha256}"',
                f"size = {wheel.size}",
            ]
    return "\n".join(lines) + "\n"


def load(path: Path) -> dict[str, Engine]:
    """Reads the file and checks all of it, offline."""
    return load_checked(path, parse, "rye-devtools engines")


def parse(text: str) -> dict[str, Engine]:
    """Returns what `render` wrote; anything else is a `ValueError`."""
    tables = _tables(text)
    schema = _number(tables, "", "schema")
    if schema != SCHEMA:
        raise ValueError(f"`schema` is {schema}, and only {SCHEMA} is known")
    engines = {name: _engine(tables, name) for name in ENGINES}
    for table, keys in tables.items():
        for key in keys:
            raise ValueError(f"unknown key `{key}` in {_quoted(table)}")
    expect_form(text, render(engines))
    return engines


def _releases(project: str, files: list[IndexFile]) -> dict[Version, dict[str, IndexFile]]:
    """Returns the best wheel of each version for each target triple.

    The best is the one that runs on the oldest system, so that it runs on most of them. Wheels
    that are yanked, or that have no digest to pin, do not exist.
    """
    ranked: dict[Version, dict[str, tuple[tuple[int, ...], str, IndexFile]]] = {}
    for file in files:
        name = WheelName.parse(file.name)
        if name is None or name.project != project or file.is_yanked or file.sha256 is None:
            continue
        best = ranked.setdefault(name.version, {})
        for target in TARGETS:
            oldest = name.oldest_system(target)
            if oldest is None:
                continue
            if target not in best or (oldest, file.name) < best[target][:2]:
                best[target] = (oldest, file.name, file)
    return {
        version: {target: file for target, (_, _, file) in best.items()}
        for version, best in ranked.items()
    }


def _wheel(file: IndexFile, index: Index) -> Wheel:
    assert file.sha256 is not None, "a file without a digest is never chosen"
    return Wheel(file.name, file.sha256, index.load_size(file))


def _tables(text: str) -> dict[str, _Table]:
    """Returns the tables by name; the top of the file has none."""
    tables: dict[str, _Table] = {"": {}}
    current = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        if table := _TABLE.fullmatch(line):
            current = table[1]
            if current in tables:
                raise ValueError(f"line {number} repeats the table `[{current}]`")
            tables[current] = {}
        elif pair := _PAIR.fullmatch(line):
            if pair[1] in tables[current]:
                raise ValueError(f"line {number} repeats the key `{pair[1]}`")
            tables[current][pair[1]] = int(pair[3]) if pair[3] else pair[2]
        else:
            raise ValueError(f"line {number} is neither a table nor a key: `{line}`")
    return tables


def _engine(tables: dict[str, _Table], name: str) -> Engine:
    text = _string(tables, name, "version")
    version = Version.parse(text)
    if version is None:
        raise ValueError(f"`version` in `[{name}]` is not of the form X.Y.Z: `{text}`")
    return Engine(
        version, {target: _pinned_wheel(tables, name, version, target) for target in TARGETS}
    )


def _pinned_wheel(tables: dict[str, _Table], name: str, version: Version, target: str) -> Wheel:
    table = f"{name}.wheels.{target}"
    file = _string(tables, table, "file")
    parts = WheelName.parse(file)
    if (
        parts is None
        or (parts.project, parts.version) != (name, version)
        or parts.oldest_system(target) is None
    ):
        raise ValueError(
            f"`file` in `[{table}]` is no wheel of {name} {version} for this platform: `{file}`"
        )
    sha256 = _string(tables, table, "sha256")
    if not is_sha256(sha256):
        raise ValueError(f"`sha256` in `[{table}]` is not 64 lower-case hexadecimal digits")
    size = _number(tables, table, "size")
    if size == 0:
        raise ValueError(f"`size` in `[{table}]` is 0")
    return Wheel(file, sha256, size)


def _string(tables: dict[str, _Table], table: str, key: str) -> str:
    value = _take(tables, table, key)
    if not isinstance(value, str):
        raise ValueError(f"`{key}` in {_quoted(table)} is not a string")
    return value


def _number(tables: dict[str, _Table], table: str, key: str) -> int:
    value = _take(tables, table, key)
    if not isinstance(value, int):
        raise ValueError(f"`{key}` in {_quoted(table)} is not a number")
    return value


def _take(tables: dict[str, _Table], table: str, key: str) -> str | int:
    """Removes a value, so that what is left in the end is unknown."""
    if table not in tables:
        raise ValueError(f"there is no table {_quoted(table)}")
    if key not in tables[table]:
        raise ValueError(f"there is no `{key}` in {_quoted(table)}")
    return tables[table].pop(key)


def _quoted(table: str) -> str:
    return f"`[{table}]`" if table else "the top of the file"
