"""Shares of errors and their intervals, against values that are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from enrollment.faces.measuring import rates


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 28, 0.0, 1 - 0.025 ** (1 / 28)),
        (10, 10, 0.025**0.1, 1.0),
        (1, 10, 0.00253, 0.44502),
        (5, 100, 0.01643, 0.11284),
        (19, 30_000, 0.000381, 0.000989),
    ],
)
def test_an_exact_interval_is_the_one_in_the_tables(hits: int, trials: int, low: float, high: float) -> None:
    assert rates.clopper_pearson(hits, trials) == pytest.approx((low, high), abs=2e-5 if trials < 1000 else 2e-6)


def test_nothing_is_said_of_no_trials() -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        rates.clopper_pearson(0, 0)


def test_a_rate_is_shown_by_three_times_its_inverse_in_pairs_of_people() -> None:
    assert rates.pairs_of(78) == 3003
    assert rates.min_fmr_showable(3003) < 1e-3 < rates.min_fmr_showable(rates.pairs_of(77))
    assert rates.min_fmr_showable(0) == 1.0


def test_a_threshold_lets_no_more_through_than_its_rate() -> None:
    impostor = np.arange(1, 10_001) / 10_000
    for fmr, matched in ((1e-4, 1), (1e-3, 10), (1e-2, 100)):
        threshold = rates.threshold_at(impostor, fmr)
        assert rates.share_within(impostor, threshold) * 10_000 == pytest.approx(matched)
    assert rates.share_within(impostor, rates.threshold_at(impostor, 9e-5)) == 0.0


def test_equal_distances_are_all_let_through_or_none() -> None:
    impostor = np.array([0.5] * 10 + [0.9] * 90)
    assert rates.share_within(impostor, rates.threshold_at(impostor, 0.05)) == 0.0
    assert rates.share_within(impostor, rates.threshold_at(impostor, 0.10)) == pytest.approx(0.10)


def test_the_det_curve_passes_through_the_counted_points() -> None:
    impostor, genuine = np.array([0.5, 0.6, 0.7, 0.8]), np.array([0.1, 0.2, 0.55, 0.9])
    points = {round(threshold, 6): (fmr, fnmr) for threshold, fmr, fnmr in rates.det_points(impostor, genuine)}
    assert points[0.1] == (0.0, 0.75)
    assert points[0.5] == (0.25, 0.5)
    assert points[0.6] == (0.5, 0.25)
    assert points[0.9] == (1.0, 0.0)
    curve = sorted(points.items())
    assert all(one[0] <= other[0] and one[1] >= other[1] for (_, one), (_, other) in pairwise(curve))


def test_the_bootstrap_pairs_nobody_with_themselves() -> None:
    people = 40
    matches = np.ones((people, people)) - np.eye(people)  # One of each person's four attempts matches everybody else.
    enrolled, attempts = np.ones(people), np.full(people, 4.0)
    interval, optimistic = rates.fmr_interval(matches, enrolled, attempts)
    assert not optimistic
    assert interval == pytest.approx((0.25, 0.25))


def test_the_bootstrap_widens_where_one_person_makes_all_false_matches() -> None:
    people = 40
    spread, one = np.zeros((people, people)), np.zeros((people, people))
    one[0, 1:] = 1
    for number in range(people - 1):
        spread[number, number + 1] = 1
    ones = np.ones(people)
    (low, high), _ = rates.fmr_interval(one, ones, ones)
    (spread_low, spread_high), _ = rates.fmr_interval(spread, ones, ones)
    assert one.sum() == spread.sum()
    assert low < spread_low < 39 / 1560 < spread_high < high


def test_few_false_matching_pairs_are_counted_by_pairs_of_people() -> None:
    people = 40
    matches = np.zeros((people, people))
    matches[3, 4] = matches[4, 3] = 5  # One pair, in both directions, however many comparisons.
    interval, optimistic = rates.fmr_interval(matches, np.full(people, 6.0), np.full(people, 6.0))
    assert optimistic
    assert rates.false_match_pairs(matches) == 1
    assert interval[1] == pytest.approx(rates.clopper_pearson(1, rates.pairs_of(people))[1])
    assert interval[0] <= 10 / (people * (people - 1) * 36) <= interval[1]


def test_a_miss_rate_without_a_miss_is_bounded_by_people_not_by_attempts() -> None:
    interval, rough = rates.fnmr_interval(np.zeros(8), np.full(8, 100.0))
    assert rough
    assert interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 8)))


def test_a_miss_rate_of_many_people_is_inside_its_interval() -> None:
    misses, tries = np.tile([1.0, 0.0], 50), np.full(100, 4.0)
    (low, high), rough = rates.fnmr_interval(misses, tries)
    assert not rough
    assert low < 0.125 < high
    assert high - low < 0.06
