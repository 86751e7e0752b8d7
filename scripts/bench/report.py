"""What was measured, for people (tables in Markdown, a plot) and for programs (JSON)."""

from __future__ import annotations

import math
from dataclasses import asdict
from html import escape
from itertools import groupby

from measure import Result

PEER = "uv"
"""Whom the ratios are against"""


def by_case(results: list[Result]) -> list[tuple[str, list[Result]]]:
    return [(case, list(group)) for case, group in groupby(results, key=lambda result: result.case)]


def ratio(result: Result, group: list[Result]) -> float | None:
    """Returns a median over the peer's; over what both run, where they run something."""
    medians = {other.contestant: other.median for other in group}
    base = medians.get("python itself", 0.0)
    if result.contestant == "python itself" or medians.get(PEER, 0.0) <= base:
        return None
    return (result.median - base) / (medians[PEER] - base)


def table(case: str, group: list[Result]) -> str:
    """Returns a table of a case in Markdown."""
    has_counts = any(result.instructions for result in group)
    heads = ["", "median ms", "quartiles apart", "minimum ms", f"of {PEER}"]
    heads += ["instructions"] if has_counts else []
    lines = [f"### {case}", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for result in group:
        against = ratio(result, group)
        cells = [
            result.contestant,
            f"{result.median:.2f}",
            f"{result.spread:.2f}",
            f"{min(result.times):.2f}",
            "" if against is None else f"{against:.2f}",
        ]
        if has_counts:
            count = result.instructions
            cells.append("" if count is None else f"{count / 1e6:.2f} M")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def overview(results: list[Result], facts: dict[str, str]) -> str:
    """Returns one table in Markdown: a row for each case, a column for each contestant."""
    column = lambda name: "floor" if name in FLOORS else name  # noqa: E731
    names = sorted({column(result.contestant) for result in results}, key=order)
    lines = [f"- {name}: {fact}" for name, fact in facts.items()]
    heads = ["milliseconds", *names, f"rye of {PEER}"]
    lines += ["", f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
    for case, group in by_case(results):
        cells = dict.fromkeys(names, "")
        for result in group:
            cells[column(result.contestant)] = f"{result.median:.1f} ±{result.spread / 2:.1f}"
        rye = next((result for result in group if result.contestant == "rye"), None)
        against = ratio(rye, group) if rye else None
        last = "" if against is None else f"**{against:.2f}**"
        lines.append(f"| {case} | {' | '.join(cells.values())} | {last} |")
    return "\n".join([*lines, ""])


FLOORS = ("floor", "hard links alone", "sha256sum and tar")
"""What does no more than has to be done"""
COLORS = {"rye": "#c2410c", PEER: "#7c3aed", **dict.fromkeys((*FLOORS, "python itself"), "#94a3b8")}
"""Of the contestants that a look is meant for; all others are pale"""


def order(contestant: str) -> tuple[int, str]:
    """Returns the rank of a contestant where several are listed."""
    first = [*FLOORS, "python itself", "rye", PEER]
    return (first.index(contestant) if contestant in first else len(first), contestant)


def plot(results: list[Result]) -> str:
    """Returns the medians as SVG: a row for each case, on one logarithmic scale."""
    row, left, width, top = 18, 170, 560, 46
    times = [result.median for result in results]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    at = lambda time: left + (math.log10(time) - low) / (high - low) * width  # noqa: E731
    groups = by_case(results)
    height = top + row * len(groups) + 10
    parts: list[str] = []
    for power in range(low, high + 1):
        x = at(10**power)
        line = f'x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{height - 10}" stroke="#e2e8f0"'
        parts.append(f"<line {line}/>")
        parts.append(
            f'<text x="{x:.1f}" y="{top - 6}" text-anchor="middle">{10**power:g} ms</text>'
        )
    for number, (case, group) in enumerate(groups):
        y = top + row * number + row / 2
        parts.append(f'<text x="4" y="{y + 4:.0f}">{escape(case)}</text>')
        for result in sorted(group, key=lambda result: order(result.contestant), reverse=True):
            name = result.contestant
            color = COLORS.get(name, "#cbd5e1")
            told = f"<title>{escape(case)}, {escape(name)}: {result.median:.1f} ms</title>"
            circle = f'cx="{at(result.median):.1f}" cy="{y:.0f}" r="5" fill="{color}"'
            parts.append(f"<circle {circle}>{told}</circle>")
    for number, name in enumerate(("floor", "rye", PEER, "others")):
        x, color = left + number * 90, COLORS.get(name, "#cbd5e1")
        parts.append(f'<circle cx="{x}" cy="10" r="5" fill="{color}"/>')
        parts.append(f'<text x="{x + 9}" y="14">{name}</text>')
    size = f'width="{left + width + 40}" height="{height}"'
    style = "<style>text { font: 12px sans-serif; fill: #64748b }</style>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}{"".join(parts)}</svg>\n'


def document(results: list[Result], machine: dict[str, str]) -> dict[str, object]:
    """Returns everything as what JSON can hold; times are milliseconds."""
    rows = [
        {**asdict(result), "median": result.median, "quartiles_apart": result.spread}
        for result in results
    ]
    return {"schema": 1, "machine": machine, "results": rows}
