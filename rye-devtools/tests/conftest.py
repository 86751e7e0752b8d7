"""A world for each test: no index or proxy from outside, and a fake index on loopback."""

from __future__ import annotations

import hashlib
import html
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rye_devtools.index import VARIABLES
from rye_devtools.wheels import TARGETS

PLATFORMS = {
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "aarch64-unknown-linux-gnu": "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "aarch64-unknown-linux-musl": "musllinux_1_2_aarch64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "x86_64-pc-windows-msvc": "win_amd64",
    "x86_64-unknown-linux-gnu": "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "x86_64-unknown-linux-musl": "musllinux_1_2_x86_64",
}
"""The platform tags of a complete release."""

JSON = "application/vnd.pypi.simple.v1+json"


def wheel(project: str, version: str, target: str) -> str:
    """Returns the file name that a complete release gives to a target triple."""
    return f"{project}-{version}-py3-none-{PLATFORMS[target]}.whl"


def content(file: str) -> bytes:
    """Returns what the fake index holds under a file name."""
    return f"the bytes of {file}\n".encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pack(files: Mapping[str, bytes]) -> bytes:
    """Returns an sdist with these files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


@dataclass
class FakeFile:
    data: bytes
    sha256: str | None
    yanked: bool | str
    has_size: bool


@dataclass
class Asked:
    """A request that the index has answered."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass
class FakeIndex:
    """An index that answers in JSON or, if it `is_html`, as the oldest of them do."""

    host: str
    is_html: bool = False
    has_length: bool = True
    projects: dict[str, dict[str, FakeFile]] = field(default_factory=dict)
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}/simple/"

    def add(
        self,
        file: str,
        *,
        data: bytes | None = None,
        digest: str | None = "",
        yanked: bool | str = False,
        has_size: bool = True,
    ) -> None:
        data = content(file) if data is None else data
        self.projects.setdefault(file.split("-")[0], {})[file] = FakeFile(
            data, sha256(data) if digest == "" else digest, yanked, has_size
        )

    def add_release(
        self,
        project: str,
        version: str,
        *without: str,
        digest: str | None = "",
        yanked: bool | str = False,
    ) -> None:
        """Adds the wheels of all platforms except some, and an sdist."""
        files = [wheel(project, version, target) for target in TARGETS if target not in without]
        for file in (*files, f"{project}-{version}.tar.gz"):
            self.add(file, digest=digest, yanked=yanked)

    def answer(self, path: str) -> tuple[str, bytes] | None:
        if path in self.pages:
            return self.pages[path]
        _, root, *rest = path.split("/")
        if root == "simple" and rest[0] in self.projects:
            return self._html(rest[0]) if self.is_html else self._json(rest[0])
        if root == "files" and rest[1] in self.projects.get(rest[0], {}):
            return "application/octet-stream", self.projects[rest[0]][rest[1]].data
        return None

    def _json(self, project: str) -> tuple[str, bytes]:
        files = []
        for name, file in self.projects[project].items():
            entry: dict[str, object] = {
                "filename": name,
                "url": f"../../files/{project}/{name}",
                "hashes": {} if file.sha256 is None else {"sha256": file.sha256},
                "yanked": file.yanked,
            }
            if file.has_size:
                entry["size"] = len(file.data)
            files.append(entry)
        page = {"meta": {"api-version": "1.1"}, "name": project, "files": files}
        return JSON, json.dumps(page).encode()

    def _html(self, project: str) -> tuple[str, bytes]:
        lines = ["<!DOCTYPE html><html><head><title>Links</title></head><body><h1>Links</h1>"]
        for name, file in self.projects[project].items():
            fragment = "" if file.sha256 is None else f"#sha256={file.sha256}"
            yanked = " data-yanked" if file.yanked else ""
            if isinstance(file.yanked, str):
                yanked += f'="{file.yanked}"'
            href = html.escape(f"/files/{project}/{name}{fragment}")
            lines.append(f'<a href="{href}" data-requires-python="&gt;=3.8"{yanked}>{name}</a><br>')
        lines.append("</body></html>")
        return "text/html; charset=utf-8", "\n".join(lines).encode()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def fake_index() -> Iterator[FakeIndex]:
    yield from serve_index()


@pytest.fixture
def other_index() -> Iterator[FakeIndex]:
    yield from serve_index()


def serve_index() -> Iterator[FakeIndex]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(Asked(self.command, self.path, dict(self.headers)))
            if self.path in index.redirects:
                self.send_response(302)
                self.send_header("Location", index.redirects[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            answer = index.answer(self.path)
            if answer is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", answer[0])
            if index.has_length:
                self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer[1])

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """Stays silent: `asked` is the log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index = FakeIndex(f"127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield index
        server.shutdown()
        thread.join()
