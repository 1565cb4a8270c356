"""Which provider runs the network, what falls back when one fails, when memory asks for a new one. Pure Python."""
