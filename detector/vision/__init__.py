"""Candidates of the network to detections: boxes, non-maximum suppression, the known picture, warm-up. Pure Python."""
