"""Files for the visitor."""

import js


def save_file(blob: "js.Blob", name: str) -> None:
    """Let the visitor have a file, under this name."""
    link = js.document.createElement("a")
    link.href = js.URL.createObjectURL(blob)
    link.download = name
    link.click()
    js.URL.revokeObjectURL(link.href)
