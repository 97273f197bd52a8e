"""MediaPipe's short-range face detector (BlazeFace), run by LiteRT: a face in about a millisecond.

The network looks at 128 x 128 pixels and answers for 896 places (anchors); where they lie and how an answer is read
is from MediaPipe's `ssd_anchors_calculator` and `tensors_to_detections_calculator` for this model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from enrollment.faces.face import Box
from enrollment.faces.images import Pixels

SIDE = 128
LEAST_SCORE = 0.6
MOST_OVERLAP = 0.3
"""Two boxes that share more than this part of their union show one face."""

_DLIB_SIDE, _DLIB_DROP = 2.4, 0.47
"""A box as dlib's landmarks know it, from both eyes: how many eye distances it is wide, and how far its middle lies
below them. Both were fitted to dlib's own boxes."""
_GRIDS = ((16, 2), (8, 6))
"""Cells a side, and anchors a cell."""

IDENTITY = f"blazeface short range {SIDE} {LEAST_SCORE} {MOST_OVERLAP} {_DLIB_SIDE} {_DLIB_DROP}"


class BlazeFace:
    """Finds faces within about two metres, also turned, masked or in bad light."""

    def __init__(self, path: Path) -> None:
        self._interpreter: Any = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        outputs = {each["name"]: each["index"] for each in self._interpreter.get_output_details()}
        self._places, self._scores = outputs["regressors"], outputs["classificators"]
        self._anchors = _anchors()

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every face, each as wide and as high as dlib would draw it."""
        height, width = pixels.shape[:2]
        scale = SIDE / max(height, width)
        self._interpreter.set_tensor(self._input, _prepared(pixels, scale))
        self._interpreter.invoke()
        logits = self._interpreter.get_tensor(self._scores)[0, :, 0]
        good = np.flatnonzero(logits > np.log(LEAST_SCORE / (1 - LEAST_SCORE)))
        places = self._interpreter.get_tensor(self._places)[0, good]
        # Each place: middle, size, and six points, of which the first two are the eyes.
        anchors = self._anchors[good]
        middles, sizes = places[:, 0:2] + anchors, places[:, 2:4]
        corners = np.concatenate([middles - sizes / 2, middles + sizes / 2], axis=1)
        eyes = places[:, 4:8].reshape(-1, 2, 2) + anchors[:, None, :]
        return [_box(eyes[number] / scale) for number in _apart(corners, logits[good])]


def _anchors() -> NDArray[np.float32]:
    """Return the middle of each anchor, in pixels of the network's input."""
    grids = []
    for cells, each in _GRIDS:
        middles = (np.arange(cells, dtype=np.float32) + 0.5) * (SIDE / cells)
        x, y = np.meshgrid(middles, middles)
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(grids)


def _prepared(pixels: Pixels, scale: float) -> NDArray[np.float32]:
    """Return the picture reduced into the upper left of the network's input, -1 to 1, the rest grey."""
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
    filled = np.zeros((1, SIDE, SIDE, 3), dtype=np.float32)
    filled[0, : size[1], : size[0]] = small / 127.5 - 1.0
    return filled


def _apart(corners: NDArray[np.float32], scores: NDArray[np.float32]) -> list[int]:
    """Return the numbers of the best box of each face."""
    kept: list[int] = []
    for number in np.argsort(-scores):
        if all(_overlap(corners[number], corners[other]) <= MOST_OVERLAP for other in kept):
            kept.append(int(number))
    return kept


def _overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    shared = np.prod(np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0))
    union = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - shared
    return float(shared / union) if union > 0 else 0.0


def _box(eyes: NDArray[np.float32]) -> Box:
    """Return the box that dlib would draw around the face with these eyes."""
    apart = eyes[1] - eyes[0]
    length = float(np.hypot(*apart))
    down = np.array([-apart[1], apart[0]]) * _DLIB_DROP
    x, y = eyes.mean(axis=0) + down
    half = _DLIB_SIDE * length / 2
    return Box(round(x - half), round(y - half), round(x + half), round(y + half))
