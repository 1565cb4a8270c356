"""The motion gate on scenes that are drawn here: 20 x 15 cells, a frame each 33 ms, noise from a fixed seed.

Each scene says how many of its frames the gate has to look at. The rest that it takes at most is made an hour, but
where that rest is what is tested: else it would hide what the gate misses.
"""

from math import pi, sin

from detector.pacing.motion_gate import MotionGate, changed_cells
from tests.core.support import SEED, Dice

COLUMNS, ROWS = 20, 15
FRAME_MS = 1000 / 30
HOUR = 3_600_000.0


def room(x: int, y: int) -> float:
    """A wall that is lit from the left, a dark piece of furniture, a bright window that is blown out."""
    if 12 <= x < 17 and 2 <= y < 6:
        return 255.0
    if y > 9 and 3 <= x < 11:
        return 35.0
    return 170.0 - 5 * x + (8 if (x + y) % 3 else -8)


def other_room(x: int, y: int) -> float:
    return 60.0 + 7 * y + (30 if x > 10 else 0)


def drawn(level: object, dice: Dice, noise: float = 0.0) -> bytes:
    """The cells of level(x, y), each with noise, near enough normal: a sum of three even ones."""
    cells = []
    for y in range(ROWS):
        for x in range(COLUMNS):
            unrest = 2 * noise * (dice.number() + dice.number() + dice.number() - 1.5)
            cells.append(max(0, min(255, int(level(x, y) + unrest + 0.5))))
    return bytes(cells)


def still(x: int, y: int, time: float) -> float:
    return room(x, y)


def mains(x: int, y: int, time: float) -> float:
    """A lamp whose brightness beats with the camera's frames, 12% up and down."""
    return room(x, y) * (1 + 0.06 * sin(2 * pi * time / 290))


def bands(x: int, y: int, time: float) -> float:
    """The same lamp, seen by a camera that reads row after row."""
    return room(x, y) * (1 + 0.06 * sin(2 * pi * (time / 290 + y / 9)))


def one_lamp_of_two(x: int, y: int, time: float) -> float:
    return room(x, y) * (1 + 0.04 * sin(2 * pi * time / 290)) if x < 9 else room(x, y)


def exposure(x: int, y: int, time: float) -> float:
    """The camera settles: 10% darker within a second."""
    return room(x, y) * (1 - 0.10 * min(time, 1000) / 1000)


def corner(x: int, y: int, time: float) -> float:
    """A small thing in the lower right corner, there every other half second."""
    there = x >= COLUMNS - 2 and y == ROWS - 1 and int(time / 500) % 2
    return room(x, y) + (45 if there else 0)


def creeping(x: int, y: int, time: float) -> float:
    """A dark thing, four cells wide, that moves by a cell in four seconds: a level or so from frame to frame."""
    left = 2 + time / 4000
    covered = max(0.0, min(x + 1, left + 4) - max(x, left)) if 3 <= y < 9 else 0.0
    return room(x, y) * (1 - covered) + 20 * covered


def pan(x: int, y: int, time: float) -> float:
    return room((x + int(time / 100)) % COLUMNS, y)


def cut(x: int, y: int, time: float) -> float:
    return room(x, y) if time < 2000 else other_room(x, y)


def light_goes_out(x: int, y: int, time: float) -> float:
    return room(x, y) * (1.0 if time < 2000 else 0.3)


def dark(x: int, y: int, time: float) -> float:
    return 3.0


# name, scene, noise (standard deviation, in levels), frames, the fewest and the most that may be looked at
SCENES = (
    ("still", still, 0.0, 300, 1, 1),
    ("still, noisy", still, 1.5, 300, 1, 1),
    ("still, very noisy", still, 3.0, 300, 1, 6),
    ("dark, noisy", dark, 1.5, 300, 1, 1),
    ("mains flicker", mains, 1.0, 300, 1, 3),
    ("flicker in bands", bands, 1.0, 300, 1, 3),
    ("one lamp of two flickers", one_lamp_of_two, 1.0, 300, 1, 3),
    ("exposure settles", exposure, 1.0, 90, 1, 2),
    ("one corner", corner, 1.0, 300, 20, 20),
    ("creeping", creeping, 1.0, 480, 30, 90),
    ("pan", pan, 1.0, 90, 27, 30),
    ("cut", cut, 1.0, 120, 2, 2),
    ("light goes out", light_goes_out, 1.0, 120, 2, 2),
)


