from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import FakeIndex, pack, sha256

from rye_devtools import toolchains
from rye_devtools.__main__ import main
from rye_devtools.errors import DevtoolsError
from rye_devtools.index import Index
from rye_devtools.toolchains import BASES, PythonVersion

SHA256 = sha256(b"a Python")
PLAIN = "3.14.0/cpython%2B3.14.0.tar.gz"
LINE = f"cpython 3.14.0 x86_64-linux-gnu plain {PLAIN} {SHA256}"


def row(**changes: object) -> dict[str, Any]:
    """Returns a row as uv has them: `LINE`, with changes."""
    return {
        "name": "cpython",
        "arch": {"family": "x86_64", "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": 3,
        "minor": 14,
        "patch": 0,
        "prerelease": "",
        "url": BASES["cpython"] + PLAIN,
        "sha256": SHA256,
        "variant": None,
        "build": "20260101",
        **changes,
    }


def arch(family: str, variant: str | None = None) -> dict[str, str | None]:
    return {"family": family, "variant": variant}


def write(fake: FakeIndex, path: Path, *rows: object) -> int:
    """Runs the command on an index whose newest uv knows these rows, by number."""
    metadata = json.dumps({f"row-{number}": row for number, row in enumerate(rows)})
    write_metadata(fake, metadata.encode())
    return main(["toolchains", "--index", fake.url, "--output", str(path)])


def write_metadata(fake: FakeIndex, metadata: bytes) -> None:
    files = {
        "uv-1.2.3/README.md": b"uv",
        "uv-1.2.3/crates/uv-python/download-metadata.json": metadata,
        "uv-1.2.3/scripts/download-metadata.json": b"another",
    }
    fake.add("uv-1.2.3.tar.gz", data=pack(files))


def lines(path: Path) -> list[str]:
    """Returns the lines for toolchains, without those before them."""
    return path.read_text(encoding="utf-8").splitlines()[4:]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "toolchains.txt"


@pytest.fixture
def written(fake_index: FakeIndex, path: Path) -> Path:
    assert write(fake_index, path, row(), row(variant="debug"), row(minor=13)) == 0
    return path


@pytest.mark.parametrize("is_html", [False, True])
def test_the_file_has_the_documented_form(
    fake_index: FakeIndex, path: Path, is_html: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_index.is_html = is_html
    pypy = {"name": "pypy", "url": BASES["pypy"] + "pypy3.11.zip", "os": "windows", "libc": "none"}

    assert write(fake_index, path, row(minor=11, **pypy), row()) == 0
    assert path.read_bytes().decode() == (
        "# Written by `rye-devtools toolchains` from uv 1.2.3; edit that instead.\n"
        "schema 1\n"
        "base cpython https://github.com/astral-sh/python-build-standalone/releases/download/\n"
        "base pypy https://downloads.python.org/pypy/\n"
        f"{LINE}\n"
        f"pypy 3.11.0 x86_64-windows plain pypy3.11.zip {SHA256}\n"
    )
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        f"asking {fake_index.url}",
        "uv 1.2.3: 2 toolchains; without sha256, left out: 0",
        f"wrote {path}",
    ]


@pytest.mark.parametrize(
    ("changes", "platform"),
    [
        ({}, "x86_64-linux-gnu"),
        ({"libc": "musl"}, "x86_64-linux-musl"),
        ({"arch": arch("i686")}, "x86-linux-gnu"),
        ({"arch": arch("powerpc64le")}, "ppc64le-linux-gnu"),
        ({"arch": arch("s390x")}, "s390x-linux-gnu"),
        ({"arch": arch("riscv64")}, "riscv64-linux-gnu"),
        ({"arch": arch("armv7"), "libc": "gnueabihf"}, "armv7-linux-gnu"),
        ({"arch": arch("aarch64"), "os": "darwin", "libc": "none"}, "aarch64-macos"),
        ({"arch": arch("i686"), "os": "windows", "libc": "none"}, "x86-windows"),
    ],
)
def test_platforms_have_the_names_that_rye_knows(
    fake_index: FakeIndex, path: Path, changes: dict[str, object], platform: str
) -> None:
    assert write(fake_index, path, row(**changes)) == 0
    assert lines(path) == [LINE.replace("x86_64-linux-gnu", platform)]


def test_what_rye_cannot_use_is_left_out(
    fake_index: FakeIndex, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (
        row(name="graalpy"),
        row(os="emscripten", libc="musl", arch=arch("wasm32")),
        row(libc="gnueabi", arch=arch("armv7")),
        row(arch=arch("x86_64", "v3")),
        row(minor=13, sha256=None),
        row(minor=12, sha256=None),
    )

    assert write(fake_index, path, *rows, row()) == 0
    assert lines(path) == [LINE]
    assert "1 toolchains; without sha256, left out: 2\n" in capsys.readouterr().err


def test_the_newest_come_first(fake_index: FakeIndex, path: Path) -> None:
    newest_first = (
        row(patch=10),
        row(patch=9),
        row(),
        row(variant="freethreaded"),
        row(variant="debug"),
        row(variant="freethreaded+debug"),
        row(libc="musl"),
        row(prerelease="rc10"),
        row(prerelease="rc9"),
        row(prerelease="b1"),
        row(prerelease="a2"),
        row(minor=9),
        row(name="pypy", minor=15, url=BASES["pypy"] + "pypy.tar.gz"),
    )

    assert write(fake_index, path, *newest_first) == 0
    in_order = lines(path)
    assert [" ".join(line.split()[:4]) for line in in_order] == [
        "cpython 3.14.10 x86_64-linux-gnu plain",
        "cpython 3.14.9 x86_64-linux-gnu plain",
        "cpython 3.14.0 x86_64-linux-gnu plain",
        "cpython 3.14.0 x86_64-linux-gnu freethreaded",
        "cpython 3.14.0 x86_64-linux-gnu debug",
        "cpython 3.14.0 x86_64-linux-gnu freethreaded+debug",
        "cpython 3.14.0 x86_64-linux-musl plain",
        "cpython 3.14.0rc10 x86_64-linux-gnu plain",
        "cpython 3.14.0rc9 x86_64-linux-gnu plain",
        "cpython 3.14.0b1 x86_64-linux-gnu plain",
        "cpython 3.14.0a2 x86_64-linux-gnu plain",
        "cpython 3.9.0 x86_64-linux-gnu plain",
        "pypy 3.15.0 x86_64-linux-gnu plain",
    ]
    assert write(fake_index, path, *reversed(newest_first)) == 0
    assert lines(path) == in_order


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"variant": "tailcall"}, "the variant `tailcall` is not known"),
        ({"variant": ""}, "the variant `` is not known"),
        ({"libc": "none"}, "the platform `x86_64-linux` is not known"),
        ({"libc": "musleabihf"}, "the platform `x86_64-linux-musleabihf` is not known"),
        ({"os": "darwin"}, "the platform `x86_64-macos-gnu` is not known"),
        ({"arch": arch("sparc")}, "the platform `sparc-linux-gnu` is not known"),
        ({"prerelease": "dev1"}, "the version `3.14.0dev1` is not X.Y.Z with a pre-release or "),
        ({"patch": None}, "the version `3.14.None` is not"),
        ({"sha256": SHA256.upper()}, "its sha256 is not 64 lower-case hexadecimal digits"),
        ({"sha256": ""}, "its sha256 is not 64 lower-case hexadecimal digits"),
        (
            {"url": "https://example.com/a"},
            f"the URL `https://example.com/a` does not begin with `{BASES['cpython']}`",
        ),
        ({"url": BASES["cpython"]}, "the location `` is not a plain path"),
        ({"url": BASES["cpython"] + "a b"}, "it has 7 columns instead of 6"),
        ({"url": BASES["cpython"] + "a\tb"}, "the location `a\tb` is not a plain path"),
        ({"url": BASES["cpython"] + "../b"}, "the location `../b` is not a plain path"),
        ({"url": BASES["cpython"] + "%2E./b"}, "the location `%2E./b` is not a plain path"),
    ],
)
def test_a_row_that_cannot_be_used_is_an_error(
    fake_index: FakeIndex,
    written: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, object],
    cause: str,
) -> None:
    before = written.read_bytes()
    capsys.readouterr()

    assert write(fake_index, written, row(**changes)) == 1
    assert written.read_bytes() == before
    told = capsys.readouterr().err.split("\n")
    assert told[1] == "error: cannot use `crates/*/download-metadata.json` of `uv-1.2.3.tar.gz`"
    assert told[2].startswith(f"caused by: `row-0` cannot be used: {cause}")


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ([], "there is no toolchain"),
        ([row(name="graalpy")], "there is no toolchain"),
        ([row(), row(url=BASES["cpython"] + "b")], "`row-1` is the same toolchain as `row-0`"),
        (
            [row(arch=arch("armv7")), row(arch=arch("armv7"), libc="gnueabihf")],
            "`row-1` is the same toolchain as `row-0`",
        ),
        ([{}], "`row-0` has not the shape of a toolchain: KeyError('name')"),
        ([row(arch="x86_64")], "`row-0` has not the shape of a toolchain: TypeError("),
        ([row(url=None)], "`row-0` has not the shape of a toolchain: AttributeError("),
    ],
)
def test_rows_that_cannot_be_used_together_are_an_error(
    fake_index: FakeIndex,
    path: Path,
    capsys: pytest.CaptureFixture[str],
    rows: list[object],
    cause: str,
) -> None:
    assert write(fake_index, path, *rows) == 1
    assert capsys.readouterr().err.splitlines()[2].startswith(f"caused by: {cause}")
    assert not path.exists()


