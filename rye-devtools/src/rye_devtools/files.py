"""Files that are replaced whole or not at all, and data files, which have exactly one form."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO, Callable, TypeVar

from rye_devtools.errors import DevtoolsError

_Data = TypeVar("_Data")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yields a new file that takes the place of `path` when the block ends without an exception.

    Keeps the mode of a file that is there, and replaces what a symlink points to.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not from `tempfile`, which hands out files that only their owner can read.
    staged = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with staged.open("wb") as file:
            yield file
        if target.exists():
            shutil.copymode(target, staged)
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)


def load_checked(path: Path, parse: Callable[[str], _Data], command: str) -> _Data:
    """Returns what `parse` makes of a data file; its `ValueError` is told as an error.

    `command` is the one that writes the file.
    """
    try:
        text = path.read_bytes().decode()  # `read_text` would hide how the lines end
        if "\r" in text:
            raise ValueError("its lines do not end in a line feed alone")
        return parse(text)
    except FileNotFoundError:
        cause = "the file does not exist"
    except ValueError as err:
        cause = str(err)
    raise DevtoolsError(f"cannot use `{path}`", cause=cause, hint=f"write it with `{command}`")


def expect_form(text: str, form: str) -> None:
    """Raises a `ValueError` that tells the first line in which `text` is not `form`."""
    lines = zip_longest(text.split("\n"), form.split("\n"))
    for number, (is_there, wanted) in enumerate(lines, start=1):
        if is_there != wanted:
            raise ValueError(f"line {number} is {_shown(is_there)} instead of {_shown(wanted)}")


def find_repository() -> Path:
    """Returns the root of the repository: the one with this package, else the one worked in."""
    for start in (Path(__file__).resolve(), Path.cwd()):
        for folder in (start, *start.parents):
            if (folder / "rye" / "Cargo.toml").is_file():
                return folder
    raise DevtoolsError(
        "cannot find the repository of Rye",
        cause="no `rye/Cargo.toml` above this package or the working directory",
        hint="run this inside the repository",
    )


def _shown(line: str | None) -> str:
    return "missing" if line is None else f"`{line}`" if line else "empty"
