"""The newest sdist of a project, and single files out of it.

Nothing in it is read before its digest is checked, and nothing is unpacked to disk.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from dataclasses import dataclass

from rye_devtools.errors import DevtoolsError
from rye_devtools.index import Index, IndexFile
from rye_devtools.wheels import Version

_DOWNLOAD_LIMIT = 1 << 26  # bytes, as those below: no sdist of interest comes near
_UNPACKED_LIMIT = 1 << 27


@dataclass(frozen=True)
class Sdist:
    """An sdist whose bytes have the digest that the index gives."""

    file: str
    version: Version
    data: bytes

    def read(self, path: str) -> bytes:
        """Returns the one file at a path below the root; a `*` in it is any name of a directory."""
        pattern = re.compile("[^/]+/" + re.escape(path).replace(r"\*", "[^/]+"))
        found: list[bytes] = []
        try:
            with tarfile.open(fileobj=_Unpacked(self.data), mode="r|") as archive:
                for member in archive:
                    if pattern.fullmatch(member.name) and (file := archive.extractfile(member)):
                        found.append(file.read())
        except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError) as err:
            raise DevtoolsError(
                f"cannot read `{self.file}`",
                cause=str(err),
                hint="name another index with `--index`",
            ) from None
        if len(found) != 1:
            raise DevtoolsError(
                f"cannot use `{self.file}`",
                cause=f"it has {len(found)} files `{path}` instead of one",
                hint="look for where its facts have gone",
            )
        return found[0]


def load_newest(project: str, index: Index) -> Sdist:
    """Downloads the sdist of the newest final version that is not yanked."""
    files: dict[Version, IndexFile] = {}
    for file in index.load_files(project):
        version = _version(project, file.name)
        if version is not None and not file.is_yanked:
            files[version] = file
    if not files:
        raise DevtoolsError(
            f"cannot find an sdist of `{project}`",
            cause=f"`{index.url}` has none of a final version that is usable",
            hint="name another index with `--index`",
        )
    newest = max(files)
    return Sdist(files[newest].name, newest, _download(files[newest], index))


def _version(project: str, file: str) -> Version | None:
    """Returns the version of an sdist, or nothing if it is another kind of file."""
    match = re.fullmatch(rf"{re.escape(project)}-(.+)\.tar\.gz", file)
    return Version.parse(match[1]) if match else None


def _download(file: IndexFile, index: Index) -> bytes:
    if file.sha256 is None:
        raise DevtoolsError(
            f"cannot use `{file.name}`",
            cause=f"`{index.url}` gives no sha256 of it",
            hint="name another index with `--index`",
        )
    data = bytearray()
    for chunk in index.download(file):
        data += chunk
        if len(data) > _DOWNLOAD_LIMIT:
            raise DevtoolsError(
                f"cannot use `{file.name}`", cause=f"it has more than {_DOWNLOAD_LIMIT} bytes"
            )
    digest = hashlib.sha256(data).hexdigest()
    if digest != file.sha256:
        raise DevtoolsError(
            f"`{file.name}` is not the file that `{index.url}` describes",
            cause=f"its sha256 should be {file.sha256} and is {digest}",
            hint="try again; if it stays so, do not trust where it comes from",
        )
    return bytes(data)


class _Unpacked(gzip.GzipFile):
    """The bytes of a gzip stream, up to a limit."""

    def __init__(self, data: bytes) -> None:
        super().__init__(fileobj=io.BytesIO(data), mode="rb")
        self._left = _UNPACKED_LIMIT

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise ValueError(f"it unpacks to more than {_UNPACKED_LIMIT} bytes")
        return chunk
