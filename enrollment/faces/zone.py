"""Who stands in front: the face of the capture, or a refusal where that is not clear."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from enrollment.faces.face import Box
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal

AS_NEAR = 0.6
"""A face that stands out at least so much as the foremost stands in the zone too. One that doesn't is a passer-by."""
FALL = 1.5
"""How fast a face counts less away from the middle, where the screen shows its outline: at an edge it is a quarter."""


def subject(boxes: Sequence[Box], pixels: Pixels) -> Box | Refusal:
    """Return the box of the one person in front of the camera that took these pixels.

    A face stands out by its width and by how near the middle it is. Passers-by further back or at the side are left
    alone and never encoded; two who stand out alike are not told apart by guessing.
    """
    if not boxes:
        return Refusal.NO_FACE
    places = [_standing_out(box, pixels) for box in boxes]
    near = [place >= AS_NEAR * max(places) for place in places]
    return boxes[near.index(True)] if near.count(True) == 1 else Refusal.SEVERAL_FACES


def _standing_out(box: Box, pixels: Pixels) -> float:
    height, width = pixels.shape[:2]
    aside = hypot((box.left + box.right) / 2 / width - 0.5, (box.top + box.bottom) / 2 / height - 0.5)
    return box.width * max(0.0, 1.0 - FALL * aside)
