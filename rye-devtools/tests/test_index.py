from __future__ import annotations

import pytest
from conftest import FakeIndex, content, sha256, wheel

from rye_devtools.errors import DevtoolsError
from rye_devtools.index import Index, IndexFile, default_index

FILE = wheel("uv", "1.0.0", "x86_64-pc-windows-msvc")


def open_index(fake: FakeIndex, user_information: str = "") -> Index:
    return Index(f"http://{user_information}{fake.host}/simple", "the test")


def load_file(index: Index) -> IndexFile:
    (file,) = index.load_files("uv")
    return file


@pytest.mark.parametrize("is_html", [False, True])
def test_a_page_is_read_in_either_format(fake_index: FakeIndex, is_html: bool) -> None:
    fake_index.is_html = is_html
    fake_index.add(FILE)
    fake_index.add("uv-0.9.0.tar.gz", yanked="broken", digest=None)
    fake_index.add("uv-0.8.0.tar.gz", yanked=True, digest="not a digest")
    index = open_index(fake_index)

    assert index.load_files("uv") == [
        IndexFile(
            name=FILE,
            url=f"http://{fake_index.host}/files/uv/{FILE}",
            sha256=sha256(content(FILE)),
            size=None if is_html else len(content(FILE)),
            is_yanked=False,
        ),
        IndexFile(
            name="uv-0.9.0.tar.gz",
            url=f"http://{fake_index.host}/files/uv/uv-0.9.0.tar.gz",
            sha256=None,
            size=None if is_html else len(content("uv-0.9.0.tar.gz")),
            is_yanked=True,
        ),
        IndexFile(
            name="uv-0.8.0.tar.gz",
            url=f"http://{fake_index.host}/files/uv/uv-0.8.0.tar.gz",
            sha256=None,
            size=None if is_html else len(content("uv-0.8.0.tar.gz")),
            is_yanked=True,
        ),
    ]
    assert fake_index.asked[0].headers["Accept"].startswith("application/vnd.pypi.simple.v1+json,")


def test_a_size_that_the_page_does_not_give_is_asked_for(fake_index: FakeIndex) -> None:
    fake_index.add(FILE, has_size=False)
    index = open_index(fake_index)

    assert index.load_size(load_file(index)) == len(content(FILE))
    assert [(asked.method, asked.path) for asked in fake_index.asked] == [
        ("GET", "/simple/uv/"),
        ("HEAD", f"/files/uv/{FILE}"),
    ]


def test_a_size_that_nobody_gives_is_an_error(fake_index: FakeIndex) -> None:
    fake_index.add(FILE, has_size=False)
    fake_index.has_length = False
    index = open_index(fake_index)

    with pytest.raises(DevtoolsError, match=f"cannot tell the size of `{FILE}`"):
        index.load_size(load_file(index))


def test_a_download_gives_the_bytes_of_the_file(fake_index: FakeIndex) -> None:
    fake_index.add(FILE)
    index = open_index(fake_index)

    assert b"".join(index.download(load_file(index))) == content(FILE)


@pytest.mark.parametrize(
    ("kind", "body", "cause"),
    [
        ("text/plain", b"hello", "`text/plain` is neither JSON (PEP 691) nor HTML (PEP 503)"),
        ("text/html; charset=nonsense", b"hello", "unknown encoding: nonsense"),
        ("application/vnd.pypi.simple.v1+json", b"[", "Expecting value"),
        ("application/vnd.pypi.simple.v1+json", b"[]", "not the shape of PEP 691"),
        (
            "application/vnd.pypi.simple.v1+json",
            b'{"meta": {"api-version": "1.0"}, "files": [{"filename": "a", "url": "b"}]}',
            "not the shape of PEP 691: 'hashes'",
        ),
        (
            "application/vnd.pypi.simple.v1+json",
            b'{"meta": {"api-version": "2.0"}, "files": []}',
            "version 2.0 of the API is not known, only 1.x",
        ),
        ("text/html", b'<a href="http://[">uv</a>', "a link on it is not a URL"),
    ],
)
def test_a_page_that_cannot_be_read_is_an_error(
    fake_index: FakeIndex, kind: str, body: bytes, cause: str
) -> None:
    fake_index.pages["/simple/uv/"] = (kind, body)

    with pytest.raises(DevtoolsError) as caught:
        open_index(fake_index).load_files("uv")
    assert caught.value.message == f"cannot read the page `{fake_index.url}uv/`"
    assert cause in str(caught.value.cause)


