from __future__ import annotations

import pytest
from conftest import FakeIndex, pack, sha256

from rye_devtools import sdists
from rye_devtools.errors import DevtoolsError
from rye_devtools.index import Index
from rye_devtools.sdists import Sdist
from rye_devtools.wheels import Version

FACTS = pack({"uv-1.0.0/readme": b"", "uv-1.0.0/crates/a/facts": b"the facts"})


def load_newest(fake: FakeIndex) -> Sdist:
    return sdists.load_newest("uv", Index(fake.url, "the test"))


def sdist(data: bytes) -> Sdist:
    return Sdist("uv-1.0.0.tar.gz", Version(1, 0, 0), data)


@pytest.mark.parametrize("is_html", [False, True])
def test_the_newest_final_sdist_is_loaded(fake_index: FakeIndex, is_html: bool) -> None:
    fake_index.is_html = is_html
    for version in ("1.2.10", "1.10.0", "1.9.9"):
        fake_index.add_release("uv", version)
    fake_index.add("uv-1.11.0.tar.gz", yanked="does not start")
    fake_index.add("uv-1.12.0rc1.tar.gz")
    fake_index.add("uv-1.13.0.zip")
    fake_index.add("uv-build-1.14.0.tar.gz")

    found = load_newest(fake_index)
    assert (found.file, found.version) == ("uv-1.10.0.tar.gz", Version(1, 10, 0))
    assert found.data == fake_index.projects["uv"]["uv-1.10.0.tar.gz"].data


def test_an_index_without_sdists_is_an_error(fake_index: FakeIndex) -> None:
    fake_index.add("uv-1.0.0.tar.gz", yanked=True)

    with pytest.raises(DevtoolsError, match="cannot find an sdist of `uv`"):
        load_newest(fake_index)


def test_an_sdist_without_digest_is_refused_unread(fake_index: FakeIndex) -> None:
    fake_index.add("uv-0.9.0.tar.gz")
    fake_index.add("uv-1.0.0.tar.gz", digest=None)

    with pytest.raises(DevtoolsError, match=r"cannot use `uv-1\.0\.0\.tar\.gz`") as caught:
        load_newest(fake_index)
    assert caught.value.cause == f"`{fake_index.url}` gives no sha256 of it"
    assert [asked.path for asked in fake_index.asked] == ["/simple/uv/"]


def test_an_sdist_with_another_digest_is_refused(fake_index: FakeIndex) -> None:
    fake_index.add("uv-1.0.0.tar.gz", data=FACTS, digest=sha256(b"something else"))

    with pytest.raises(DevtoolsError, match="is not the file that") as caught:
        load_newest(fake_index)
    assert caught.value.cause == (
        f"its sha256 should be {sha256(b'something else')} and is {sha256(FACTS)}"
    )


def test_an_sdist_that_is_too_large_is_refused(
    fake_index: FakeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdists, "_DOWNLOAD_LIMIT", 10)
    fake_index.add("uv-1.0.0.tar.gz", data=b"?" * 11)

    with pytest.raises(DevtoolsError) as caught:
        load_newest(fake_index)
    assert caught.value.cause == "it has more than 10 bytes"


def test_a_file_is_read_from_any_directory() -> None:
    assert sdist(FACTS).read("crates/*/facts") == b"the facts"
    assert sdist(FACTS).read("readme") == b""


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({}, 0),
        (
            {"uv-1.0.0/crates/a/b/facts": b"", "uv-1.0.0/crates/facts": b"", "crates/a/facts": b""},
            0,
        ),
        ({"uv-1.0.0/crates/a/facts": b"", "uv-1.0.0/crates/b/facts": b""}, 2),
    ],
)
def test_a_file_that_is_not_there_once_is_an_error(files: dict[str, bytes], count: int) -> None:
    with pytest.raises(DevtoolsError) as caught:
        sdist(pack(files)).read("crates/*/facts")
    assert caught.value.cause == f"it has {count} files `crates/*/facts` instead of one"


def test_an_sdist_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdists, "_UNPACKED_LIMIT", 1 << 16)

    with pytest.raises(DevtoolsError) as caught:
        sdist(pack({"uv-1.0.0/zeros": bytes(1 << 17)})).read("facts")
    assert caught.value.cause == "it unpacks to more than 65536 bytes"


@pytest.mark.parametrize("data", [b"", b"no archive", FACTS[:40]])
def test_an_sdist_that_cannot_be_read_is_an_error(data: bytes) -> None:
    with pytest.raises(DevtoolsError, match=r"cannot read `uv-1\.0\.0\.tar\.gz`"):
        sdist(data).read("readme")
