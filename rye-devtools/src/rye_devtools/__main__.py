"""The command line, `rye-devtools`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rye_devtools import engines, toolchains
from rye_devtools.errors import exit_status, tell
from rye_devtools.files import replacing
from rye_devtools.index import Index


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="rye-devtools", description="Write and check the data files of Rye."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, file, summary, description in (
        (
            "engines",
            "rye/data/engines.toml",
            "pin uv and ruff",
            "Pin the newest uv and ruff that have a wheel for every platform.",
        ),
        (
            "toolchains",
            "rye/data/toolchains.txt",
            "list the Pythons to download",
            "List the Pythons to download, as the newest uv knows them.",
        ),
    ):
        command = commands.add_parser(name, help=f"{summary} in `{file}`", description=description)
        command.add_argument(
            "--output", type=Path, metavar="PATH", help=f"file instead of `{file}`"
        )
        mode = command.add_mutually_exclusive_group()
        mode.add_argument("--index", metavar="URL", help="index to ask")
        mode.add_argument("--check", action="store_true", help="only check the file, offline")
    options = parser.parse_args(arguments)

    def action() -> None:
        default_path, write, check = {
            "engines": (engines.default_path, write_engines, check_engines),
            "toolchains": (toolchains.default_path, write_toolchains, check_toolchains),
        }[options.command]
        path = options.output or default_path()
        if options.check:
            check(path)
        else:
            write(path, Index.find(options.index, os.environ))

    return exit_status(action)


def write_engines(path: Path, index: Index) -> None:
    """Writes the file, after everything in it is known."""
    tell(f"asking {index.url}")
    pinned = {name: engines.pin(name, index, tell) for name in engines.ENGINES}
    with replacing(path) as file:
        file.write(engines.render(pinned).encode())
    tell(f"wrote {path}")


def check_engines(path: Path) -> None:
    """Fails unless the file is as `write_engines` leaves it."""
    pinned = engines.load(path)
    versions = ", ".join(f"{name} {engine.version}" for name, engine in pinned.items())
    tell(f"{path} is good: {versions}")


def write_toolchains(path: Path, index: Index) -> None:
    """Writes the file, after everything in it is known."""
    tell(f"asking {index.url}")
    catalog = toolchains.collect(index, tell)
    with replacing(path) as file:
        file.write(toolchains.render(catalog).encode())
    tell(f"wrote {path}")


def check_toolchains(path: Path) -> None:
    """Fails unless the file is as `write_toolchains` leaves it."""
    catalog = toolchains.load(path)
    tell(f"{path} is good: {len(catalog.toolchains)} toolchains from uv {catalog.uv}")


if __name__ == "__main__":
    sys.exit(main())
