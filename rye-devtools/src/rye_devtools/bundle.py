"""Places the engines' wheels where the cargo feature `bundled` embeds them.

A wheel that is placed has the size and the digest that `engines.toml` pins; there is no other.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Callable

from rye_devtools import engines
from rye_devtools.engines import Engine, Wheel
from rye_devtools.errors import DevtoolsError, exit_status, tell
from rye_devtools.files import find_repository, replacing
from rye_devtools.index import Index
from rye_devtools.wheels import TARGETS

_CHUNK = 1 << 18

Source = Callable[[str, Wheel], Iterable[bytes]]
"""Yields the bytes of an engine's wheel, unchecked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `scripts/bundle-engines` and returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="bundle-engines",
        description="Place the pinned wheels of uv and ruff where the cargo feature `bundled` "
        "embeds them.",
    )
    parser.add_argument(
        "--target",
        choices=TARGETS,
        metavar="TRIPLE",
        help="platform to bundle for; without it the one of the host, as `rustc` tells it",
    )
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="directory to fill instead of `target/bundle`"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--index", metavar="URL", help="index to download the wheels from")
    source.add_argument(
        "--wheels", type=Path, metavar="DIR", help="directory to take the wheels from instead"
    )
    options = parser.parse_args(arguments)

    def action() -> None:
        if options.wheels is not None:
            wheels = from_directory(options.wheels)
        else:
            wheels = from_index(Index.find(options.index, os.environ))
        output = options.output or find_repository() / "target" / "bundle"
        target = options.target or host()
        bundle(engines.load(engines.default_path()), target, output, wheels)
        cross = "" if options.target is None else f" --target {target}"
        tell(f"now run: cargo build --release --features bundled{cross}")

    return exit_status(action)


def bundle(pinned: Mapping[str, Engine], target: str, output: Path, source: Source) -> None:
    """Places the wheel of each engine as `<output>/<target>/<engine>.whl`.

    One that is there already is kept, without asking the source.
    """
    for name, engine in pinned.items():
        wheel = engine.wheels[target]
        path = output / target / f"{name}.whl"
        if is_pinned(path, wheel):
            tell(f"kept {path}: it is {wheel.file}")
            continue
        place(path, wheel, source(name, wheel))
        tell(f"placed {path}")


def is_pinned(path: Path, wheel: Wheel) -> bool:
    """Returns whether a file is there and holds exactly the pinned bytes."""
    try:
        if path.stat().st_size != wheel.size:
            return False
    except FileNotFoundError:
        return False
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest() == wheel.sha256


def place(path: Path, wheel: Wheel, chunks: Iterable[bytes]) -> None:
    """Writes a wheel; on any mismatch or failure, `path` stays what it was."""
    size = 0
    digest = hashlib.sha256()
    with replacing(path) as file:
        for chunk in chunks:
            size += len(chunk)
            if size > wheel.size:
                break  # whatever follows, this is not the pinned file
            digest.update(chunk)
            file.write(chunk)
        if size != wheel.size:
            found = "more" if size > wheel.size else f"only {size}"
            raise _not_pinned(wheel, f"it should have {wheel.size} bytes and has {found}")
        if digest.hexdigest() != wheel.sha256:
            raise _not_pinned(
                wheel, f"its sha256 should be {wheel.sha256} and is {digest.hexdigest()}"
            )


def from_index(index: Index) -> Source:
    """Returns a source that downloads from an index."""

    def source(name: str, wheel: Wheel) -> Iterator[bytes]:
        tell(f"downloading {wheel.file} from {index.url}")
        for file in index.load_files(name):
            if file.name == wheel.file:
                return index.download(file)
        raise DevtoolsError(
            f"cannot download `{wheel.file}`",
            cause=f"`{index.url}` has no such file",
            hint="name another index with `--index`, or a directory that has it with `--wheels`",
        )

    return source


def from_directory(directory: Path) -> Source:
    """Returns a source that reads files from a directory, under the names that they have there."""

    def source(_name: str, wheel: Wheel) -> Iterator[bytes]:
        path = directory / wheel.file
        if not path.is_file():
            raise DevtoolsError(
                f"cannot take `{wheel.file}` from `{directory}`",
                cause="the file does not exist",
                hint="put it there, or leave `--wheels` out to download it",
            )
        tell(f"taking {path}")
        return _chunks(path)

    return source


def host() -> str:
    """Returns the target triple of the host, as `rustc` tells it."""
    problem = "cannot tell the platform of the host"
    hint = f"name one with `--target`: {', '.join(TARGETS)}"
    try:
        # In the repository, since the toolchain pinned there is the one that will build.
        version = subprocess.run(
            ["rustc", "-vV"], cwd=find_repository(), capture_output=True, text=True, check=True
        )
    except OSError as err:
        cause = f"cannot run `rustc -vV`: {err.strerror}"
        raise DevtoolsError(problem, cause=cause, hint=hint) from None
    except subprocess.CalledProcessError as err:
        cause = f"`rustc -vV` failed: {err.stderr.strip()}"
        raise DevtoolsError(problem, cause=cause, hint=hint) from None
    for line in version.stdout.splitlines():
        key, _, value = line.partition(": ")
        if key == "host":
            if value in TARGETS:
                return value
            raise DevtoolsError(f"there are no engines for `{value}`", hint=hint)
    raise DevtoolsError(problem, cause="`rustc -vV` names no host", hint=hint)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _not_pinned(wheel: Wheel, cause: str) -> DevtoolsError:
    return DevtoolsError(
        f"`{wheel.file}` is not the file that `engines.toml` pins",
        cause=cause,
        hint="try again; if it stays so, do not trust where it comes from",
    )