@pytest.mark.parametrize("metadata", [b"", b"[]", b"\xff", b'"row"'])
def test_metadata_of_another_kind_is_an_error(fake_index: FakeIndex, metadata: bytes) -> None:
    write_metadata(fake_index, metadata)
    with pytest.raises(DevtoolsError, match=r"cannot use `crates/\*/download-metadata\.json`"):
        toolchains.collect(Index(fake_index.url, "the test"), tell=lambda _: None)


def test_check_accepts_what_was_written(
    fake_index: FakeIndex, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    fake_index.asked.clear()

    assert main(["toolchains", "--check", "--output", str(written)]) == 0
    assert capsys.readouterr().err == f"{written} is good: 3 toolchains from uv 1.2.3\n"
    assert fake_index.asked == []


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("1.2.3", "1.2", "line 1 does not tell the version of uv: `# Written by"),
        ("# Written", "# Edited", "line 1 is `# Edited"),
        ("schema 1", "schema 2", "line 2 is `schema 2` instead of `schema 1`"),
        ("schema 1\n", "", "line 2 is `base cpython https"),
        ("download/\n", "download\n", "line 3 is `base cpython https"),
        ("base pypy", "base other", "line 4 is `base other https"),
        (f"{LINE}\n", f"{LINE}\n\n", "line 6 is empty instead of `cpython 3.14.0 "),
        (f"{LINE}\n", f"{LINE} \n", "line 5 cannot be used: it has 7 columns instead of 6"),
        (f"{LINE}\n", f"{LINE}\n{LINE}\n", "line 6 is the same toolchain as line 5"),
        (f"{LINE}\n", f"{LINE}\n# a remark\n", "line 6 cannot be used: it has 3 columns"),
        ("cpython 3.14", "jython 3.14", "line 5 cannot be used: the family `jython` is not known"),
        ("3.14.0 ", "3.14 ", "line 5 cannot be used: the version `3.14` is not X.Y.Z"),
        ("3.14.0 ", "3.14.00 ", "line 5 cannot be used: the version `3.14.00` is not X.Y.Z"),
        ("3.14.0 ", "3.12.0 ", "line 5 is `cpython 3.12.0 x86_64-linux-gnu plain"),
        ("-gnu", "-glibc", "line 5 cannot be used: the platform `x86_64-linux-glibc` is not known"),
        ("plain", "fast", "line 5 cannot be used: the variant `fast` is not known"),
        (PLAIN, "a/../b", "line 5 cannot be used: the location `a/../b` is not a plain path"),
        (PLAIN, "a\N{NO-BREAK SPACE}b", "line 5 cannot be used: the location `a\N{NO-BREAK SPACE}"),
        (SHA256, SHA256[1:], "line 5 cannot be used: its sha256 is not 64 lower-case hexadecimal"),
    ],
)
def test_check_says_what_is_wrong(
    written: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, cause: str
) -> None:
    text = written.read_text(encoding="utf-8")
    assert old in text
    written.write_bytes(text.replace(old, new, 1).encode())
    capsys.readouterr()

    assert main(["toolchains", "--check", "--output", str(written)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"error: cannot use `{written}`"
    assert told[1].startswith(f"caused by: {cause}")
    assert told[2] == "hint: write it with `rye-devtools toolchains`"


@pytest.mark.parametrize(
    "text", ["3.14", "3.14.0.1", "03.14.0", "3.14.0a", "3.14.0a01", "3.14.0c1"]
)
def test_a_version_has_one_spelling(text: str) -> None:
    assert PythonVersion.parse(text) is None


def test_versions_are_ordered() -> None:
    texts = ["3.9.0", "3.14.0a2", "3.14.0a10", "3.14.0b1", "3.14.0rc1", "3.14.0", "3.14.1a1"]
    versions = [version for text in texts if (version := PythonVersion.parse(text))]
    assert list(map(str, sorted(versions))) == texts


def test_the_file_of_the_repository_is_good() -> None:
    path = Path(__file__).resolve().parents[2] / "rye" / "data" / "toolchains.txt"
    assert toolchains.default_path() == path
    assert {toolchain.family for toolchain in toolchains.load(path).toolchains} == set(BASES)
