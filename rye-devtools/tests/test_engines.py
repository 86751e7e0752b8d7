from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import PLATFORMS, FakeIndex, content, sha256, wheel

from rye_devtools import engines
from rye_devtools.__main__ import main
from rye_devtools.errors import DevtoolsError
from rye_devtools.index import Index
from rye_devtools.wheels import TARGETS, Version

WINDOWS = "x86_64-pc-windows-msvc"


def pin(fake: FakeIndex) -> engines.Engine:
    return engines.pin("uv", Index(fake.url, "the test"), tell=lambda _: None)


def write(fake: FakeIndex, path: Path) -> int:
    return main(["engines", "--index", fake.url, "--output", str(path)])


@pytest.fixture
def written(fake_index: FakeIndex, tmp_path: Path) -> Path:
    fake_index.add_release("uv", "1.0.0")
    fake_index.add_release("ruff", "2.0.0")
    path = tmp_path / "engines.toml"
    assert write(fake_index, path) == 0
    return path


def test_the_newest_version_is_pinned(fake_index: FakeIndex) -> None:
    for version in ("1.10.0", "1.9.9", "1.2.10"):
        fake_index.add_release("uv", version)

    engine = pin(fake_index)
    assert engine.version == Version(1, 10, 0)
    assert list(engine.wheels) == sorted(PLATFORMS)
    for target, pinned in engine.wheels.items():
        file = wheel("uv", "1.10.0", target)
        assert pinned == engines.Wheel(file, sha256(content(file)), len(content(file)))


def test_prereleases_and_yanked_versions_are_skipped(fake_index: FakeIndex) -> None:
    fake_index.add_release("uv", "1.0.0")
    fake_index.add_release("uv", "1.1.0rc1")
    fake_index.add_release("uv", "1.2.0", yanked=True)
    fake_index.add_release("uv", "1.3.0", yanked="does not start")
    fake_index.add_release("uv", "1.4.0", digest=None)

    assert pin(fake_index).version == Version(1, 0, 0)


def test_a_version_that_misses_a_platform_is_passed_over_and_told(fake_index: FakeIndex) -> None:
    fake_index.add_release("uv", "1.0.0")
    fake_index.add_release("uv", "1.1.0", WINDOWS)
    told: list[str] = []

    engine = engines.pin("uv", Index(fake_index.url, "the test"), told.append)
    assert engine.version == Version(1, 0, 0)
    assert told == [f"uv 1.1.0 is passed over: no wheel for {WINDOWS}", "uv 1.0.0"]


def test_no_complete_version_is_an_error(fake_index: FakeIndex) -> None:
    fake_index.add_release("uv", "1.0.0", WINDOWS)
    fake_index.add_release("uv", "1.1.0", "aarch64-apple-darwin", WINDOWS)

    with pytest.raises(DevtoolsError) as caught:
        pin(fake_index)
    assert str(caught.value) == (
        "error: cannot pin `uv`\n"
        "caused by: no version has a wheel for every platform; "
        f"1.1.0, the newest, has none for aarch64-apple-darwin, {WINDOWS}\n"
        "hint: wait for a complete release, or name another index with `--index`"
    )


def test_no_usable_version_is_an_error(fake_index: FakeIndex) -> None:
    fake_index.add_release("uv", "1.0.0", yanked=True)

    with pytest.raises(DevtoolsError, match="cannot pin `uv`") as caught:
        pin(fake_index)
    assert "has no wheel of a final version" in str(caught.value.cause)


def test_the_wheel_for_the_oldest_system_is_pinned(fake_index: FakeIndex) -> None:
    fake_index.add_release("uv", "1.0.0", "aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl")
    both = "uv-1.0.0-py3-none-manylinux_2_17_aarch64.musllinux_1_1_aarch64.whl"
    fake_index.add("uv-1.0.0-py3-none-manylinux_2_28_aarch64.whl")
    fake_index.add(both)

    wheels = pin(fake_index).wheels
    assert wheels["aarch64-unknown-linux-gnu"].file == both
    assert wheels["aarch64-unknown-linux-musl"].file == both


@pytest.mark.parametrize("is_html", [False, True])
def test_the_file_is_the_same_bytes_from_any_index(
    fake_index: FakeIndex, written: Path, is_html: bool
) -> None:
    before = written.read_bytes()
    fake_index.is_html = is_html
    for project, files in fake_index.projects.items():
        fake_index.projects[project] = dict(reversed(list(files.items())))

    assert write(fake_index, written) == 0
    assert written.read_bytes() == before


