"""A local index with generated distributions: the same for everybody, and nobody else's machine."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

MODULES = 24
"""Modules of a distribution; a wheel of the default index has about as many."""
LATEST, OLDER = "1.1.0", "1.0.0"
STAMP = (2024, 1, 1, 0, 0, 0)


def name(count: int, number: int) -> str:
    """Returns the name of one of `count` distributions that belong together."""
    return f"bench{count}-{number:03}"


def requirements(count: int, number: int) -> list[str]:
    """Returns what a distribution requires: a tree of three branches, and a link to its uncle."""
    children = [3 * number + branch for branch in (1, 2, 3)]
    uncles = [number + 1] if number % 3 == 1 else []
    return [f"{name(count, other)}>=1" for other in sorted({*children, *uncles}) if other < count]


def write_wheel(directory: Path, count: int, number: int, version: str) -> None:
    """Writes a wheel (binary distribution format 1.0), not compressed: links are measured."""
    title = name(count, number).replace("-", "_")
    info = f"{title}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name(count, number)}\nVersion: {version}\n"]
    metadata += [f"Requires-Dist: {requirement}\n" for requirement in requirements(count, number)]
    files = {f"{title}/module_{index}.py": f"VALUE = {index}\n" * 200 for index in range(MODULES)}
    files[f"{title}/__init__.py"] = f'__version__ = "{version}"\n'
    files[f"{info}/METADATA"] = "".join(metadata)
    files[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    digest = lambda text: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())  # noqa: E731
    record = [
        f"{path},sha256={digest(text).decode().rstrip('=')},{len(text)}\n"
        for path, text in files.items()
    ]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"])
    with zipfile.ZipFile(directory / f"{title}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path, STAMP), text)


def write(directory: Path, count: int) -> None:
    """Writes pages (PEP 503) and wheels of `count` distributions; the first needs all others."""
    for number in range(count):
        page = directory / "simple" / name(count, number)
        page.mkdir(parents=True)
        links = []
        for version in (OLDER, LATEST):
            write_wheel(page, count, number, version)
            file = f"{name(count, number).replace('-', '_')}-{version}-py3-none-any.whl"
            digest = hashlib.sha256((page / file).read_bytes()).hexdigest()
            links.append(f'<a href="{file}#sha256={digest}">{file}</a>')
        (page / "index.html").write_text(f"<!DOCTYPE html>\n{'<br>'.join(links)}\n")


def serve(directory: Path) -> tuple[subprocess.Popen[str], str]:
    """Serves the index from a process of its own, and returns that and the index's URL."""
    code = (
        "import functools, http.server as h, sys\n"
        "class Handler(h.SimpleHTTPRequestHandler):\n"
        "    protocol_version = 'HTTP/1.1'\n"
        "    def log_message(self, *_): pass\n"
        "    def end_headers(self):\n"
        "        self.send_header('Cache-Control', 'max-age=86400')\n"
        "        super().end_headers()\n"
        "server = h.ThreadingHTTPServer(('127.0.0.1', 0),\n"
        "    functools.partial(Handler, directory=sys.argv[1]))\n"
        "server.handle_error = lambda *_: None  # who has what it wanted hangs up\n"
        "print(server.server_port, flush=True)\n"
        "server.serve_forever()\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    port = int(server.stdout.readline())
    return server, f"http://127.0.0.1:{port}/simple/"
