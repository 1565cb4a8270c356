"""Set-up's steps: what is done stays done, and a file is whole or not there."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.registry import digest, everything_in, full_disk
from tools.common import files, progress, stamps
from tools.common.progress import SetupError


def counted(outputs: list[Path]) -> tuple[list[int], Callable[[progress.Step], list[Path]]]:
    """An action that makes `outputs`, and a list that grows with each call."""
    calls: list[int] = []

    def action(step: progress.Step) -> list[Path]:
        calls.append(1)
        for path in outputs:
            step.add(files.write(path, b"made"))
        return outputs

    return calls, action


def test_a_step_is_done_once(tmp_path: Path) -> None:
    calls, action = counted([tmp_path / "out/a"])
    stamp = stamps.Stamp("step", ["input"], root=tmp_path)
    assert stamps.run_once(stamp, "step", action) is True
    assert stamps.run_once(stamp, "step", action) is False
    assert len(calls) == 1


def test_a_step_is_done_again_when_its_inputs_change(tmp_path: Path) -> None:
    calls, action = counted([tmp_path / "out"])
    source = files.write(tmp_path / "source", b"1")
    for content, text, expected in [(b"1", "v1", 1), (b"1", "v1", 1), (b"2", "v1", 2), (b"2", "v2", 3)]:
        source.write_bytes(content)
        stamps.run_once(stamps.Stamp("step", [source, text], root=tmp_path), "step", action)
        assert len(calls) == expected
    source.unlink()
    assert not stamps.Stamp("step", [source, "v2"], root=tmp_path).fresh()


@pytest.mark.parametrize("damage", ["gone", "another size", "stamp gone", "stamp cut off"])
def test_a_step_is_done_again_when_its_outputs_are_not_as_they_were(tmp_path: Path, damage: str) -> None:
    output = tmp_path / "out"
    calls, action = counted([output])
    stamp = stamps.Stamp("step", ["input"], root=tmp_path)
    stamps.run_once(stamp, "step", action)
    if damage == "gone":
        output.unlink()
    elif damage == "another size":
        output.write_bytes(b"mad")
    elif damage == "stamp gone":
        stamp.file.unlink()
    else:
        stamp.file.write_text(stamp.file.read_text("utf-8")[:-9], "utf-8")
    stamps.run_once(stamp, "step", action)
    assert len(calls) == 2
    assert output.read_bytes() == b"made"


def test_a_step_that_fails_is_not_done(tmp_path: Path) -> None:
    def fails(step: progress.Step) -> list[Path]:
        files.write(tmp_path / "first", b"1")
        raise SetupError("no network")

    stamp = stamps.Stamp("step", [], root=tmp_path)
    with pytest.raises(SetupError, match="no network"):
        stamps.run_once(stamp, "step", fails)
    assert not stamp.fresh()


def test_a_step_says_its_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with progress.step("page parts") as step:
        step.add(41_200_000)
        step.add(files.write(tmp_path / "a", bytes(5000)))
    assert re.fullmatch(r"  page parts +41\.2 MB +\d+\.\d s\n", capsys.readouterr().out)
    assert [progress.readable(size) for size in (0, 999, 1500, 14_239_897)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "14.2 MB",
    ]


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    target = files.write(tmp_path / "deep/file", b"old")

    def broken_off() -> None:
        with files.replacing(target) as stream:
            stream.write(b"half")
            raise ValueError("on the way")

    with pytest.raises(ValueError, match="on the way"):
        broken_off()
    assert target.read_bytes() == b"old"
    assert everything_in(tmp_path) == ["deep/file"]
    files.write(target, b"new")
    assert target.read_bytes() == b"new"


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk(monkeypatch)
    with (
        pytest.raises(SetupError, match=r'The step "page parts" failed: the disk is full'),
        progress.step("page parts"),
    ):
        files.write(tmp_path / "file", b"content")
    assert everything_in(tmp_path) == []


def test_another_os_error_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    file = files.write(tmp_path / "file", b"")
    with pytest.raises(FileExistsError), progress.step("page parts"):
        files.write(file / "below", b"")


def test_a_wrong_hash_names_both() -> None:
    with pytest.raises(SetupError) as caught:
        files.verify(b"content", digest(b"other"), "a.whl", "somewhere")
    assert digest(b"content") in str(caught.value)
    assert digest(b"other") in str(caught.value)
    assert "a.whl from somewhere" in str(caught.value)
    assert files.verify(b"content", digest(b"content"), "a.whl", "somewhere") == b"content"
