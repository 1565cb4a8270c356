"""The table in docs/tracking.md, out of bench/tracking.json alone."""

from __future__ import annotations

from typing import Any

from tools.common import files, paths

DOCUMENT = paths.ROOT / "docs/tracking.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
TRACKERS = ("onlooker", "greedy", "SORT", "ByteTrack")
FIGURES = ("hota", "idf1", "mota")


def write(figures: dict[str, Any]) -> None:
    """Put the figures into the document."""
    text = DOCUMENT.read_text("utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    files.write(DOCUMENT, (before + BEGIN + table(figures) + END + after).encode())


def table(figures: dict[str, Any]) -> str:
    """A line for each sequence and frame rate; of each tracker HOTA, IDF1, MOTA and identity switches."""
    rows = figures["rows"]
    lines = [
        "| sequence | frames a second | " + " | ".join(TRACKERS) + " |",
        "| --- | --- |" + " --- |" * len(TRACKERS),
    ]
    for name in dict.fromkeys(row["sequence"] for row in rows):
        for rate in figures["rates"]:
            cells = [_cell(rows, name, rate, tracker) for tracker in TRACKERS]
            lines.append(f"| {name} | {rate} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(rows: list[dict[str, Any]], name: str, rate: float, tracker: str) -> str:
    (row,) = (row for row in rows if (row["sequence"], row["rate"], row["tracker"]) == (name, rate, tracker))
    return " ".join(f"{row[figure]:.1f}" for figure in FIGURES) + f" {row['switches']}"
