"""Which object of a picture is which of the next one.

same_objects(before, after)   # [2, None, 0]: for each after, its index in before
"""

from detector.detection import Detection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

# Two boxes of a class are one object from a picture to the next if their intersection over union is so much,
SAME_OBJECT = 0.3
# and surely so from here on: where objects of one picture overlap by 0.6 at most, no other can overlap either so much,
# since 1 - IoU is a distance (S. Kosub, "A note on the triangle inequality for the Jaccard distance", 2016).
_SURE = 0.8


def same_objects(before: list[Detection], after: list[Detection]) -> list[int | None]:
    """For each detection after, the index of the same object's before; None where it was not there.

    By track ids where both have one; else by class and overlap: the pair that overlaps most is matched first, and
    neither of the two again.
    """
    found: list[int | None] = [None] * len(after)
    taken: set[int] = set()  # of those before
    _match_tracks(before, after, found, taken)
    # From left to right: most find theirs among the first that are left.
    earlier = _from_left(before, taken)
    later = _from_left(after, [i for i in range(len(after)) if found[i] is not None])
    pairs = []
    for x0, x1, y0, y1, class_id, tracked, i in later:
        for place in range(len(earlier)):
            left, right, top, bottom, its_class, its_tracked, j = earlier[place]
            if left > x1:
                break  # and so are all further ones
            if right < x0 or bottom < y0 or top > y1 or its_class != class_id or (tracked and its_tracked):
                continue
            across = (right if right < x1 else x1) - (left if left > x0 else x0)
            down = (bottom if bottom < y1 else y1) - (top if top > y0 else y0)
            shared = across * down
            union = (x1 - x0) * (y1 - y0) + (right - left) * (bottom - top) - shared
            if shared >= _SURE * union > 0.0:
                found[i] = j
                taken.add(j)
                del earlier[place]
                break
            if shared >= SAME_OBJECT * union > 0.0:
                pairs.append((-shared / union, i, j))
    pairs.sort()
    for _, i, j in pairs:
        if found[i] is None and j not in taken:
            taken.add(j)
            found[i] = j
    return found


def _match_tracks(
    before: list[Detection], after: list[Detection], found: list[int | None], taken: set[int]
) -> None:
    tracks = {}
    for j in range(len(before)):
        if before[j].track_id is not None:
            tracks[before[j].track_id] = j
    if tracks:
        for i in range(len(after)):
            if after[i].track_id in tracks:
                found[i] = tracks[after[i].track_id]
                taken.add(tracks[after[i].track_id])


def _from_left(
    some: list[Detection], but: "Container[int]"
) -> list[tuple[float, float, float, float, int, bool, int]]:
    """(left, right, upper and lower edge, class, whether it has a track id, index) of each, sorted; but for some."""
    edges = []
    for index in range(len(some)):
        if index not in but:
            one = some[index]
            x, y, width, height = one.box
            edges.append((x, x + width, y, y + height, one.class_id, one.track_id is not None, index))
    edges.sort()
    return edges
