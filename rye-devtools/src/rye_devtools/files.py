"""Files that are replaced whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rye_devtools.errors import DevtoolsError


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
