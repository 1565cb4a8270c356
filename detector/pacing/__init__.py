"""Which frame to look at: the pacer, the motion gate, stepping through a file. Pure Python."""
