"""A package index: which files a project has there, and their bytes (PEP 503, PEP 691).

Does not choose between files and does not check their digests.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib import request
from urllib.parse import unquote, urljoin, urlsplit

from rye_devtools.errors import DevtoolsError
from rye_devtools.files import find_repository

VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = ("application/vnd.pypi.simple.v1+html", "text/html")
_ACCEPT = f"{_JSON}, {_HTML[0]};q=0.2, {_HTML[1]};q=0.01"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIMEOUT = 60  # seconds without a byte
_CHUNK = 1 << 18


@dataclass(frozen=True)
class IndexFile:
    """A file of a project, as the index describes it."""

    name: str
    url: str
    sha256: str | None
    size: int | None
    is_yanked: bool


def default_index() -> str:
    """Returns the index that is used when nothing names another: Rye's own default."""
    path = find_repository() / "rye" / "data" / "default-index.txt"
    return path.read_text(encoding="utf-8").strip()


def is_sha256(value: object) -> bool:
    """Returns whether this is a digest as an index writes it, in lower-case hexadecimal."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


class Index:
    """An index that is asked over HTTP.

    Credentials in its URL go to its own host only and never into a message.
    """

    def __init__(self, url: str, origin: str) -> None:
        """Raises an error that names `origin`, the setting that held a URL which cannot be used."""
        # uv lets its variable give the index a name: `name=https://…`.
        url = re.sub(r"^[\w.-]+=", "", url)
        try:
            bare, self._credentials = _without_credentials(url)
        except ValueError as err:
            raise DevtoolsError(
                f"cannot use the index that {origin} names",
                cause=str(err),
                hint="name an index such as `https://example.com/simple/`",
            ) from None
        self.url = bare.rstrip("/") + "/"
        # Only what is added here is understood: no `file:`, no `ftp:`, whatever a page links to.
        # The context trusts SSL_CERT_FILE and SSL_CERT_DIR, where they are set.
        self._opener = request.OpenerDirector()
        for handler in (
            request.ProxyHandler(),
            request.HTTPHandler(),
            request.HTTPSHandler(context=ssl.create_default_context()),
            request.HTTPRedirectHandler(),
            request.HTTPDefaultErrorHandler(),
            request.HTTPErrorProcessor(),
            request.UnknownHandler(),
        ):
            self._opener.add_handler(handler)

    @classmethod
    def find(cls, url: str | None, variables: Mapping[str, str]) -> Index:
        """Returns the index at `url`, else the one that the environment names, else the default."""
        if url is not None:
            return cls(url, "`--index`")
        for name in VARIABLES:
            if value := variables.get(name):
                return cls(value, f"`{name}`")
        return cls(default_index(), "`rye/data/default-index.txt`")

    def load_files(self, project: str) -> list[IndexFile]:
        """Returns the files of a project, in the order of its page."""
        url = f"{self.url}{project}/"
        with self._open(url, accept=_ACCEPT) as response, _explained(url):
            body = response.read()
            kind = response.headers.get_content_type()
            charset = response.headers.get_content_charset("utf-8")
            base = response.url
        try:
            if kind == _JSON:
                return _files_from_json(body, base)
            if kind in _HTML:
                return _files_from_html(body.decode(charset), base)
            raise ValueError(f"`{kind}` is neither JSON (PEP 691) nor HTML (PEP 503)")
        except (ValueError, LookupError) as err:
            raise DevtoolsError(
                f"cannot read the page `{url}`",
                cause=str(err),
                hint="check that the index is the root of a Simple API, such as `…/simple/`",
            ) from None

    def load_size(self, file: IndexFile) -> int:
        """Returns the size of a file in bytes, without downloading it."""
        if file.size is not None:
            return file.size
        with self._open(file.url, method="HEAD") as response:
            length: str = response.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise DevtoolsError(
                f"cannot tell the size of `{file.name}`",
                cause="neither the page of the project nor the server of the file gives it",
                hint="name another index with `--index`",
            )
        return int(length)

    def download(self, file: IndexFile) -> Iterator[bytes]:
        """Yields the bytes of a file as they arrive; checking them is up to the caller."""
        with self._open(file.url) as response:
            while True:
                with _explained(file.url):
                    chunk = response.read(_CHUNK)
                if not chunk:
                    return
                yield chunk

    def _open(self, url: str, method: str = "GET", accept: str = "*/*") -> http.client.HTTPResponse:
        with _explained(url):
            bare, credentials = _without_credentials(url)
            asked = request.Request(bare, method=method)
            asked.add_header("Accept", accept)
            asked.add_header("User-Agent", "rye-devtools")
            if credentials is None and _origin(bare) == _origin(self.url):
                credentials = self._credentials
            if credentials is not None:
                # "Unredirected": another host that this one points to must not learn them.
                asked.add_unredirected_header("Authorization", credentials)
            response: http.client.HTTPResponse | None = self._opener.open(asked, timeout=_TIMEOUT)
            if response is None:
                raise ValueError("this kind of URL is not supported")
            return response


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turns a failure of the network into an error that names the URL."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as err:
        cause = str(err) or type(err).__name__
        if isinstance(err, urllib.error.HTTPError):
            err.close()
            cause = f"the server answered {err.code} {err.reason}"
        elif isinstance(err, urllib.error.URLError):
            cause = str(err.reason)
        raise DevtoolsError(
            f"cannot read `{_redacted(url)}`",
            cause=cause,
            hint="try again, or name another index with `--index` or `UV_DEFAULT_INDEX`",
        ) from None


def _without_credentials(url: str) -> tuple[str, str | None]:
    """Splits a URL into itself without user information, and an `Authorization` header.

    Raises a `ValueError`, without the URL in it, if this is no http or https URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        # Its own message may repeat the user information.
        raise ValueError("it is not a URL") from None
    user_information, at, host = parts.netloc.rpartition("@")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("it is not an http or https URL")
    bare = parts._replace(netloc=host, fragment="").geturl()
    if not at:
        return bare, None
    user, _, password = user_information.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}".encode()
    return bare, f"Basic {base64.b64encode(pair).decode()}"


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        raise ValueError("a link on it is not a URL") from None


