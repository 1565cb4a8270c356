"""The table of docs/browsers.md."""

from pathlib import Path

import pytest

from tools.measure import engines_report


def figures(name: str, *missing: str) -> engines_report.Figures:
    features = {feature: feature not in missing for feature in engines_report.FEATURES}
    return engines_report.Figures(name, "a film", "wasm", 2, 41.4, 1499.6, 812.0, features)


def test_a_feature_has_a_row_only_where_one_engine_lacks_it() -> None:
    made = engines_report.table([figures("One 1"), figures("Two 2", "battery")])
    assert made.splitlines() == [
        "|  | One 1 | Two 2 |",
        "| --- | --- | --- |",
        "| provider | wasm | wasm |",
        "| threads | 2 | 2 |",
        "| one frame, median | 41 ms | 41 ms |",
        "| first box, cold | 1500 ms | 1500 ms |",
        "| first box, on reload | 812 ms | 812 ms |",
        "| the tests' camera shows | a film | a film |",
        "| tells of the battery | yes | **no**: goes at full pace on any battery |",
    ]


def test_writing_leaves_the_rest_of_the_page_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    document = tmp_path / "browsers.md"
    document.write_text(f"before\n{engines_report.BEGIN}\nearlier\n{engines_report.END}\nafter\n")
    monkeypatch.setattr(engines_report, "DOCUMENT", document)
    for _ in range(2):
        engines_report.write([figures("One 1")])
    text = document.read_text()
    assert text.startswith(f"before\n{engines_report.BEGIN}\n\n|  | One 1 |") and text.endswith("after\n")
    assert "earlier" not in text and text.count(engines_report.BEGIN) == 1
