"""Presentation attack detection: is this a face, or a picture of one held up to the camera?

A small network (of the MiniFASNet kind) looks at a face with its surroundings, where the edge of a sheet and the grain
of a print show. Its file is optional and its training unknown: `docs/liveness.md` says what it stops, and what not.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from enrollment.faces import converted
from enrollment.faces.face import Box
from enrollment.faces.images import Pixels

LEAST = 0.4
"""The smallest score that passes. Prints scored at most 0.23 and live people at least 0.99 in what was measured; a man
who stood near the edge of the picture 0.6 to 0.9."""
AROUND = 2.2
"""How many times as wide as its box a face is cut out. 2.7 is common for this network, with narrower boxes than dlib's;
with these, 2.2 kept prints and people furthest apart."""
SIDE = 128


class Liveness:
    """Scores faces by one frame each; about 7 ms."""

    def __init__(self, path: Path) -> None:
        self._session = converted.load(path)
        self._input = self._session.get_inputs()[0].name

    def is_live(self, pixels: Pixels, box: Box) -> bool:
        """Tell whether a face passes."""
        return self.score(pixels, box) >= LEAST

    def score(self, pixels: Pixels, box: Box) -> float:
        """Return a number from 0 (an attack) to 1 (live) for the face in a box as dlib would draw it."""
        # The network was trained on what OpenCV reads: blue first, 0 to 255.
        cut = np.asarray(_cut(pixels, box), dtype=np.float32)[:, :, ::-1].transpose(2, 0, 1)
        answers = self._session.run(None, {self._input: np.ascontiguousarray(cut[None])})[0][0].astype(np.float64)
        raised = np.exp(answers - answers.max())
        return float(raised[0] / raised.sum())


def _cut(pixels: Pixels, box: Box) -> Image.Image:
    """Return the face with its surroundings, shifted to stay inside the picture, and smaller where it must be."""
    height, width = pixels.shape[:2]
    size = (max(box.right - box.left, 1), max(box.bottom - box.top, 1))
    around = min(AROUND, width / size[0], height / size[1])
    # Whole pixels: a part that reaches beyond the picture by a rounding error is refused.
    wide, high = (min(max(int(side * around), 1), most) for side, most in zip(size, (width, height), strict=True))
    left = min(max((box.left + box.right - wide) // 2, 0), width - wide)
    top = min(max((box.top + box.bottom - high) // 2, 0), height - high)
    part = Image.fromarray(pixels[top : top + high, left : left + wide])
    return part.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
