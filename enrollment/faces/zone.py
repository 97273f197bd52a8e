"""Who stands in front: the face of the capture, or a refusal where that is not clear."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from enrollment.faces.face import Box
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal

AS_NEAR = 0.5
"""A face at least so many times as wide as the widest stands as near. One further back is a passer-by."""
APART = 0.2
"""By how much nearer to the middle than anybody else the one in front must be, in parts of the picture's longer side:
a kiosk asks people to stand in its outline, and who waits beside that is a passer-by too."""


def subject(boxes: Sequence[Box], pixels: Pixels) -> Box | Refusal:
    """Return the box of the one person in front. Passers-by are left alone and never encoded."""
    if not boxes:
        return Refusal.NO_FACE
    widest = max(box.width for box in boxes)
    near = sorted((box for box in boxes if box.width >= AS_NEAR * widest), key=lambda box: _off_the_middle(box, pixels))
    if len(near) > 1 and _off_the_middle(near[1], pixels) < _off_the_middle(near[0], pixels) + APART:
        return Refusal.SEVERAL_FACES
    return near[0]


def _off_the_middle(box: Box, pixels: Pixels) -> float:
    """Return how far the middle of a face is from that of the picture, in parts of its longer side."""
    height, width = pixels.shape[:2]
    return hypot(box.left + box.right - width, box.top + box.bottom - height) / (2.0 * float(max(height, width)))
