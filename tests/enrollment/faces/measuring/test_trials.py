"""What is compared with what, and whose it is."""

from __future__ import annotations

import numpy as np
import pytest

from enrollment.faces.distance import average, distance
from enrollment.faces.measuring import apart, trials
from tests.enrollment.faces.measuring.made_up import along, chord, subjects


@pytest.mark.parametrize("numbers", [128, 320])
def test_all_distances_at_once_are_those_of_one_after_the_other(numbers: int) -> None:
    ones, others = (each.templates for each in subjects(2, 4, numbers=numbers))
    assert apart.distances(ones, others) == pytest.approx(
        np.array([[distance(one, other) for other in others] for one in ones]), abs=1e-6
    )


@pytest.mark.parametrize(("photos", "enroll", "frames"), [(6, 5, 1), (12, 5, 3), (9, 3, 2), (2, 1, 1)])
def test_no_photograph_is_compared_with_itself_or_used_twice(photos: int, enroll: int, frames: int) -> None:
    plan = trials.plan(photos, enroll=enroll, frames=frames)
    assert plan.enrolled[0] == list(range(enroll))
    assert len({tuple(places) for places in plan.enrolled}) == min(photos, trials.ROTATIONS)
    for enrolled, attempts in zip(plan.enrolled, plan.genuine, strict=True):
        used = enrolled + [place for attempt in attempts for place in attempt]
        assert len(used) == len(set(used))
        assert all(len(attempt) == frames for attempt in attempts)
        assert len(attempts) == (photos - enroll) // frames


@pytest.mark.parametrize(
    ("photos", "sittings", "enroll", "frames", "enrolled", "tries"),
    [(12, 2, 5, 1, 2, 6), (12, 2, 3, 3, 2, 2), (12, 3, 3, 3, 3, 2), (11, 2, 6, 1, 1, 5), (12, 2, 7, 1, 0, 0)],
)
def test_whoever_is_enrolled_from_one_sitting_is_tried_with_the_others_only(
    photos: int, sittings: int, enroll: int, frames: int, enrolled: int, tries: int
) -> None:
    plan = trials.plan(photos, enroll=enroll, frames=frames, turns=trials.Turns(sittings=sittings))
    longest = -(-photos // sittings)
    assert len(plan.enrolled) == enrolled
    assert [len(attempts) for attempts in plan.genuine] == [tries] * enrolled
    for places, attempts in zip(plan.enrolled, plan.genuine, strict=True):
        (own,) = {place // longest for place in places}
        assert own not in {place // longest for attempt in attempts for place in attempt}
    assert all(len({place // longest for place in attempt}) == 1 for attempt in plan.attempts)


def test_of_sittings_nothing_is_counted_but_what_crosses_from_one_to_another() -> None:
    who = [along("anna", 0, 1, 50, 51), along("ben", 180, 181, 182, 183), along("cleo", 90, 91, 92)]
    compared = trials.compare(who, enroll=2, frames=1, turns=trials.Turns(sittings=2))
    assert compared.names == ("anna", "ben", "cleo")
    assert compared.genuine[:4] == pytest.approx([chord(49.5), chord(50.5), chord(50.5), chord(49.5)], abs=1e-5)
    assert compared.genuine[-1] == pytest.approx(chord(1.5), abs=1e-5)  # Cleo's second sitting is too short to enrol.
    assert trials.counts(compared, chord(10)).misses.tolist() == [4, 0, 0]
    both = trials.compare(who, enroll=2, frames=2, turns=trials.Turns(sittings=2))
    assert both.names == ("anna", "ben")  # Cleo has no two frames but those she is enrolled with.


def test_enrolment_and_attempts_are_normalized_means() -> None:
    who = subjects(2, 5)
    compared = trials.compare(who, enroll=3, frames=2, turns=trials.Turns(rotations=1))
    first, second = (each.templates for each in who)
    assert compared.genuine[0] == pytest.approx(distance(average(list(first[:3])), average(list(first[3:5]))), abs=1e-6)
    assert compared.impostor[0, 2] == pytest.approx(
        distance(average(list(first[:3])), average(list(second[:2]))), abs=1e-6
    )


def test_people_with_too_few_photographs_are_left_out_on_both_sides() -> None:
    compared = trials.compare([*subjects(3, 4), *subjects(2, 3, first=10)], enroll=3, frames=1)
    assert compared.names == ("person 0", "person 1", "person 2")
    assert compared.person_pairs == 3
    assert np.isnan(compared.impostor).sum() == sum(compared.enrolled_people == 0) * 4 * 3


def test_errors_are_counted_by_people() -> None:
    who = [along("anna", 0, 10, 20), along("ben", 25, 40, 90), along("cleo", 180, 181, 182)]
    compared = trials.compare(who, enroll=1, frames=1)
    errors = trials.counts(compared, chord(15.1))
    assert errors.misses.tolist() == [2, 4, 0]
    assert errors.tries.tolist() == [6, 6, 6]
    # 10 and 20 degrees are within 15 of 25; both directions are compared.
    assert errors.matches.tolist() == [[0, 2, 0], [2, 0, 0], [0, 0, 0]]


def test_a_transaction_is_three_attempts_in_a_row() -> None:
    who = [along("anna", 0, 50, 60, 5), along("ben", 90, 91, 92, 93)]
    compared = trials.compare(who, enroll=1, frames=1, turns=trials.Turns(rotations=1))
    assert compared.genuine == pytest.approx([chord(50), chord(60), chord(5), chord(1), chord(2), chord(3)], abs=1e-5)
    assert trials.transactions(compared, chord(10)) == (0.0, 0.0)
    assert trials.transactions(compared, chord(4)) == (0.0, 0.5)
    # Of ben's three tries at anna none matches within 45 degrees, of anna's at ben one does: 60 against 90.
    assert trials.transactions(compared, chord(45)) == (0.5, 0.0)


def test_where_nobody_has_photographs_for_three_tries_nothing_is_said_of_them() -> None:
    assert trials.transactions(trials.compare(subjects(3, 2), enroll=1, frames=1), 0.5) == (None, None)


def test_a_large_dataset_is_compared_with_one_enrolment_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "MOST_COMPARISONS", 100)
    compared = trials.compare(subjects(4, 6), enroll=3, frames=1)
    assert compared.impostor.shape == (4, 24)
