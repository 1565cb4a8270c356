"""The end of the network once more, in numpy: raw heads to candidates.

The graph does this itself, in 20 operations (tools/model/convert/tail.py). This one is written to be read, and is
the reference that the graph's is tested against: every score and every box is computed, then the best are
taken.
"""

import numpy as np
from numpy.typing import NDArray

from detector.vision.non_maximum_suppression import Candidates

# How far a prediction reaches, relative to the anchor: the constants of TensorFlow's object detection API.
CENTRE_VARIANCE = 0.1
SIZE_VARIANCE = 0.2


def decode(
    encodings: NDArray[np.float32],
    logits: NDArray[np.float32],
    anchors: NDArray[np.float32],
    class_ids: list[int],
    count: int = 200,
) -> Candidates:
    """The `count` best of all pairs of an anchor and a class, best first.

    encodings: [1, N, 4], t_y, t_x, t_height, t_width of each anchor. logits: [1, N, C]. anchors: [N, 4],
    y0, x0, y1, x1 as fractions of the picture. class_ids: what each of the C columns is. Of equal logits,
    that of the lower anchor comes first, then that of the lower column.
    """
    flat = logits[0].ravel()
    places = np.argsort(-flat, kind="stable")[:count]
    anchor_ids, columns = np.divmod(places, len(class_ids))
    scores = 1 / (1 + np.exp(-flat[places]))
    boxes = decode_boxes(encodings[0], anchors)[anchor_ids]
    return Candidates(
        boxes.ravel().tolist(), scores.tolist(), np.array(class_ids)[columns].tolist(), anchor_ids.tolist()
    )


def decode_boxes(encodings: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes [N, 4], x0, y0, x1, y1, of encodings [N, 4] and anchors [N, 4] (Liu et al., 2016, section 2.2).

    A centre is shifted by a part of the anchor's size, and a size is multiplied by an exponential.
    """
    y0, x0, y1, x1 = anchors.T
    t_y, t_x, t_height, t_width = encodings.T
    height, width = y1 - y0, x1 - x0
    centre_y = (y0 + y1) / 2 + CENTRE_VARIANCE * t_y * height
    centre_x = (x0 + x1) / 2 + CENTRE_VARIANCE * t_x * width
    half_height = height * np.exp(SIZE_VARIANCE * t_height) / 2
    half_width = width * np.exp(SIZE_VARIANCE * t_width) / 2
    corners = [centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height]
    return np.stack(corners, axis=1).astype(np.float32)
