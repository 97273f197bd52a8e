"""Five points of a face, and the face cut out and turned upright by them."""

from __future__ import annotations

from typing import Any

import dlib
import numpy as np

from enrollment.faces.face import Box, Face
from enrollment.faces.images import WORKING_SIDE, Pixels

_DLIB_SIDE, _DLIB_PADDING = 150, 0.25
_MOBILE_SIDE = 112
_MOBILE_PLACES = ((38.29, 51.70), (73.53, 51.50), (56.0, 76.5))
"""Where both eyes and the base of the nose come to lie, in pixels of the chip."""

ALIGNMENT = (
    f"pictures of at most {WORKING_SIDE}; five landmarks; dlib chip {_DLIB_SIDE} padding {_DLIB_PADDING}; "
    f"mobilefacenet chip {_MOBILE_SIDE}: {_MOBILE_PLACES}"
)
"""What templates depend on beside weights and detector."""


class Landmarks:
    """dlib's predictor of five points. The one of 68 points is licensed for non-commercial use only: never used."""

    def __init__(self, path: str) -> None:
        self._predictor: Any = dlib.shape_predictor(path)

    def mark(self, pixels: Pixels, box: Box) -> Face:
        """Return the face in a box with its points."""
        # dlib copies the picture it is given: a part of it is as good, and takes half the time.
        left, top = max(0, box.left - box.width // 2), max(0, box.top - box.width // 2)
        part = np.ascontiguousarray(pixels[top : box.bottom + box.width // 2, left : box.right + box.width // 2])
        place = dlib.rectangle(box.left - left, box.top - top, box.right - left, box.bottom - top)
        shape = self._predictor(part, place)
        points = [(shape.part(number).x + left, shape.part(number).y + top) for number in range(5)]
        return Face(box, np.array(points, dtype=np.float32))


def dlib_chip(pixels: Pixels, face: Face) -> Pixels:
    """Return the face as dlib's network takes it: 150 x 150 x 3."""
    points = [dlib.point(round(float(x)), round(float(y))) for x, y in face.points]
    shape = dlib.full_object_detection(dlib.rectangle(*face.box), points)
    chip: Pixels = dlib.get_face_chip(pixels, shape, _DLIB_SIDE, _DLIB_PADDING)
    return chip


def mobile_chip(pixels: Pixels, face: Face) -> Pixels:
    """Return the face as MobileFaceNet takes it: 112 x 112 x 3, turned by both eyes and the base of the nose."""
    there = dlib.dpoints([dlib.dpoint(x, y) for x, y in _MOBILE_PLACES])
    here = dlib.dpoints([dlib.dpoint(float(x), float(y)) for x, y in (*face.eyes, face.points[4])])
    place = dlib.chip_details(there, here, dlib.chip_dims(_MOBILE_SIDE, _MOBILE_SIDE))
    chip: Pixels = dlib.extract_image_chip(pixels, place)
    return chip
