"""The manifest's [check]: what the network finds in the known picture that every provider is checked with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image

from detector.vision.known_picture import THRESHOLD
from detector.vision.non_maximum_suppression import Candidates, select

from .forms import SIZE

# Providers and picture decoders differ by less than 0.01 and 0.98 in sum; one that is broken differs by far
# more.
TOLERANCE = {"score": 0.05, "iou": 0.9}


def expected_detections(model: bytes, picture: Path) -> dict[str, Any]:
    """The [check] table: run the full form `model` on a picture of 300x300, and note what select() finds."""
    with Image.open(picture) as opened:
        pixels = np.asarray(opened.convert("RGBA"))
    if pixels.shape != (SIZE, SIZE, 4):
        raise ValueError(
            f"{picture.name} is {pixels.shape[1]}x{pixels.shape[0]}, and should be {SIZE}x{SIZE}"
        )
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    outputs = session.run(["boxes", "scores", "class_ids", "anchor_ids"], {"image": pixels[None]})
    candidates = Candidates(*(output.ravel().tolist() for output in outputs))
    found = [
        {
            "class_id": detection.class_id,
            "score": round(detection.score, 4),
            "box": [round(float(edge), 4) for edge in (box.x, box.y, box.right, box.bottom)],
        }
        for detection in select(candidates, 1, 1, threshold=THRESHOLD)
        for box in [detection.box]
    ]
    return {"picture": picture.name, "expected": found, "tolerance": TOLERANCE}
