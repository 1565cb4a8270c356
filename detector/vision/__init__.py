"""Candidates of the network to detections: boxes, non-maximum suppression, the known picture, warm-up. Pure Python."""

# Of a video's frame: 8K. To play it, Chromium takes some 25 bytes for each.
MOST_VIDEO_PIXELS = 36_000_000
