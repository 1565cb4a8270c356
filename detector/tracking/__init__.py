"""Over time: where things are between two looks, what appeared and left, the last minute's history. Pure Python."""
