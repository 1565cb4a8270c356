"""Another version of onnxruntime-web: what fits is found out, and what does not is off."""

import json
from pathlib import Path

import pytest

from tools.common import files, paths
from tools.common.progress import SetupError
from tools.runtime import fits, update
from tools.runtime.kernels.module import replaced
from tools.runtime.snapshot import build as snapshot
from tools.runtime.trim import shorten
from tools.setup import vendoring

DIST = paths.NODE_MODULES / "onnxruntime-web/dist"


def test_what_fits_is_kept_for_one_version_alone(tmp_path: Path) -> None:
    table = tmp_path / "fits.toml"
    fits.write("1.31.0", {fits.TRIM, fits.GEMM}, table)
    assert fits.pieces("1.31.0", table) == {fits.GEMM, fits.TRIM}
    assert fits.pieces("1.31.1", table) == fits.NONE
    fits.write(fits.version(), fits.PIECES, table)
    assert fits.pieces(table=table) == set(fits.PIECES)


def test_the_table_is_written_by_the_command() -> None:
    before = fits.TABLE.read_bytes()
    fits.write(fits.version(), fits.pieces())
    assert fits.TABLE.read_bytes() == before, "and it is of the version in package.json"


def test_without_pieces_the_build_is_as_it_comes(tmp_path: Path) -> None:
    original = (DIST / shorten.TRIMMED).read_bytes()
    files.write(tmp_path / shorten.TRIMMED, original)
    vendoring.change_runtime(tmp_path, fits.NONE)
    snapshot.without(tmp_path)
    assert (tmp_path / shorten.TRIMMED).read_bytes() == (tmp_path / shorten.WHOLE).read_bytes() == original
    assert json.loads((tmp_path / "snapshots.json").read_text("utf-8")) == {"models": {}}


@pytest.mark.parametrize("piece", [fits.GEMM, fits.DEPTHWISE, fits.TRIM])
def test_a_table_that_says_too_much_is_told_of(tmp_path: Path, piece: str) -> None:
    """As after a change to node_modules that nobody has told the table of."""
    module = (DIST / shorten.TRIMMED).read_bytes()
    files.write(tmp_path / shorten.TRIMMED, replaced(module, dict.fromkeys(range(4000), shorten.EMPTY)))
    with pytest.raises(SetupError, match="update-runtime"):
        vendoring.change_runtime(tmp_path, {piece})


def test_a_file_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert update.files_are_there() == "all 10 are there"
    monkeypatch.setitem(
        vendoring.COPIED, "ort", ("onnxruntime-web/dist", ["ort.wasm.min.mjs", "ort.new.mjs"])
    )
    with pytest.raises(SetupError, match=r"has no ort\.new\.mjs"):
        update.files_are_there()


def test_the_licence_is_compared_with_notice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert update.licence() == "MIT, as NOTICE says"
    monkeypatch.setattr(update, "PACKAGE", tmp_path)
    files.write(tmp_path / "package.json", b'{"license": "Apache-2.0"}')
    assert "now Apache-2.0" in update.licence()
    files.write(tmp_path / "package.json", b'{"license": "MIT"}')
    files.write(tmp_path / "LICENSE", b"")
    assert "now with LICENSE" in update.licence()


def test_what_fails_is_off_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is tried with those that fit before it; a failed test is as good as a failed search."""
    tried, laid_out = [], []

    def attempt(version: str, pieces: frozenset[str], piece: str) -> str:
        tried.append((piece, set(pieces)))
        return {fits.DEPTHWISE: "0 functions look like MlasConvOperation"}.get(piece, "")

    monkeypatch.setattr(update, "attempt", attempt)
    monkeypatch.setattr(update, "lay_out", lambda version, pieces: laid_out.append((version, set(pieces))))
    said = dict(update.try_all("9.9.9"))
    assert tried == [
        (fits.GEMM, {fits.GEMM}),
        (fits.DEPTHWISE, {fits.GEMM, fits.DEPTHWISE}),
        (fits.TRIM, {fits.GEMM, fits.TRIM}),
        (fits.SNAPSHOT, {fits.GEMM, fits.TRIM, fits.SNAPSHOT}),
    ]
    assert laid_out == [("9.9.9", {fits.GEMM, fits.TRIM, fits.SNAPSHOT})]
    assert said[fits.GEMM] == said[fits.TRIM] == said[fits.SNAPSHOT] == "fits"
    assert said[fits.DEPTHWISE].startswith(
        "off: 0 functions look like MlasConvOperation. Without it pictures"
    )


def test_no_snapshot_is_tried_of_a_build_that_is_not_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "attempt", lambda version, pieces, piece: "x" if piece == fits.TRIM else "")
    monkeypatch.setattr(update, "lay_out", lambda version, pieces: None)
    assert "off: is made of a trimmed build only" in dict(update.try_all("9.9.9"))[fits.SNAPSHOT]


def test_whatever_goes_wrong_is_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(version: str, pieces: frozenset[str]) -> None:
        raise KeyError("g7")

    monkeypatch.setattr(update, "lay_out", broken)
    assert update.attempt("9.9.9", frozenset([fits.GEMM]), fits.GEMM) == "KeyError: 'g7'"


def test_a_failing_test_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert update.failures("test_update.py::test_the_licence_is_compared_with_notice") == ""
    assert "not found" in update.failures("test_update.py::test_that_nobody_wrote")


@pytest.mark.parametrize("arguments", [[], ["1.31.0", "1.32.0"], ["--force"], ["1.31; ls"]])
def test_a_version_has_to_be_said(arguments: list[str]) -> None:
    with pytest.raises(SetupError, match="Say which version"):
        update.run(arguments)
