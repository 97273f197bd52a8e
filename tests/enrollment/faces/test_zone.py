"""Who stands in front of the camera."""

from __future__ import annotations

import numpy as np
import pytest

from enrollment.faces import zone
from enrollment.faces.face import Box
from enrollment.faces.refusal import Refusal

PICTURE = np.zeros((480, 640, 3), dtype=np.uint8)


def face(x: float, y: float = 0.5, *, width: int = 160) -> Box:
    """A face whose middle is at these parts of the picture."""
    left, top = round(x * 640) - width // 2, round(y * 480) - width // 2
    return Box(left, top, left + width, top + width)


def test_nobody_is_no_face() -> None:
    assert zone.subject([], PICTURE) is Refusal.NO_FACE


@pytest.mark.parametrize("x", [0.1, 0.5, 0.9])
def test_who_is_alone_may_stand_anywhere(x: float) -> None:
    assert zone.subject([face(x)], PICTURE) == face(x)


@pytest.mark.parametrize("places", [(0.25, 0.75), (0.4, 0.6), (0.5, 0.5), (0.35, 0.78)])
def test_two_as_near_are_refused_where_neither_is_clearly_in_the_middle(places: tuple[float, float]) -> None:
    assert zone.subject([face(x) for x in places], PICTURE) is Refusal.SEVERAL_FACES


@pytest.mark.parametrize("order", [1, -1])
def test_who_waits_beside_the_outline_is_left_alone(order: int) -> None:
    boxes = [face(0.5), face(0.85)][::order]
    assert zone.subject(boxes, PICTURE) == face(0.5)


def test_who_waits_above_or_below_the_zone_is_left_alone() -> None:
    assert zone.subject([face(0.5, 0.5), face(0.5, 0.05)], PICTURE) == face(0.5, 0.5)


def test_somebody_further_back_is_left_alone_even_in_the_middle() -> None:
    assert zone.subject([face(0.3), face(0.5, width=79)], PICTURE) == face(0.3)


def test_half_as_wide_is_still_as_near() -> None:
    assert zone.subject([face(0.4), face(0.55, width=80)], PICTURE) is Refusal.SEVERAL_FACES
