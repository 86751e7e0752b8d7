"""What was measured, for people (tables in Markdown, a plot) and for programs (JSON)."""

from __future__ import annotations

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


def plot(results: list[Result]) -> str:
    """Returns bars of the medians as SVG, each case on a scale of its own."""
    row, left, width = 18, 190, 420
    parts: list[str] = []
    y = 10
    for case, group in by_case(results):
        longest = max(result.median for result in group)
        parts.append(f'<text x="4" y="{y + 12}" font-weight="bold">{escape(case)}</text>')
        y += row
        for result in group:
            length = max(result.median / longest * width, 1)
            color = "#c2410c" if result.contestant.startswith("rye") else "#94a3b8"
            parts.append(
                f'<text x="{left - 6}" y="{y + 12}" text-anchor="end">'
                f"{escape(result.contestant)}</text>"
            )
            parts.append(
                f'<rect x="{left}" y="{y + 2}" width="{length:.1f}" height="12" fill="{color}"/>'
            )
            parts.append(
                f'<text x="{left + length + 6:.1f}" y="{y + 12}">{result.median:.1f} ms</text>'
            )
            y += row
        y += row // 2
    size = f'width="{left + width + 90}" height="{y}"'
    style = "<style>text { font: 12px sans-serif; fill: #334155 }</style>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}{"".join(parts)}</svg>\n'


def document(results: list[Result], machine: dict[str, str]) -> dict[str, object]:
    """Returns everything as what JSON can hold; times are milliseconds."""
    rows = [
        {**asdict(result), "median": result.median, "quartiles_apart": result.spread}
        for result in results
    ]
    return {"schema": 1, "machine": machine, "results": rows}
