"""What was found, as a table for spreadsheets."""

from detector.exports.look import Look

BUTTON = "CSV"
FILE = "onlooker.csv"
TYPE = "text/csv"
HEADER = "file,time,class,score,x,y,width,height,look,track"


def text(looks: list[Look], model: str) -> str:
    """The file's content."""
    return as_csv(looks)


def as_csv(looks: list[Look]) -> str:
    """A line for each object, after one of names; a picture without any has no line. Lines end as RFC 4180 says."""
    lines = [HEADER]
    for look in looks:
        lines.extend(rows(look))
    return "\r\n".join(lines) + "\r\n"


def rows(look: Look) -> list[str]:
    """A line for each object of one picture, without its end. look: 0 where the whole has shown it, else the part.

    track: its number, in a moving picture; empty where it has none.
    """
    time = "" if look.time is None else f"{look.time:.3f}"
    lines = []
    for found in look.detections:
        box = found.box
        numbers = [f"{found.score:.4f}"] + [f"{edge:.1f}" for edge in (box.x, box.y, box.width, box.height)]
        track = "" if found.track_id is None else str(found.track_id)
        lines.append(
            ",".join([cell(look.file), time, cell(found.label)] + numbers + [str(found.look), track])
        )
    return lines


def cell(text: str) -> str:
    """A text as a cell. What a spreadsheet would take for a formula gets an apostrophe before it."""
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        text = "'" + text
    if any(sign in text for sign in (",", '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text
