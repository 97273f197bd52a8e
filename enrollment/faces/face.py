"""A face that was found in a picture: where it is, and five points of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""5 x 2, in pixels, x before y: outer and inner corner of the eye at the picture's right, outer and inner corner of
the eye at its left, base of the nose. This is the order of dlib's five landmarks."""


class Box(NamedTuple):
    """Where a face is, in pixels of the picture it was found in; it may reach beyond the picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """How wide it is, in pixels."""
        return self.right - self.left


@dataclass(frozen=True)
class Face:
    """A face, its points found."""

    box: Box
    points: Points = field(repr=False)

    @property
    def eyes(self) -> NDArray[np.float32]:
        """The centres of both eyes, the one at the picture's left first: 2 x 2, in pixels."""
        return np.stack([self.points[2:4].mean(axis=0), self.points[0:2].mean(axis=0)])

    @property
    def eye_distance(self) -> float:
        """How far apart the centres of the eyes are, in pixels."""
        left, right = self.eyes
        return float(np.linalg.norm(right - left))
