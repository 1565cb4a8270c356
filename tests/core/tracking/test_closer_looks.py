"""Parts of a live picture in turn: which is next, what stays of what they have shown, and that it does not blink."""

from detector.tracking.closer_looks import CloserLooks
from detector.vision.regions import regions
from tests.core.support import candidates, close

COLUMNS, ROWS = 20, 15
SIZE = (640, 480)
NOTHING = candidates()
PARTS = regions("closer", 640, 480)[1:]


def cells(*marks: tuple) -> bytes:
    """A grey picture with something in these (column, row)s."""
    grey = bytearray(b"\x60" * (COLUMNS * ROWS))
    for column, row in marks:
        grey[row * COLUMNS + column] = 200
    return bytes(grey)


STILL = cells()


def made(look: str = "closer") -> CloserLooks:
    closer = CloserLooks(COLUMNS)
    closer.begin(look, 640, 480)
    return closer


def shown(closer: CloserLooks, whole: object, now: bytes) -> list:
    found, looks = closer.merged(whole, now)
    return list(zip(found.class_ids, looks)) if looks is not None else list(found.class_ids)


def in_part(part: int, *found: tuple) -> object:
    """(score, class, corners in the whole picture) as candidates of a part."""
    region = PARTS[part - 1]
    width, height = region.x1 - region.x0, region.y1 - region.y0
    told = []
    for score, class_id, (x0, y0, x1, y1) in found:
        corners = (
            (x0 - region.x0) / width,
            (y0 - region.y0) / height,
            (x1 - region.x0) / width,
            (y1 - region.y0) / height,
        )
        told.append((score, class_id, corners))
    return candidates(*told)


CUP = (0.8, 47, (0.1, 0.1, 0.2, 0.2))


def test_looking_once_looks_at_no_part() -> None:
    closer = made("once")
    assert closer.next(STILL) is None and closer.seen == []
    whole = candidates((0.9, 1, (0.1, 0.1, 0.5, 0.5)))
    assert closer.merged(whole, STILL).candidates is whole


def test_a_still_scene_is_seen_part_by_part_and_then_rests() -> None:
    for look, count in (("closer", 4), ("closest", 13)):
        closer = made(look)
        order = []
        while (part := closer.next(STILL)) is not None:
            order.append(part)
            closer.found(part, NOTHING, STILL)
        assert order == list(range(1, count + 1))
        assert closer.all_seen
        assert [region for region, _ in closer.seen] == regions(look, 640, 480)[1:]
        closer.begin(look, 640, 480)
        assert closer.next(STILL) is None, "the same picture"
        closer.begin(look, 480, 640)
        assert closer.next(STILL) == 1, "a camera was turned"


def test_only_parts_that_have_changed_are_looked_at_again() -> None:
    closer = made()
    for part in (1, 2, 3, 4):
        closer.found(part, NOTHING, STILL)
    closer.moved()
    now = cells((18, 13), (19, 13))  # of the last part alone
    assert closer.next(now) == 4
    closer.found(4, NOTHING, now)
    assert closer.next(now) is None and closer.all_seen
    closer.moved()
    assert not closer.all_seen
    assert closer.next(now) is None, "something moved, and is gone"
    closer.moved()
    middle = cells((10, 7), (10, 8))  # of all of them
    assert closer.next(middle) == 1, "that was seen longest ago"
    closer.found(1, NOTHING, middle)
    assert closer.next(middle) == 2


def test_a_part_that_has_shown_something_comes_first_and_none_waits_for_long() -> None:
    for look in ("closer", "closest"):
        closer = made(look)
        parts = range(1, len(regions(look, 640, 480)))
        turns: list[int] = []
        for number in range(10 * len(parts)):
            closer.moved()
            now = bytes([(60, 120, 180, 240, 30)[number % 5]]) * (COLUMNS * ROWS)  # all of it looks otherwise
            part = closer.next(now)
            assert part is not None
            turns.append(part)
            closer.found(part, in_part(1, CUP) if part == 1 else NOTHING, now)
        assert turns[: len(parts)] == list(parts), "each comes once before any comes again"
        assert turns[len(parts)] == 1
        assert all(turns.count(1) >= 1.5 * turns.count(other) for other in parts[1:])
        for part in parts:
            at = [number for number, one in enumerate(turns) if one == part] + [len(turns)]
            assert max(after - before for before, after in zip(at, at[1:])) <= 2 * len(parts)


def test_parts_in_which_something_moves_wait() -> None:
    closer = made()
    moving = [False] * (COLUMNS * ROWS)
    moving[0] = True
    assert closer.next(STILL, moving) == 2 and not closer.all_seen
    closer.found(2, NOTHING, STILL)
    assert closer.next(STILL, [True] * (COLUMNS * ROWS)) is None and not closer.all_seen
    assert closer.next(STILL, moving) == 3
    assert closer.next(STILL) == 1


def test_what_a_part_has_shown_stays_while_its_place_looks_the_same() -> None:
    closer = made()
    closer.found(1, in_part(1, CUP), STILL)
    whole = candidates((0.9, 1, (0.5, 0.5, 0.9, 0.9)))
    assert shown(closer, whole, STILL) == [(1, 0), (47, 1)]
    found, _ = closer.merged(whole, STILL)
    for corner, expected in zip(list(found.boxes)[4:8], CUP[2]):
        assert close(corner, expected)
    closer.moved()
    elsewhere = cells((15, 10), (16, 10))
    assert shown(closer, whole, elsewhere) == [(1, 0), (47, 1)]
    closer.moved()
    assert shown(closer, whole, cells((3, 2), (15, 10))) == [1], "something covers it"
    closer.moved()
    assert shown(closer, whole, STILL) == [(1, 0), (47, 1)], "it went by"
    closer.moved()
    closer.found(1, NOTHING, STILL)
    assert shown(closer, whole, STILL) == [1], "it was looked for, and is not there"


def test_what_the_whole_shows_as_well_is_one_thing() -> None:
    closer = made()
    closer.found(1, in_part(1, CUP), STILL)
    found, looks = closer.merged(candidates((0.4, 47, (0.1, 0.1, 0.21, 0.2))), STILL)
    assert looks == [1] and list(found.scores) == [CUP[0]]


def test_what_is_hardly_seen_does_not_come_and_go() -> None:
    closer = made()
    scores = []
    for score in (0.45, 0.52, 0.45, 0.36, 0.49, 0.2, 0.45):
        closer.found(1, in_part(1, (score, 47, CUP[2])), STILL)
        found, _ = closer.merged(NOTHING, STILL)
        scores.append(any(one >= 0.5 for one in found.scores))
    assert scores == [False, True, True, True, True, False, False]


def test_another_picture_knows_nothing_of_this_one() -> None:
    closer = made()
    closer.found(1, in_part(1, CUP), STILL)
    closer.forget()
    closer.found(2, NOTHING, STILL)  # a look that was on its way
    assert shown(closer, NOTHING, STILL) == [] and closer.next(STILL) is None
    closer.begin("closer", 640, 480)
    assert shown(closer, NOTHING, STILL) == [] and closer.next(STILL) == 1
    closer.found(1, in_part(1, CUP), STILL)
    assert shown(closer, NOTHING, b"\x60" * 12) == [(47, 1)]
    closer.moved()
    assert shown(closer, NOTHING, b"\x60" * 12) == [], "cells of another size tell nothing"
