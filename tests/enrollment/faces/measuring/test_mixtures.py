"""Enrolments of two people's photographs."""

from __future__ import annotations

import numpy as np
import pytest

from enrollment.faces.measuring import mixtures
from tests.enrollment.faces.measuring.made_up import along, chord, subjects


def test_a_mixture_is_judged_by_its_two_most_different_photographs() -> None:
    drawn = mixtures.draw([along("anna", 0, 5, 10), along("ben", 40, 45, 50)], draws=200)
    assert drawn.mixed[3, 2].max() == pytest.approx(chord(50), abs=1e-6)
    assert drawn.mixed[3, 2].min() == pytest.approx(chord(45), abs=1e-6)
    assert drawn.genuine[3].max() == pytest.approx(chord(10), abs=1e-6)


def test_a_pair_threshold_between_two_people_stops_every_mixture_and_no_own_set() -> None:
    drawn = mixtures.draw(subjects(6, 5), draws=300)
    limit = drawn.pair_threshold(0.0)
    assert limit is not None
    assert drawn.acceptance(limit) == 0.0
    assert drawn.refusal(5, limit) == 0.0
    assert drawn.acceptance(2.0) == 1.0
    assert drawn.refusal(3, 0.0) == 1.0


def test_the_kind_that_is_accepted_most_counts() -> None:
    drawn = mixtures.Mixtures({(3, 2): np.array([1.0, 1.0]), (2, 2): np.array([0.4, 1.0])}, {})
    assert drawn.acceptance(0.5) == 0.5


def test_the_same_people_give_the_same_draws() -> None:
    one, other = (mixtures.draw(subjects(5, 4), draws=50) for _ in range(2))
    assert (one.mixed[2, 2] == other.mixed[2, 2]).all()


def test_one_person_alone_makes_no_mixture() -> None:
    drawn = mixtures.draw(subjects(1, 5), draws=50)
    assert drawn.acceptance(0.5) is None
    assert drawn.pair_threshold(0.01) is None
