from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import FakeIndex, content, sha256, wheel

from rye_devtools import bundle, engines
from rye_devtools.engines import Engine, Wheel
from rye_devtools.errors import DevtoolsError
from rye_devtools.index import Index
from rye_devtools.wheels import TARGETS, Version

TARGET = "x86_64-unknown-linux-gnu"
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bundle-engines"


def engine(project: str) -> Engine:
    wheels = {}
    for target in TARGETS:
        file = wheel(project, "1.0.0", target)
        wheels[target] = Wheel(file, sha256(content(file)), len(content(file)))
    return Engine(Version(1, 0, 0), wheels)


PINNED = {name: engine(name) for name in ("uv", "ruff")}
UV = PINNED["uv"].wheels[TARGET]
RUFF = PINNED["ruff"].wheels[TARGET]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "bundle"


def no_source(_name: str, _wheel: Wheel) -> Iterator[bytes]:
    raise AssertionError("the source is asked")


def run_main(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str) -> int:
    """Runs the script's `main` with a file of pins instead of the repository's."""
    path = tmp_path / "engines.toml"
    path.write_bytes(engines.render(PINNED).encode())
    monkeypatch.setattr(engines, "default_path", lambda: path)
    return bundle.main(arguments)


def test_wheels_are_downloaded_and_placed(
    fake_index: FakeIndex,
    output: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_index.add_release("uv", "1.0.0")
    fake_index.add_release("ruff", "1.0.0")
    monkeypatch.setenv("PIP_INDEX_URL", fake_index.url)

    status = run_main(monkeypatch, tmp_path, "--target", TARGET, "--output", str(output))
    assert status == 0
    assert (output / TARGET / "uv.whl").read_bytes() == content(UV.file)
    assert (output / TARGET / "ruff.whl").read_bytes() == content(RUFF.file)
    assert sorted(path.name for path in (output / TARGET).iterdir()) == ["ruff.whl", "uv.whl"]
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        f"downloading {UV.file} from {fake_index.url}",
        f"placed {output / TARGET / 'uv.whl'}",
        f"downloading {RUFF.file} from {fake_index.url}",
        f"placed {output / TARGET / 'ruff.whl'}",
        f"now run: cargo build --release --features bundled --target {TARGET}",
    ]


def test_the_platform_of_the_host_is_the_default(
    output: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for pinned in (UV, RUFF):
        (tmp_path / pinned.file).write_bytes(content(pinned.file))
    monkeypatch.setattr(bundle, "host", lambda: TARGET)

    arguments = ("--wheels", str(tmp_path), "--output", str(output))
    assert run_main(monkeypatch, tmp_path, *arguments) == 0
    assert (output / TARGET / "uv.whl").read_bytes() == content(UV.file)
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "now run: cargo build --release --features bundled"


def test_wheels_that_are_there_are_kept_without_a_source(output: Path) -> None:
    for name, pinned in (("uv", UV), ("ruff", RUFF)):
        path = output / TARGET / f"{name}.whl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(pinned.file))

    bundle.bundle(PINNED, TARGET, output, no_source)


@pytest.mark.parametrize("data", [b"", b"another version", b"?" * UV.size])
def test_a_wheel_with_other_bytes_is_replaced(
    fake_index: FakeIndex, output: Path, data: bytes
) -> None:
    fake_index.add_release("uv", "1.0.0")
    path = output / TARGET / "uv.whl"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)

    source = bundle.from_index(Index(fake_index.url, "the test"))
    bundle.bundle({"uv": PINNED["uv"]}, TARGET, output, source)
    assert path.read_bytes() == content(UV.file)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"?" * UV.size, f"its sha256 should be {UV.sha256} and is "),
        (b"short", f"it should have {UV.size} bytes and has only 5"),
        (content(UV.file) + b"!", f"it should have {UV.size} bytes and has more"),
    ],
)
def test_a_file_that_is_not_the_pinned_one_is_refused(
    fake_index: FakeIndex, output: Path, data: bytes, cause: str
) -> None:
    fake_index.add_release("uv", "1.0.0")
    fake_index.projects["uv"][UV.file].data = data
    path = output / TARGET / "uv.whl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"what was there")

    source = bundle.from_index(Index(fake_index.url, "the test"))
    with pytest.raises(DevtoolsError, match=r"is not the file that `engines\.toml` pins") as caught:
        bundle.bundle({"uv": PINNED["uv"]}, TARGET, output, source)
    assert str(caught.value.cause).startswith(cause)
    assert path.read_bytes() == b"what was there"
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_download_leaves_nothing(output: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield content(UV.file)[:10]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bundle.place(output / "uv.whl", UV, interrupted())
    assert list(output.iterdir()) == []


def test_a_wheel_that_the_index_lacks_is_an_error(fake_index: FakeIndex, output: Path) -> None:
    fake_index.add_release("uv", "1.0.1")

    source = bundle.from_index(Index(fake_index.url, "the test"))
    with pytest.raises(DevtoolsError, match=f"cannot download `{UV.file}`"):
        bundle.bundle(PINNED, TARGET, output, source)


def test_an_unknown_host_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_arguments: object, **_options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, stdout="rustc 1\nhost: sparc-sun-solaris\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(DevtoolsError, match="there are no engines for `sparc-sun-solaris`"):
        bundle.host()


def test_a_host_without_rust_must_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevtoolsError, match="cannot tell the platform of the host") as caught:
        bundle.host()
    assert str(caught.value.cause).startswith("cannot run `rustc -vV`: ")
    assert str(caught.value.hint).startswith("name one with `--target`: aarch64-apple-darwin, ")


def test_the_script_runs_alone(tmp_path: Path, output: Path) -> None:
    arguments = ["--target", TARGET, "--wheels", str(tmp_path), "--output", str(output)]
    # Isolated: nothing but the standard library and what the script itself brings.
    result = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert "hint: put it there, or leave `--wheels` out to download it" in result.stderr
    assert "Traceback" not in result.stderr
    assert os.name == "nt" or os.access(SCRIPT, os.X_OK)
