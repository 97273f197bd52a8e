"""The head-turn check: was a head turned as asked, or a flat picture of one swung?

A swung picture gets narrower, and every point of it moves as a plane does; in a head that turns, the nose overtakes
the eyes. So a turn is measured by that alone: two views of a plane differ by an affine map, and what each point moves
beyond it, in step with its depth in a head, is the turn (Koenderink and van Doorn, Affine structure from motion, 1991).

Five points are too few for it: with those of the eyes and nose, a plane explains nearly everything. The eight below are
points 33, 133, 362, 263, 1, 61, 291 and 152 of MediaPipe's face landmarks. Nothing here looks at a picture, so whoever
can send landmarks of their own passes; `docs/liveness.md` says what else does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.distance import Template, distance

Landmarks = NDArray[np.float64]
"""8 x 2, in pixels, x before y: outer and inner corner of the eye at the picture's left, inner and outer corner of the
other, tip of the nose, corner of the mouth at the picture's left and at its right, chin."""

DEPTHS = np.array([-0.30, -0.24, -0.24, -0.30, 0.0, -0.28, -0.28, -0.14])
"""How far each lies behind the tip of the nose in an adult's head, where the outer corners of the eyes are 1 apart."""
TURNS = 2
"""How many turns are asked for. Whoever replays a film of two turns has the right one by chance once in four."""
LEAST_TURN = 18.0
"""Degrees. A flat picture swung by 45 shows under 5, one bent as if round a bucket (12 cm) 12, a head turned by 20 some
22 to 29."""
BACK = 8.0
"""Degrees: nearer than this to where it began, a head is back."""
LARGEST_STEP = 12.0
"""Degrees between two frames. Below the least turn, or three photographs shown one after the other would be a turn."""
LEAST_HEIGHT = 0.5
"""What is left of a face's height in a view that still counts."""


class Way(IntEnum):
    """Where to turn, as whoever turns would say it: their own left is at the right of an unmirrored picture."""

    LEFT = 1
    RIGHT = -1


class Fault(StrEnum):
    """Why the frames show no head that turned as it was asked to."""

    NO_FRAMES = "no_frames"
    NOT_ONE_PERSON = "not_one_person"
    JUMPED = "jumped"
    WRONG_WAY = "wrong_way"
    NOT_TURNED = "not_turned"
    NOT_BACK = "not_back"


@dataclass(frozen=True)
class Frame:
    """One moment: where the points were, and whose face it was."""

    landmarks: Landmarks = field(repr=False)
    template: Template = field(repr=False)


def asked(nonce: bytes, turns: int = TURNS) -> tuple[Way, ...]:
    """Return the turns that a nonce asks for, in order; who doesn't know the nonce can't know them."""
    bits = int.from_bytes(hashlib.sha256(b"head turn\0" + nonce).digest(), "big")
    return tuple(Way.LEFT if bits >> number & 1 else Way.RIGHT for number in range(turns))


def fault(frames: Sequence[Frame], nonce: bytes, pair_threshold: float) -> Fault | None:
    """Return what is wrong with frames in which a head should have made the turns of a nonce; None if it did.

    The first frame looks straight on; in each the face must be that of the first, at most `pair_threshold` away on the
    engine's scale. After each turn the head comes back.
    """
    if not frames:
        return Fault.NO_FRAMES
    first = frames[0]
    if any(distance(first.template, frame.template) > pair_threshold for frame in frames):
        return Fault.NOT_ONE_PERSON
    degrees = [turn(first.landmarks, frame.landmarks) for frame in frames]
    if any(abs(later - earlier) > LARGEST_STEP for earlier, later in pairwise(degrees)):
        return Fault.JUMPED
    return _follows(degrees, asked(nonce))


def turn(first: Landmarks, later: Landmarks) -> float:
    """Return by about how many degrees a head turned between two views, positive to its left; near 0 for anything flat.

    The heads of people differ, and a near camera exaggerates: at half a metre 35 degrees show as 25 to 50.
    """
    scale = float(np.linalg.norm(first[3] - first[0]))
    if not scale > 0:
        return 0.0
    start = (first - first.mean(axis=0)) / scale
    end = (later - later.mean(axis=0)) / scale
    known = np.column_stack([start, np.ones(len(start)), DEPTHS])
    # Of each coordinate: what the plane does (x, y, 1), and what depth adds to it.
    (_, upright, _, parallax), *_ = np.linalg.lstsq(known, end, rcond=None)
    # A turn leaves heights as they are, so they tell how much nearer the face came, and how far it is tilted.
    height = float(np.linalg.norm(upright))
    if not height > LEAST_HEIGHT:
        return 0.0
    across = np.array([upright[1], -upright[0]]) / height
    return float(np.degrees(np.arcsin(np.clip(parallax @ across / height, -1.0, 1.0))))


def _follows(degrees: Sequence[float], ways: Sequence[Way]) -> Fault | None:
    """Follow the head through the turns it was asked for."""
    ahead = list(ways)
    turned = False
    for at in degrees:
        if not ahead:
            break
        if turned and abs(at) <= BACK:
            ahead.pop(0)
            turned = False
        elif at * ahead[0] >= LEAST_TURN:
            turned = True
        elif at * ahead[0] <= -LEAST_TURN:
            return Fault.WRONG_WAY
    if not ahead:
        return None
    return Fault.NOT_BACK if turned else Fault.NOT_TURNED
