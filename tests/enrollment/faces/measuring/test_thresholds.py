"""Thresholds are set by one half of the people, by the strictest group, and never by a rate of too few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from enrollment.faces.measuring import dataset, rates, thresholds, trials
from enrollment.faces.measuring.extraction import Subject
from tests.enrollment.faces.measuring.made_up import along, subjects

MANY = 79  # 3,081 pairs of people: just enough to show 1e-3.


@pytest.fixture(scope="module")
def large() -> Sequence[Subject]:
    return subjects(MANY, 5)


@pytest.fixture(scope="module")
def alone(large: Sequence[Subject]) -> thresholds.Thresholds:
    return thresholds.choose({"large": large})


def test_nobody_is_in_both_halves_and_a_name_is_always_in_the_same() -> None:
    names = [f"person {number}" for number in range(1000)]
    setting = {name for name in names if dataset.calibrates(name)}
    assert 450 < len(setting) < 550
    assert setting == {name for name in reversed(names) if dataset.calibrates(name)}


def test_a_group_with_enough_pairs_sets_the_threshold_by_its_rate(
    large: Sequence[Subject], alone: thresholds.Thresholds
) -> None:
    ordered = trials.compare(large, enroll=1, frames=1, fewest=1).ordered_impostor
    matched = float((ordered <= alone.by_numbers[1, 1]).mean())
    assert 5e-4 < matched <= 3 / 3081
    assert alone.small_groups == frozenset()


def test_a_small_group_of_look_alikes_makes_every_threshold_stricter(
    large: Sequence[Subject], alone: thresholds.Thresholds
) -> None:
    near = [along("anna", 0, 1, 2, 3, 4), along("ben", 30, 31, 32, 33, 34)]
    with_them = thresholds.choose({"large": large, "near": near})
    assert with_them.small_groups == {"near"}
    assert all(with_them.by_numbers[key] < alone.by_numbers[key] for key in thresholds.NUMBERS)
    nearest = trials.compare(near, enroll=1, frames=1, fewest=1).ordered_impostor[0]
    assert with_them.by_numbers[1, 1] == pytest.approx(nearest - with_them.small_group_margin)
    assert with_them.set_by[1, 1] == "near"
    assert with_them.pair < nearest


def test_a_small_group_never_makes_a_threshold_looser(large: Sequence[Subject], alone: thresholds.Thresholds) -> None:
    far = [along("anna", 0, 1, 2, 3, 4), along("ben", 180, 181, 182, 183, 184)]
    with_them = thresholds.choose({"large": large, "far": far})
    assert with_them.by_numbers == alone.by_numbers


def test_more_frames_never_make_a_threshold_looser(alone: thresholds.Thresholds) -> None:
    # Of single photographs of these two some are near each other, of the means of two and three none.
    turning = [along("anna", 0, 60, 0, 60, 0, 60), along("ben", 90, 150, 90, 150, 90, 150)]
    nearest = {
        frames: trials.compare(turning, enroll=3, frames=frames, fewest=3).ordered_impostor[0] for frames in (1, 2, 3)
    }
    assert nearest[1] < nearest[2]
    assert nearest[1] < nearest[3]
    chosen = thresholds.choose({"large": subjects(MANY, 6), "turning": turning})
    for photos in range(1, 6):
        one, two, three = (chosen.by_numbers[photos, frames] for frames in (1, 2, 3))
        assert one >= two >= three
    assert chosen.by_numbers[3, 2] == chosen.by_numbers[3, 1]
    assert chosen.set_by[3, 3] == chosen.set_by[3, 1] == "turning"
    assert all(
        alone.by_numbers[photos, frames] >= alone.by_numbers[photos, frames + 1]
        for photos in range(1, 6)
        for frames in (1, 2)
    )


def test_too_few_photographs_for_every_number_are_no_calibration() -> None:
    with pytest.raises(thresholds.TooFewPhotographsError, match="two people with 5"):
        thresholds.choose({"small": subjects(9, 4)})


def test_only_rates_are_shown_that_the_pairs_of_people_bear() -> None:
    assert rates.shown_at(0, 0) is None
    assert rates.shown_at(299, 0) is None
    assert rates.shown_at(300, 0) == 1e-2
    assert rates.shown_at(29_999, 0) == 1e-3
    assert rates.shown_at(30_000, 0) == 1e-4


def test_false_matches_take_back_what_the_number_of_pairs_would_show() -> None:
    """One in 4,743 pairs is bounded by 1e-3 with 95 %, three in 7,752 (tables of Clopper and Pearson)."""
    assert [rates.shown_at(pairs, 1) for pairs in (4_700, 4_800)] == [1e-2, 1e-3]
    assert [rates.shown_at(pairs, 3) for pairs in (7_700, 7_800)] == [1e-2, 1e-3]
    assert rates.shown_at(30_000, 100) == 1e-2
    assert rates.shown_at(5_565, 500) is None


def test_no_gallery_is_shown_by_too_few_pairs_of_people(large: Sequence[Subject]) -> None:
    compared = trials.compare(large, enroll=3, frames=1)
    assert thresholds.gallery_threshold(compared, 1) is None  # 0 of 3,081 pairs: at most 1.2e-3, not 1e-3.
    assert thresholds.gallery_threshold(compared, 50) is None


def test_a_gallery_is_searched_by_the_upper_bound_of_the_rate() -> None:
    random = np.random.default_rng(1)
    people = 100
    impostor = random.uniform(0.5, 1.0, (people, people))
    np.fill_diagonal(impostor, np.nan)
    numbered = np.arange(people)
    empty = np.zeros(0)
    compared = trials.Trials(
        tuple(map(str, numbered)), empty, empty.astype(int), empty.astype(int), impostor, numbered, numbered
    )
    limit = thresholds.gallery_threshold(compared, 1)
    assert limit is not None
    assert limit < compared.ordered_impostor[int(1e-3 * 9900)]  # Stricter than the rate that was seen.


def test_what_the_thresholds_did_to_others_is_counted_by_people(alone: thresholds.Thresholds) -> None:
    others = subjects(20, 4, first=500)
    tried = {(each.photos, each.frames): each for each in thresholds.attempt({"large": others}, alone)}
    usual = tried[3, 1]
    assert (usual.people, usual.person_pairs, usual.false_match_pairs) == (20, 190, 0)
    assert usual.fmr_ci95[1] == pytest.approx(1 - 0.025 ** (1 / 190))
    assert (usual.genuine, usual.missed, usual.fnmr) == (80, 0, 0.0)
    assert tried[3, 3].fnmr is None  # Nobody has six photographs.
    assert (5, 1) not in tried