def test_what_the_server_refuses_is_an_error(fake_index: FakeIndex) -> None:
    with pytest.raises(DevtoolsError) as caught:
        open_index(fake_index).load_files("uv")
    assert str(caught.value) == (
        f"error: cannot read `{fake_index.url}uv/`\n"
        "caused by: the server answered 404 Not Found\n"
        "hint: try again, or name another index with `--index` or `UV_DEFAULT_INDEX`"
    )


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/file", "http://[", ""])
def test_only_http_is_followed(fake_index: FakeIndex, url: str) -> None:
    file = IndexFile(FILE, url, sha256=None, size=None, is_yanked=False)

    with pytest.raises(DevtoolsError, match="cannot read"):
        list(open_index(fake_index).download(file))


def test_a_redirect_leads_nowhere_but_to_http(fake_index: FakeIndex) -> None:
    fake_index.redirects["/simple/uv/"] = "ftp://127.0.0.1/simple/uv/"

    with pytest.raises(DevtoolsError, match="cannot read"):
        open_index(fake_index).load_files("uv")


def test_credentials_go_to_their_own_host_only(
    fake_index: FakeIndex, other_index: FakeIndex
) -> None:
    other_index.add(FILE)
    fake_index.redirects["/simple/uv/"] = f"{other_index.url}uv/"
    index = open_index(fake_index, "ann:s%40cret@")

    assert b"".join(index.download(load_file(index))) == content(FILE)
    assert [asked.headers.get("Authorization") for asked in fake_index.asked] == [
        "Basic YW5uOnNAY3JldA=="
    ]
    assert [asked.headers.get("Authorization") for asked in other_index.asked] == [None, None]


def test_credentials_are_sent_for_files_of_the_same_host(fake_index: FakeIndex) -> None:
    fake_index.add(FILE, has_size=False)
    index = open_index(fake_index, "token@")

    index.load_size(load_file(index))
    assert [asked.headers.get("Authorization") for asked in fake_index.asked] == [
        "Basic dG9rZW46",
        "Basic dG9rZW46",
    ]


def test_credentials_are_never_told(fake_index: FakeIndex) -> None:
    index = open_index(fake_index, "ann:secret@")
    assert index.url == fake_index.url

    with pytest.raises(DevtoolsError) as refused:
        index.load_files("uv")
    assert "secret" not in str(refused.value)
    for url in (
        "ftp://ann:secret@host/simple/",
        "http://ann:secret@[host/",
        "http://ann:secret@host\N{CARE OF}/",  # which is normalized to one with a slash
        "ann:secret@host",
    ):
        with pytest.raises(DevtoolsError) as unusable:
            Index(url, "`UV_DEFAULT_INDEX`")
        assert "secret" not in str(unusable.value)
        assert "`UV_DEFAULT_INDEX`" in unusable.value.message


@pytest.mark.parametrize(
    ("option", "variables", "url"),
    [
        ("http://a/simple", {"UV_DEFAULT_INDEX": "http://b/simple"}, "http://a/simple/"),
        (
            None,
            {
                "PIP_INDEX_URL": "http://d",
                "UV_INDEX_URL": "http://c",
                "UV_DEFAULT_INDEX": "http://b",
            },
            "http://b/",
        ),
        (None, {"PIP_INDEX_URL": "http://d", "UV_INDEX_URL": "http://c"}, "http://c/"),
        (None, {"PIP_INDEX_URL": "http://d", "UV_INDEX_URL": ""}, "http://d/"),
        (None, {"UV_DEFAULT_INDEX": "mirror=http://b/simple"}, "http://b/simple/"),
        (None, {}, default_index()),
    ],
)
def test_the_index_is_the_first_that_is_named(
    option: str | None, variables: dict[str, str], url: str
) -> None:
    assert Index.find(option, variables).url == url
