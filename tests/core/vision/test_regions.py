"""Parts of a picture: how many, of what shape, and that nothing of it is left out."""

from detector.errors import SettingError
from detector.vision.regions import LOOKS, WHOLE, grid, regions, shape
from tests.core.support import close

AT_MOST = {"once": 1, "closer": 5, "closest": 15}


def test_each_look_is_at_the_whole_and_at_so_many_parts() -> None:
    assert [len(regions(look, 640, 480)) for look in LOOKS] == [1, 5, 14]
    for look in LOOKS:
        for width, height in ((640, 480), (480, 640), (100, 100), (1600, 100), (100, 1600), (2001, 1000)):
            found = regions(look, width, height)
            assert found[0] == WHOLE and len(found) <= AT_MOST[look]


def test_an_oblong_picture_is_cut_along_its_long_side() -> None:
    assert shape(2, 4 / 3) == shape(2, 9 / 16) == (2, 2)
    assert shape(2, 3.0) == (3, 1) and shape(2, 1 / 4) == (1, 4)
    assert shape(3, 16.0) == (10, 1) and shape(3, 1 / 16) == (1, 10)
    assert shape(3, 2.2) == (4, 2)


def test_parts_of_a_grid_share_what_they_should() -> None:
    first, second, third, fourth = grid(2, 2, 0.2)
    assert first.x0 == first.y0 == 0.0 and close(first.x1, 1 / 1.8)
    assert close(first.x1 - second.x0, 0.2 * (first.x1 - first.x0))
    assert close(first.y1 - third.y0, 0.2 * (first.y1 - first.y0))
    assert fourth.x1 == fourth.y1 == 1.0
    assert grid(1, 1) == [WHOLE]


def test_another_look_is_refused_in_words() -> None:
    try:
        regions("twice", 10, 10)
        raise AssertionError("it was taken")
    except SettingError as error:
        assert "twice" in error.message and "closer" in error.hint