def test_the_file_has_the_documented_form(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    file = wheel("uv", "1.0.0", "aarch64-apple-darwin")
    assert text.startswith(
        "# Written by `rye-devtools engines`; edit that instead.\n"
        "schema = 1\n"
        "\n"
        "[uv]\n"
        'version = "1.0.0"\n'
        "\n"
        "[uv.wheels.aarch64-apple-darwin]\n"
        f'file = "{file}"\n'
        f'sha256 = "{sha256(content(file))}"\n'
        f"size = {len(content(file))}\n"
        "\n"
        "[uv.wheels.aarch64-unknown-linux-gnu]\n"
    )
    assert re.findall(r"^\[(.+)\]$", text, re.MULTILINE) == [
        table
        for name in ("uv", "ruff")
        for table in (name, *(f"{name}.wheels.{target}" for target in TARGETS))
    ]
    assert text.endswith(f"size = {len(content(wheel('ruff', '2.0.0', TARGETS[-1])))}\n")


def test_the_file_says_in_toml_what_it_says_here(written: Path) -> None:
    tomllib = pytest.importorskip("tomllib")  # of Python 3.11 and newer
    document = tomllib.loads(written.read_text(encoding="utf-8"))
    assert document.pop("schema") == 1
    assert document == {
        name: {
            "version": str(engine.version),
            "wheels": {target: vars(pinned) for target, pinned in engine.wheels.items()},
        }
        for name, engine in engines.load(written).items()
    }


def test_a_failure_leaves_the_file_as_it_was(
    fake_index: FakeIndex, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = written.read_bytes()
    del fake_index.projects["ruff"]

    assert write(fake_index, written) == 1
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]
    output = capsys.readouterr()
    assert output.out == ""
    assert f"error: cannot read `{fake_index.url}ruff/`\n" in output.err


def test_a_file_that_cannot_be_written_is_an_error(
    fake_index: FakeIndex, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write(fake_index, written / "below-a-file.toml") == 1
    assert capsys.readouterr().err.splitlines()[-2].startswith(f"error: cannot use `{written}")


def test_check_accepts_what_was_written(
    fake_index: FakeIndex, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    fake_index.asked.clear()

    assert main(["engines", "--check", "--output", str(written)]) == 0
    assert capsys.readouterr().err == f"{written} is good: uv 1.0.0, ruff 2.0.0\n"
    assert fake_index.asked == []


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("schema = 1", "schema = 2", "`schema` is 2, and only 1 is known"),
        ("schema = 1\n", "", "there is no `schema` in the top of the file"),
        ("schema = 1", "schema = 1\nschema = 1", "line 3 repeats the key `schema`"),
        ("schema = 1", "schema = 1\nother = 1", "unknown key `other` in the top of the file"),
        ("schema = 1", "schema=1", "line 2 is neither a table nor a key: `schema=1`"),
        ("[uv]", "[uw]", "there is no table `[uv]`"),
        ('"1.0.0"', '"1.0"', "`version` in `[uv]` is not of the form X.Y.Z: `1.0`"),
        (
            '"1.0.0"',
            '"1.0.1"',
            "`file` in `[uv.wheels.aarch64-apple-darwin]` is no wheel of uv 1.0.1 "
            "for this platform: `uv-1.0.0-py3-none-macosx_11_0_arm64.whl`",
        ),
        (
            "uv-1.0.0-py3-none-win_amd64.whl",
            "uv-1.0.0-py3-none-win_arm64.whl",
            "`file` in `[uv.wheels.x86_64-pc-windows-msvc]` is no wheel of uv 1.0.0 "
            "for this platform: `uv-1.0.0-py3-none-win_arm64.whl`",
        ),
        (
            'sha256 = "',
            'sha256 = "A',
            "`sha256` in `[uv.wheels.aarch64-apple-darwin]` is not 64 lower-case hexadecimal",
        ),
        ("size = ", "size = -", "line 10 is neither a table nor a key: `size = -53`"),
        ("size = 53\n", "size = 0\n", "`size` in `[uv.wheels.aarch64-apple-darwin]` is 0"),
        (
            "size = 53",
            'size = "53"',
            "`size` in `[uv.wheels.aarch64-apple-darwin]` is not a number",
        ),
        ("[uv.wheels.x86_64-pc-", "[uv.wheels.aarch64-pc-", "there is no table "),
        ("[ruff]", "[uv]", "line 42 repeats the table `[uv]`"),
        ("\n[ruff]", "\n[more]\n\n[ruff]", "line 42 is `[more]` instead of `[ruff]`"),
        ("schema = 1\n", "schema = 1\n# a remark\n", "line 3 is `# a remark` instead of empty"),
        ("# Written", "# Edited", "line 1 is `# Edited"),
    ],
)
def test_check_says_what_is_wrong(
    written: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, cause: str
) -> None:
    text = written.read_text(encoding="utf-8")
    assert old in text
    written.write_bytes(text.replace(old, new, 1).encode())
    capsys.readouterr()

    assert main(["engines", "--check", "--output", str(written)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"error: cannot use `{written}`"
    assert lines[1].startswith(f"caused by: {cause}")
    assert lines[2] == "hint: write it with `rye-devtools engines`"


def test_check_wants_the_end_of_the_last_line(written: Path) -> None:
    written.write_bytes(written.read_bytes().rstrip(b"\n"))
    with pytest.raises(DevtoolsError) as caught:
        engines.load(written)
    assert str(caught.value.cause).endswith("is missing instead of empty")


def test_check_wants_lines_that_end_alike_everywhere(written: Path) -> None:
    written.write_bytes(written.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(DevtoolsError) as caught:
        engines.load(written)
    assert caught.value.cause == "its lines do not end in a line feed alone"


@pytest.mark.parametrize("data", [None, b"\xff"])
def test_check_fails_on_a_file_that_is_missing_or_no_text(
    tmp_path: Path, data: bytes | None
) -> None:
    path = tmp_path / "engines.toml"
    if data is not None:
        path.write_bytes(data)
    assert main(["engines", "--check", "--output", str(path)]) == 1


def test_the_file_of_the_repository_is_good() -> None:
    path = Path(__file__).resolve().parents[2] / "rye" / "data" / "engines.toml"
    assert engines.default_path() == path
    assert list(engines.load(path)) == ["uv", "ruff"]
