"""Detections to draw commands: styles, colours, heat maps. Pure Python."""
