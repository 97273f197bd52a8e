"""The weight files: where they lie, which exact ones are known, and a refusal to read any other.

dlib's come with a Python package. The optional ones are fetched by `make models`; see docs/models.md for where they
are from and what is known of them.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

SHA256 = {
    "dlib_face_recognition_resnet_model_v1.dat": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    "shape_predictor_5_face_landmarks.dat": "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    "MobileFaceNet.tflite": "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b",
    "face_detection_short_range.tflite": "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    "fr_liveness.onnx": "afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d",
}
"""File name -> SHA-256: what was measured was measured with exactly these."""

RESNET, LANDMARKS = "dlib_face_recognition_resnet_model_v1.dat", "shape_predictor_5_face_landmarks.dat"
MOBILEFACENET, BLAZEFACE = "MobileFaceNet.tflite", "face_detection_short_range.tflite"
LIVENESS = "fr_liveness.onnx"


class WrongWeightsError(Exception):
    """A weight file is missing, or is another than the one that was measured; the message says which."""


def resnet() -> Path:
    """Return dlib's face recognition network, checked."""
    return checked(Path(_packaged().face_recognition_model_location()))


def landmarks() -> Path:
    """Return dlib's predictor of five points, checked."""
    return checked(Path(_packaged().pose_predictor_five_point_model_location()))


def checked(path: Path) -> Path:
    """Return the same path if the file is there and exactly the one that is known by its name."""
    if not path.is_file():
        raise WrongWeightsError(f"{path.name} is missing: `make models` fetches the optional models")
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[path.name]:
        raise WrongWeightsError(f"{path.name} is not the file that was measured: its SHA-256 differs")
    return path


def identity(*names: str) -> list[str]:
    """Return what names these files in an engine's version."""
    return [SHA256[name] for name in names]


def _packaged() -> Any:
    return import_module("face_recognition_models")
