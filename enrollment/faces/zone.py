"""Who stands in front: the face of the capture, or a refusal where that is not clear."""

from __future__ import annotations

from collections.abc import Sequence

from enrollment.faces.face import Box
from enrollment.faces.refusal import Refusal

AS_NEAR = 0.5
"""A face at least so many times as wide as the widest stands in the zone too. One further back is a passer-by."""


def subject(boxes: Sequence[Box]) -> Box | Refusal:
    """Return the box of the one person in front. Passers-by further back are left alone and never encoded."""
    if not boxes:
        return Refusal.NO_FACE
    widest = max(boxes, key=lambda box: box.width)
    near = [box for box in boxes if box.width >= AS_NEAR * widest.width]
    return widest if len(near) == 1 else Refusal.SEVERAL_FACES
