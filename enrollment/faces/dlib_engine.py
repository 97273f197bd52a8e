"""The engine through face_recognition: HOG detection, five landmarks, dlib's 128 numbers, one thread."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from enrollment.faces.distance import Template, normalized
from enrollment.faces.engine import Box
from enrollment.faces.images import Pixels

SEARCH_SIDE = 960
"""Faces are looked for in a copy of this longest side. It bounds the time, and since the detector's
smallest face is 80 pixels wide, it finds every face at least a twelfth as wide as the frame."""
MOST_ENLARGED = 2.0
"""How far a small picture is enlarged to that size: more adds no detail, only faces that are none."""

_ALIGNMENT = "five landmarks; chip 150, padding 0.25; no jitter; L2"
"""What templates depend on besides the weights; a change of it makes another engine version."""


class DlibEngine:
    """Faces by dlib, reached through the library face_recognition."""

    name = "dlib"

    def __init__(self, library: Any, version: str) -> None:
        self._library = library
        self.version = version

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every face at least a twelfth as wide as the picture."""
        height, width = pixels.shape[:2]
        scale = min(SEARCH_SIDE / max(height, width), MOST_ENLARGED)
        size = (round(width * scale), round(height * scale))
        searched = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
        found = self._library.face_locations(searched, number_of_times_to_upsample=0, model="hog")
        return [
            Box(round(left / scale), round(top / scale), round(right / scale), round(bottom / scale))
            for top, right, bottom, left in found
        ]

    def encode(self, pixels: Pixels, box: Box) -> Template:
        """Return the template of the face in the box."""
        place = [(box.top, box.right, box.bottom, box.left)]
        return normalized(self._library.face_encodings(pixels, place, num_jitters=1, model="small")[0])


def load() -> DlibEngine:
    """Load the weights, which takes most of a second, and return the engine.

    Importing face_recognition opens all its weights, the 68-point landmarks among them: those are
    100 MB and licensed for non-commercial use only. So before that import its 68-point file is named
    to be the 5-point one. The former is then never opened, whatever the library is asked to do.
    """
    models: Any = import_module("face_recognition_models")
    models.pose_predictor_model_location = models.pose_predictor_five_point_model_location
    weights = [models.pose_predictor_five_point_model_location(), models.face_recognition_model_location()]
    return DlibEngine(import_module("face_recognition"), _version(weights))


def _version(weights: Sequence[str]) -> str:
    """Return a name for exactly these weights used in exactly this way."""
    parts = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in weights]
    return "dlib-" + hashlib.sha256("\n".join([*parts, _ALIGNMENT]).encode()).hexdigest()[:16]
