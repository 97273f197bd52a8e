"""What is asked of a photograph that is measured: what a gate asks of a frame."""

from __future__ import annotations

import math

from enrollment.faces.capture import Rules


def of(max_pixels: int) -> Rules:
    """Return a gate's rules for pictures. Whether they show one person is what is measured, so no pair is refused."""
    return Rules(max_pixels=max_pixels, pair_threshold=math.inf)