def _redacted(url: str) -> str:
    return re.sub(r"//[^/]*@", "//", url)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _files_from_json(body: bytes, base: str) -> list[IndexFile]:
    page = json.loads(body)
    try:
        api: str = page["meta"]["api-version"]
        if api.split(".")[0] != "1":
            raise ValueError(f"version {api} of the API is not known, only 1.x")
        return [_file_from_json(entry, base) for entry in page["files"]]
    except (AttributeError, KeyError, TypeError) as err:
        raise ValueError(f"not the shape of PEP 691: {err}") from None


def _file_from_json(entry: dict[str, Any], base: str) -> IndexFile:
    sha256, size = entry["hashes"].get("sha256"), entry.get("size")
    return IndexFile(
        name=str(entry["filename"]),
        url=_joined(base, entry["url"]),
        sha256=sha256 if is_sha256(sha256) else None,
        size=size if isinstance(size, int) else None,
        # A boolean, or the reason.
        is_yanked=entry.get("yanked", False) is not False,
    )


def _files_from_html(text: str, base: str) -> list[IndexFile]:
    page = _SimplePage(base)
    page.feed(text)
    page.close()
    return page.files


class _SimplePage(HTMLParser):
    """Collects the anchors of a page; the text of each is the name of a file."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.files: list[IndexFile] = []
        self._base = base
        self._anchor: dict[str, str | None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._anchor = dict(attrs)
            self._text = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag != "a" or self._anchor is None:
            return
        url, _, fragment = _joined(self._base, self._anchor.get("href") or "").partition("#")
        algorithm, _, digest = fragment.partition("=")
        self.files.append(
            IndexFile(
                name=self._text.strip(),
                url=url,
                sha256=digest if algorithm == "sha256" and is_sha256(digest) else None,
                size=None,
                is_yanked="data-yanked" in self._anchor,
            )
        )
        self._anchor = None