def looks(scene: object, noise: float, frames: int, gate: MotionGate) -> list:
    """The times of the frames that are looked at."""
    dice = Dice()
    taken = []
    for frame in range(frames):
        time = frame * FRAME_MS
        cells = drawn(lambda x, y: scene(x, y, time), dice, noise)  # noqa: B023 - called at once
        if gate.should_infer(cells, time):
            taken.append(time)
    return taken


def test_scenes() -> None:
    print("seed", SEED)
    wrong = []
    for name, scene, noise, frames, fewest, most in SCENES:
        taken = len(looks(scene, noise, frames, MotionGate(COLUMNS, rest_ms=HOUR)))
        print(f"{name}: {taken} of {frames}")
        if not fewest <= taken <= most:
            wrong.append(f"{name}: looked at {taken} of {frames} frames, not {fewest} to {most}")
    assert not wrong, wrong


def test_what_creeps_is_invisible_from_one_frame_to_the_next() -> None:
    """So that the scene above proves what it is to prove: only against the frame looked at does it add up."""
    dice = Dice()
    before = drawn(lambda x, y: creeping(x, y, 0.0), dice)
    missed = 0
    for frame in range(1, 480):
        gate = MotionGate(COLUMNS, rest_ms=HOUR)
        gate.should_infer(before, 0.0)
        before = drawn(lambda x, y: creeping(x, y, frame * FRAME_MS), dice)  # noqa: B023 - called at once
        missed += not gate.should_infer(before, 1.0)
    assert missed == 479


def test_a_still_scene_is_looked_at_once_a_second_all_the_same() -> None:
    taken = looks(still, 1.0, 301, MotionGate(COLUMNS))
    gaps = [after - before for before, after in zip(taken, taken[1:])]
    assert len(gaps) > 8 and all(900 <= gap <= 1000 for gap in gaps), gaps


def test_still_says_why_a_frame_is_looked_at() -> None:
    gate = MotionGate(COLUMNS)
    dice = Dice()
    same = drawn(room, dice)
    assert gate.should_infer(same, 0.0) and not gate.still
    assert not gate.should_infer(same, 500.0) and gate.still
    assert gate.should_infer(same, 900.0) and gate.still
    assert gate.should_infer(drawn(other_room, dice), 933.0) and not gate.still


def test_what_cannot_be_compared_is_looked_at() -> None:
    cells = drawn(room, Dice())
    gate = MotionGate(COLUMNS)
    gate.should_infer(cells, 1000.0)
    gate.reset()
    assert gate.should_infer(cells, 1001.0)
    assert gate.should_infer(cells[:-COLUMNS], 1002.0)
    assert gate.should_infer(b"", 1003.0) and gate.should_infer(b"", 1004.0)
    assert gate.should_infer(cells, 1005.0)
    assert not gate.should_infer(cells, 1006.0)
    assert gate.should_infer(cells, 10.0), "a clock that went back"


def test_frames_of_any_shape() -> None:
    for columns, rows in ((1, 2), (7, 3), (24, 18)):
        gate = MotionGate(columns)
        level = [100] * (columns * rows)
        assert gate.should_infer(bytes(level), 0.0)
        assert not gate.should_infer(bytes(level), 1.0)
        level[0] = level[-1] = 200
        assert gate.should_infer(bytes(level), 2.0)


def test_which_cells_have_changed() -> None:
    before = drawn(room, Dice(SEED))
    after = bytearray(drawn(room, Dice(SEED)))
    assert not any(changed_cells(before, bytes(after), COLUMNS))
    for cell in (3, 44, 290):
        after[cell] = 255 - after[cell]
    changed = changed_cells(before, bytes(after), COLUMNS)
    assert [cell for cell in range(len(changed)) if changed[cell]] == [3, 44, 290]
    brighter = bytes([min(255, level * 11 // 10) for level in before])
    assert sum(changed_cells(before, brighter, COLUMNS)) == 0
    assert changed_cells(before, before[:-COLUMNS], COLUMNS) == [True] * (len(before) - COLUMNS)


def test_the_gate_tells_where_something_has_moved() -> None:
    gate = MotionGate(COLUMNS)
    before = drawn(room, Dice(SEED))
    assert gate.should_infer(before, 0.0) and gate.moved_cells() == [], "there was nothing before"
    after = bytearray(before)
    after[44] = after[45] = after[46] = 0
    assert gate.should_infer(bytes(after), 40.0)
    assert gate.moved_cells() == changed_cells(before, bytes(after), COLUMNS)
    assert [cell for cell, moved in enumerate(gate.moved_cells()) if moved] == [44, 45, 46]
    assert not gate.should_infer(bytes(after), 80.0) and not any(gate.moved_cells())
