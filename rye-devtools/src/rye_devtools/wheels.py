"""File names of wheels, and the platforms that the engines must run on.

Knows the few tags that the engines' wheels carry, not all that the standards allow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# A wheel fits a platform by one of its platform tags; the groups are the oldest system that it
# runs on: a release of macOS, glibc or musl.
_TAGS = {
    "aarch64-apple-darwin": r"macosx_(\d+)_(\d+)_(?:arm64|universal2)",
    "aarch64-unknown-linux-gnu": r"manylinux_(\d+)_(\d+)_aarch64",
    "aarch64-unknown-linux-musl": r"musllinux_(\d+)_(\d+)_aarch64",
    "x86_64-apple-darwin": r"macosx_(\d+)_(\d+)_(?:x86_64|universal2)",
    "x86_64-pc-windows-msvc": r"win_amd64",
    "x86_64-unknown-linux-gnu": r"manylinux_(\d+)_(\d+)_x86_64",
    "x86_64-unknown-linux-musl": r"musllinux_(\d+)_(\d+)_x86_64",
}

TARGETS = tuple(sorted(_TAGS))
"""The target triples that Rye is built for."""

_NAME = re.compile(
    r"(?P<project>[a-z0-9_]+)-(?P<version>[0-9]+\.[0-9]+\.[0-9]+)-py3-none-"
    r"(?P<platforms>[a-z0-9_.]+)\.whl"
)
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


@dataclass(frozen=True, order=True)
class Version:
    """A final version of three numbers, `X.Y.Z`; no engine has had another kind."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Returns the version, or nothing for a pre-release or any other spelling."""
        match = _VERSION.fullmatch(text)
        return cls(*map(int, match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True)
class WheelName:
    """The name of a wheel that holds an executable: `project-version-py3-none-platforms.whl`."""

    project: str
    version: Version
    platforms: tuple[str, ...]

    @classmethod
    def parse(cls, file: str) -> WheelName | None:
        """Returns the parts of a file's name, or nothing if it is another kind of file."""
        match = _NAME.fullmatch(file)
        version = Version.parse(match["version"]) if match else None
        if match is None or version is None:
            return None
        return cls(match["project"], version, tuple(match["platforms"].split(".")))

    def oldest_system(self, target: str) -> tuple[int, ...] | None:
        """Returns the oldest system of a target triple that the wheel runs on, if it runs there."""
        matches = (re.fullmatch(_TAGS[target], tag, re.ASCII) for tag in self.platforms)
        return min((tuple(map(int, match.groups())) for match in matches if match), default=None)
