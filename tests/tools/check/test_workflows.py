"""The workflows in .github are pinned, have as few rights as they need, and what they run is there and does it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.version import VERSION
from tools import commands
from tools.common import paths
from tools.release import bundle

FOLDER = paths.ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
ENTRY = re.compile(r"( *)(- )?([\w-]+):(?: +(.*?))?")
LIST = re.compile(r"\[[^\[\]{}]*\]")


def text(name: str) -> str:
    return (FOLDER / f"{name}.yml").read_text("utf-8")


def lines(source: str) -> Iterator[tuple[int, bool, str, str]]:
    """(depth, whether an item of a list begins, key, value) of each entry, in what these files use of YAML.

    Anything else is an error: tabs, odd indents, anchors, values over two lines but for those after `|`.
    """
    rest = source.splitlines()
    while rest:
        line = rest.pop(0)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        bare = line if "uses:" in line else re.sub(r" +# .*$", "", line)
        found = ENTRY.fullmatch(bare)
        assert found and len(found[1]) % 2 == 0, f"not of the YAML that is read here: {line!r}"
        depth = len(found[1]) + (2 if found[2] else 0)
        value = found[4] or ""
        assert value == "|" or LIST.fullmatch(value) or not re.match(r"[\[{&*!>|%@`]", value), line
        if value == "|":
            block = []
            while rest and (not rest[0].strip() or rest[0].startswith(" " * (depth + 2))):
                block.append(rest.pop(0)[depth + 2 :])
            value = "\n".join(block)
            assert value.strip(), f"nothing follows {line!r}"
        yield depth, bool(found[2]), found[3], value


def jobs(name: str) -> dict[str, list[tuple[int, bool, str, str]]]:
    """The entries below each job."""
    found: dict[str, list[tuple[int, bool, str, str]]] = {}
    inside = False
    for entry in lines(text(name)):
        depth, _, key, _ = entry
        if depth == 0:
            inside = key == "jobs"
        elif inside and depth == 2:
            found[key] = []
        elif inside:
            found[list(found)[-1]].append(entry)
    return found


def runs(name: str) -> list[str]:
    """What a workflow runs in a shell."""
    return [value for _, _, key, value in lines(text(name)) if key == "run" and value]


def step(name: str, title: str) -> str:
    """What the step of this name runs."""
    entries = list(lines(text(name)))
    (at,) = [number for number, (_, _, key, value) in enumerate(entries) if (key, value) == ("name", title)]
    return next(value for _, _, key, value in entries[at:] if key == "run")


def shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as GitHub does."""
    bash = shutil.which("bash")
    assert bash
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_there_are_three() -> None:
    assert [path.stem for path in FILES] == ["ci", "pages", "release"]


@pytest.mark.parametrize("name", ["ci", "pages", "release"])
def test_each_can_be_read_and_bounds_what_it_may_and_how_long(name: str) -> None:
    top = [key for depth, _, key, _ in lines(text(name)) if depth == 0]
    assert len(top) == len(set(top)) and {"name", "on", "permissions", "jobs"} <= set(top)
    for job, entries in jobs(name).items():
        keys = {key: value for depth, _, key, value in entries if depth == 4}
        if not keys.get("uses"):
            assert keys["runs-on"] == "ubuntu-24.04" and 0 < int(keys["timeout-minutes"]) <= 150, job


@pytest.mark.parametrize("name", ["ci", "pages", "release"])
def test_actions_are_pinned_by_hash_and_name_their_version(name: str) -> None:
    used = [value for _, _, key, value in lines(text(name)) if key == "uses"]
    assert len(used) == len(re.findall(r"\buses:", text(name))) > 0
    for value in used:
        if value.startswith("./"):
            assert (paths.ROOT / value).is_file(), value
        else:
            assert PINNED.fullmatch(value), value


def test_an_action_is_the_same_everywhere() -> None:
    used = {value for path in FILES for value in re.findall(r"uses: (actions/.+)", path.read_text("utf-8"))}
    names = [value.split("@")[0] for value in used]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", ["ci", "pages", "release"])
def test_nobody_may_write_but_those_who_publish_and_they_build_nothing(name: str) -> None:
    assert "\npermissions:\n  contents: read\n" in text(name)
    rights = {"release": {"publish"}, "pages": {"deploy"}}.get(name, set())
    for job, entries in jobs(name).items():
        values = [value for _, _, _, value in entries]
        assert ("write" in values) == (job in rights), job
        if job in rights:
            assert not [
                value for value in values if "checkout" in value or "make " in value or "tools" in value
            ]
    uses = text(name).count("actions/checkout@")
    assert text(name).count("persist-credentials: false") == uses
    assert "secrets." not in text(name) and "pull_request_target" not in text(name)


@pytest.mark.parametrize("name", ["ci", "pages", "release"])
def test_nothing_from_outside_becomes_a_part_of_a_script(name: str) -> None:
    for script in runs(name):
        assert "${{" not in script, script
    assert "github.event." not in text(name)
    assert "://" not in text(name), "no hosts"


def test_ci_runs_what_proves_the_project_for_pushes_and_for_pull_requests() -> None:
    assert runs("ci")[-1] == ".ci/run"
    assert (paths.ROOT / ".ci" / "run").stat().st_mode & 0o111
    on = text("ci").split("\non:\n")[1].split("\n\n")[0]
    assert "push:" in on and "pull_request:" in on and "workflow_call:" in on
    assert "uses: ./.github/workflows/ci.yml" in text("release"), "a release is proved, too"


@pytest.mark.parametrize("name", ["ci", "pages", "release"])
def test_the_commands_that_are_run_exist(name: str) -> None:
    targets = (paths.ROOT / "Makefile").read_text("utf-8").split()
    for script in runs(name):
        for target in re.findall(r"^make ([\w-]+)", script, re.MULTILINE):
            assert target in targets
        for command in re.findall(r"python3 -m tools ([\w-]+)", script):
            assert command in commands.COMMANDS
    if name != "ci":
        assert "make bundle" in runs(name)


def test_a_tag_that_is_not_the_version_ends_a_release() -> None:
    script = step("release", "The tag is the version")
    assert shell(script, paths.ROOT, GITHUB_REF_NAME=f"v{VERSION}").returncode == 0
    wrong = shell(script, paths.ROOT, GITHUB_REF_NAME="v99.0.0")
    assert wrong.returncode == 1
    assert f"The tag is v99.0.0, and detector/version.py says v{VERSION}" in wrong.stderr


def test_checksums_are_of_all_files_and_are_compared_once_more(tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "a.zip").write_bytes(b"a")
    (folder / "b.whl").write_bytes(b"b")
    made = shell(step("release", "Checksums"), folder)
    assert made.returncode == 0, made.stderr
    names = [line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    assert names == ["a.zip", "b.whl"]
    compare = step("release", "What was uploaded is what was built")
    assert shell(compare, folder).returncode == 0
    (folder / "b.whl").write_bytes(b"c")
    assert shell(compare, folder).returncode != 0


def test_the_demo_is_the_folder_in_the_bundle(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    bundle.write(tmp_path / "dist" / f"{bundle.NAME}.zip", {"index.html": b"page", "web/sw.js": b"worker"})
    done = shell(step("pages", "Unpack"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "index.html").read_bytes() == b"page"
    assert (tmp_path / "site" / "web" / "sw.js").read_bytes() == b"worker"
    assert "path: site" in text("pages")
