"""Who stands in front of the camera, and when that is not clear."""

from __future__ import annotations

import numpy as np
import pytest

from enrollment.faces import zone
from enrollment.faces.face import Box
from enrollment.faces.refusal import Refusal

HALL = np.zeros((480, 640, 3), dtype=np.uint8)


def face(middle: tuple[int, int], width: int) -> Box:
    x, y = middle
    return Box(x - width // 2, y - width // 2, x + width // 2, y + width // 2)


IN_FRONT = face((320, 240), 200)


def test_nobody_is_no_face() -> None:
    assert zone.subject([], HALL) is Refusal.NO_FACE


@pytest.mark.parametrize("middle", [(320, 240), (10, 10), (640, 480)])
def test_one_face_is_in_front_wherever_it_is(middle: tuple[int, int]) -> None:
    assert zone.subject([face(middle, 120)], HALL) == face(middle, 120)


@pytest.mark.parametrize(
    "passer_by",
    [face((480, 240), 90), face((600, 240), 200), face((20, 60), 250)],
    ids=["further back", "at the side", "near, and leaving the picture"],
)
def test_a_passer_by_is_left_alone(passer_by: Box) -> None:
    assert zone.subject([passer_by, IN_FRONT], HALL) == IN_FRONT
    assert zone.subject([IN_FRONT, passer_by], HALL) == IN_FRONT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (face((160, 240), 150), face((480, 240), 150)),
        (IN_FRONT, face((460, 200), 190)),
        (face((250, 240), 150), face((400, 260), 120)),
    ],
    ids=["side by side", "over the shoulder", "cheek by cheek"],
)
def test_two_who_stand_out_alike_are_not_told_apart(one: Box, other: Box) -> None:
    assert zone.subject([one, other], HALL) is Refusal.SEVERAL_FACES
    assert zone.subject([other, one], HALL) is Refusal.SEVERAL_FACES


def test_faces_in_two_corners_are_nobody_in_front() -> None:
    assert zone.subject([face((0, 0), 100), face((640, 480), 100)], HALL) is Refusal.SEVERAL_FACES
