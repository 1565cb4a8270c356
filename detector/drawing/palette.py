"""One colour for each of COCO's 80 classes, told apart also by those who do not tell red from green.

The most different colours go to the classes that are seen together most: person, car, chair, cup, bottle,
laptop, dog, ... The table was generated; tests/palette_formula.py says how, and a test generates it again.
"""

_COLORS = (
    "ffb000 480cda b01003 a2a8fc bff0ec 377e9d e65719 e29c9b 7978fb 5d408a e9ec8b 06614b 4f906f 97d3fd "
    "e825bc f9bb99 e37ac3 fe7802 2a7961 3947fb a8d6cc 525d7a 40b262 bc4c20 5730b1 edee31 647bc8 7491f7 "
    "74da5c b38c97 c7f3bd 276ee1 5e530e 9dc4d8 e4896a 7c44c3 36884d ad0445 b4e0ef 48a1db 866a83 dee059 "
    "8dbcb8 ba569d 2fb5d8 57bc8a 6ad987 c96b7b 8f459f 799fb2 c7e0c1 9ebff5 086d5f 48516f 9ec9b9 8c78e3 "
    "9e829b 988d4e f79639 a7bc61 637035 596fbb dadd9b 674c36 5884b1 f5642b 845afa 5128e9 54588d fdbc6f "
    "5f48ad c0d2b0 bf2bdd 7525c6 aad1e5 72229e bd5ed2 dcdf7e 87a0f0 b5e3d9"
).split(" ")

# COCO class ids, those that are most often in one picture with others first: their colours differ most.
_BY_USE = (
    "1 3 62 47 44 73 18 17 72 77 84 2 6 8 67 63 76 74 4 10 31 27 64 51 75 85 65 46 16 19 48 49 50 52 53 "
    "55 59 61 54 28 15 88 86 87 32 33 82 79 78 81 70 7 9 5 13 11 14 20 21 22 23 24 25 34 35 36 37 38 39 "
    "40 41 42 43 56 57 58 60 80 89 90"
).split(" ")

_COLOR_OF = {int(class_id): "#" + color for class_id, color in zip(_BY_USE, _COLORS)}


def color_of(class_id: int) -> str:
    """The colour of a class, as "#rrggbb". Classes that COCO does not have share its colours."""
    color = _COLOR_OF.get(class_id)
    return "#" + _COLORS[class_id % len(_COLORS)] if color is None else color


def luminance(color: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.2, "relative luminance")."""
    total = 0.0
    for start, weight in ((1, 0.2126), (3, 0.7152), (5, 0.0722)):
        value = int(color[start : start + 2], 16) / 255
        total += weight * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return total


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_for(color: str) -> str:
    """Black or white, whichever reads better on a colour: with a contrast of 4.58 or more, since that is
    what both have where they tie, at a luminance of 0.179."""
    return "#000000" if luminance(color) > 0.179 else "#ffffff"
