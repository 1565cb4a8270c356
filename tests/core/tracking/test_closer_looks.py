"""Parts of a live picture in turn: which is next, what stays of what they have shown, and that it does not blink."""

from detector.tracking.closer_looks import CloserLooks
from detector.vision.regions import regions

COLUMNS, ROWS = 20, 15
SIZE = (640, 480)


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


def test_looking_once_looks_at_no_part() -> None:
    closer = made("once")
    assert closer.next(STILL) is None and closer.seen == []


def test_a_still_scene_is_seen_part_by_part_and_then_rests() -> None:
    for look, count in (("closer", 4), ("closest", 13)):
        closer = made(look)
        order = []
        while (part := closer.next(STILL)) is not None:
            order.append(part)
            closer.looked(part, STILL, False)
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
        closer.looked(part, STILL, False)
    closer.moved()
    now = cells((18, 13), (19, 13))  # of the last part alone
    assert closer.next(now) == 4
    closer.looked(4, now, False)
    assert closer.next(now) is None and closer.all_seen
    closer.moved()
    assert not closer.all_seen
    assert closer.next(now) is None, "something moved, and is gone"
    closer.moved()
    middle = cells((10, 7), (10, 8))  # of all of them
    assert closer.next(middle) == 1, "that was seen longest ago"
    closer.looked(1, middle, False)
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
            closer.looked(part, now, part == 1)
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
    closer.looked(2, STILL, False)
    assert closer.next(STILL, [True] * (COLUMNS * ROWS)) is None and not closer.all_seen
    assert closer.next(STILL, moving) == 3
    assert closer.next(STILL) == 1


CUP = (0.1, 0.1, 0.2, 0.2)


def test_what_a_part_has_shown_stays_while_its_place_looks_the_same() -> None:
    closer = made()
    assert not closer.stays(1, CUP, STILL), "nobody has looked"
    closer.looked(1, STILL, True)
    assert closer.stays(1, CUP, STILL) and not closer.stays(2, CUP, STILL)
    closer.moved()
    assert closer.stays(1, CUP, cells((15, 10), (16, 10)))
    assert not closer.stays(1, CUP, cells((3, 2), (15, 10))), "something covers it"
    assert closer.stays(1, (0.3, 0.3, 0.4, 0.4), cells((3, 2), (15, 10))), "and not this"
    assert closer.stays(1, CUP, STILL), "it went by"
    assert not closer.stays(1, CUP, b"\x60" * 12), "cells of another size tell nothing"


def test_all_parts_are_looked_at_again_when_they_are_asked_for() -> None:
    closer = made()
    for part in (1, 2, 3, 4):
        closer.looked(part, STILL, False)
    assert closer.next(STILL) is None and closer.all_seen
    closer.again()
    assert not closer.all_seen and closer.stays(1, CUP, STILL)
    order = []
    while (part := closer.next(STILL)) is not None:
        order.append(part)
        closer.looked(part, STILL, False)
    assert order == [1, 2, 3, 4]


def test_another_picture_knows_nothing_of_this_one() -> None:
    closer = made()
    closer.looked(1, STILL, True)
    closer.forget()
    closer.looked(2, STILL, True)  # a look that was on its way
    assert not closer.stays(1, CUP, STILL) and closer.next(STILL) is None
    closer.begin("closer", 640, 480)
    assert not closer.stays(1, CUP, STILL) and closer.next(STILL) == 1
