"""One probe against a gallery of people, of whom it may be none."""

from __future__ import annotations

import numpy as np
import pytest

from enrollment.faces.measuring import identifying
from enrollment.faces.measuring.identifying import Searches
from tests.enrollment.faces.measuring.made_up import subjects


def test_people_far_apart_are_found_and_strangers_are_not() -> None:
    searches = identifying.search(subjects(12, 6), enroll=5, frames=1, gallery=6)
    found = identifying.errors(searches, threshold=0.6, margin=0.0)
    assert (found.gallery, found.strangers) == (6, 6)
    assert (found.fpir, found.fnir, found.rank1, found.wrong_person, found.worst_probe) == (0.0, 0.0, 1.0, 0.0, 0.0)


def test_a_threshold_that_matches_everybody_names_every_stranger() -> None:
    searches = identifying.search(subjects(8, 4), enroll=3, frames=1, gallery=4)
    assert identifying.errors(searches, threshold=2.0, margin=0.0).fpir == 1.0


def test_every_error_is_counted_for_what_it_is() -> None:
    searches = Searches(
        gallery=2,
        strangers=2,
        stranger_best=np.array([0.2, 0.9, 0.2, 0.9]),
        stranger_second=np.array([0.8, 1.0, 0.25, 1.0]),
        stranger_probes=np.array([0, 1, 0, 1]),
        own=np.array([0.1, 0.5, 0.9, 0.30]),
        other=np.array([0.9, 0.2, 1.0, 0.32]),
    )
    found = identifying.errors(searches, threshold=0.4, margin=0.0)
    assert (found.fpir, found.worst_probe) == (0.5, 1.0)
    assert (found.rank1, found.wrong_person, found.fnir) == (0.75, 0.25, 0.5)
    strict = identifying.errors(searches, threshold=0.4, margin=0.1)
    assert (strict.fpir, strict.worst_probe) == (0.25, 0.5)
    assert (strict.wrong_person, strict.fnir) == (0.25, 0.75)


def test_the_threshold_at_a_rate_lets_no_more_strangers_through() -> None:
    searches = identifying.search(subjects(12, 4), enroll=3, frames=1, gallery=6)
    threshold = identifying.threshold_at(searches, fpir=0.1, margin=0.0)
    assert 0.0 < identifying.errors(searches, threshold=threshold, margin=0.0).fpir <= 0.1


def test_a_gallery_leaves_somebody_outside() -> None:
    with pytest.raises(ValueError, match="needs at least 5 people"):
        identifying.search(subjects(4, 4), enroll=3, frames=1, gallery=4)
