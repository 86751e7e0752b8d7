from __future__ import annotations

import pytest

from rye_devtools.wheels import TARGETS, Version, WheelName


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.13.9", Version(0, 13, 9)),
        ("10.0.0", Version(10, 0, 0)),
        ("1.2", None),
        ("1.2.3.4", None),
        ("1.2.3rc1", None),
        ("1.2.3.post1", None),
        ("01.2.3", None),
        ("1.2.3\n", None),
        ("1.2.٣", None),
    ],
)
def test_only_final_versions_of_three_numbers_are_read(text: str, version: Version | None) -> None:
    assert Version.parse(text) == version


def test_versions_compare_by_number() -> None:
    assert Version(0, 13, 9) < Version(0, 13, 10) < Version(0, 14, 0)
    assert str(Version(0, 13, 10)) == "0.13.10"


@pytest.mark.parametrize(
    "file",
    [
        "uv-1.0.0.tar.gz",
        "uv-1.0.0rc1-py3-none-win_amd64.whl",
        "uv-1.0.0-1-py3-none-win_amd64.whl",
        "uv-1.0.0-cp312-cp312-win_amd64.whl",
        "../uv-1.0.0-py3-none-win_amd64.whl",
        "uv-1.0.0-py3-none-win_amd64.whl.metadata",
    ],
)
def test_other_files_are_no_wheels_of_an_engine(file: str) -> None:
    assert WheelName.parse(file) is None


@pytest.mark.parametrize(
    ("platforms", "fits"),
    [
        ("win_amd64", {"x86_64-pc-windows-msvc": ()}),
        ("win32", {}),
        ("macosx_11_0_arm64", {"aarch64-apple-darwin": (11, 0)}),
        (
            "macosx_10_12_universal2",
            {"aarch64-apple-darwin": (10, 12), "x86_64-apple-darwin": (10, 12)},
        ),
        ("manylinux_2_28_x86_64", {"x86_64-unknown-linux-gnu": (2, 28)}),
        (
            "manylinux_2_28_aarch64.manylinux_2_17_aarch64.musllinux_1_1_aarch64",
            {"aarch64-unknown-linux-gnu": (2, 17), "aarch64-unknown-linux-musl": (1, 1)},
        ),
        ("manylinux_2_31_riscv64", {}),
    ],
)
def test_a_wheel_fits_the_platforms_of_its_tags(
    platforms: str, fits: dict[str, tuple[int, ...]]
) -> None:
    name = WheelName.parse(f"uv-1.0.0-py3-none-{platforms}.whl")
    assert name is not None
    oldest = {target: name.oldest_system(target) for target in TARGETS}
    assert {target: system for target, system in oldest.items() if system is not None} == fits
