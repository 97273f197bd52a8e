"""Pictures of one enrolment differ, or one of them is named."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from enrollment.faces.capture import Rules
from enrollment.faces.distance import DIMENSIONS, Template, normalized
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.faces.enrolling import Combined, combine
from enrollment.faces.refusal import Refusal, Refused
from enrollment.faces.variety import repetition
from tests.enrollment.faces import files

ANNA = 1001
RULES = Rules(12_000_000, 0.45, too_alike=0.01)


def at(angle: float) -> Template:
    """A template so many radians away from the first."""
    numbers = np.zeros(DIMENSIONS)
    numbers[:2] = np.cos(angle), np.sin(angle)
    return normalized(numbers)


@pytest.mark.parametrize(
    ("angles", "repeated"),
    [
        ([], None),
        ([0.0], None),
        ([0.0, 0.1, 0.2], None),
        ([0.0, 0.01], 1),
        ([0.0, 0.1, 0.2, 0.11], 3),
        ([0.0, 0.01, 0.2, 0.21], 1),
        ([0.3, 0.0, 0.0], 2),
    ],
)
def test_the_first_picture_that_repeats_another_is_named(angles: list[float], repeated: int | None) -> None:
    assert repetition([at(angle) for angle in angles], 0.05) == repeated


def test_nothing_is_too_alike_where_nothing_was_measured() -> None:
    assert repetition([at(0.0), at(0.0)], 0.0) is None


def test_a_picture_sent_twice_is_refused_and_named() -> None:
    photos = [draw(ANNA), draw(ANNA, 1), draw(ANNA)]
    assert combine(photos, DrawnEngine(), RULES) == Refused(Refusal.TOO_ALIKE, 2)


def test_a_copy_that_was_saved_anew_or_darkened_is_refused() -> None:
    picture = Image.open(io.BytesIO(draw(ANNA)))
    for copy in (picture, ImageEnhance.Brightness(picture).enhance(0.9)):
        photos = [draw(ANNA), draw(ANNA, 1), files.saved(copy, "JPEG", quality=60)]
        assert combine(photos, DrawnEngine(), RULES) == Refused(Refusal.TOO_ALIKE, 2)


def test_different_pictures_of_one_person_are_taken() -> None:
    assert isinstance(combine([draw(ANNA, variant) for variant in range(5)], DrawnEngine(), RULES), Combined)


def test_somebody_else_is_named_before_a_repetition() -> None:
    photos = [draw(ANNA), draw(ANNA), draw(2002)]
    assert combine(photos, DrawnEngine(), RULES) == Refused(Refusal.NOT_ONE_PERSON, 2)
