"""An engine set: a detector, five points, and one or two networks whose numbers stand side by side in a template."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from enrollment.faces import blazeface, converted, hog, landmarks, weights
from enrollment.faces.distance import FUSION, Template, normalized
from enrollment.faces.face import Box, Face
from enrollment.faces.images import Pixels
from enrollment.faces.matchers import Dlib, Matcher, MobileFaceNet

_BOTH = (weights.RESNET, weights.LANDMARKS, weights.MOBILEFACENET, weights.BLAZEFACE)
IDENTITIES = {
    "dlib": (*weights.identity(weights.RESNET, weights.LANDMARKS), hog.IDENTITY, landmarks.ALIGNMENT),
    "dlib,mobilefacenet": (*weights.identity(*_BOTH), blazeface.IDENTITY, landmarks.ALIGNMENT, FUSION),
}
"""Name of a set -> everything that its templates depend on."""


class Detector(Protocol):
    """Finds faces."""

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every face in the picture, as dlib would draw it."""


class ComposedEngine:
    """Finds, marks and encodes faces by its parts."""

    def __init__(
        self,
        name: str,
        identity: Sequence[str],
        detector: Detector,
        points: landmarks.Landmarks,
        matchers: Sequence[Matcher],
    ) -> None:
        self.name = name
        self.version = _version(name, identity)
        self._detector, self._points, self._matchers = detector, points, matchers

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every face in the picture."""
        return self._detector.locate(pixels)

    def mark(self, pixels: Pixels, box: Box) -> Face:
        """Return the face in the box with its five points."""
        return self._points.mark(pixels, box)

    def encode(self, pixels: Pixels, face: Face) -> Template:
        """Return the template of the face: the numbers of each network, each of length 1, one after the other."""
        return normalized(np.concatenate([matcher.encode(pixels, face) for matcher in self._matchers]))


def dlib_alone(folder: Path) -> ComposedEngine:
    """Return the set that needs no optional file."""
    points = landmarks.Landmarks(str(weights.landmarks()))
    return ComposedEngine("dlib", IDENTITIES["dlib"], hog.Hog(), points, [_dlib(folder)])


def dlib_and_mobilefacenet(folder: Path) -> ComposedEngine:
    """Return the set with the second network and the faster detector, from files that `make models` fetches."""
    detector = blazeface.BlazeFace(weights.checked(folder / weights.BLAZEFACE))
    points = landmarks.Landmarks(str(weights.landmarks()))
    mobile = MobileFaceNet(weights.checked(folder / weights.MOBILEFACENET))
    name = "dlib,mobilefacenet"
    return ComposedEngine(name, IDENTITIES[name], detector, points, [_dlib(folder), mobile])


def version_of(name: str) -> str:
    """Return the version that a set has once it is loaded, without loading it."""
    return _version(name, IDENTITIES[name])


def _dlib(folder: Path) -> Dlib:
    return Dlib(converted.session(weights.resnet(), folder))


def _version(name: str, identity: Sequence[str]) -> str:
    """Return a name for exactly these weights used in exactly this way."""
    return f"{name.replace(',', '+')}-" + hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]
