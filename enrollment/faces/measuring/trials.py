"""What is compared with what: enrolments of K photographs, attempts of F frames, and every stranger with everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.measuring import apart, rates
from enrollment.faces.measuring.extraction import Subject

ROTATIONS = 6
"""How many enrolments are made of one person at most, each beginning at another photograph."""
TRIES = 3
"""A transaction is so many attempts: whoever isn't matched tries again."""
MOST_COMPARISONS = 40_000_000


@dataclass(frozen=True)
class Turns:
    """How one person's photographs are enrolled in turn."""

    rotations: int = ROTATIONS
    """How many enrolments are made at most, where the photographs are not cut into sittings."""
    sittings: int = 1
    """Into so many equal parts the photographs are cut, in order. From 2 on each part is enrolled once, and attempts
    are made of the other parts alone."""


@dataclass(frozen=True)
class Plan:
    """Which photographs of one person are enrolled together, and which are attempts, all by their places."""

    enrolled: list[list[int]]
    genuine: list[list[list[int]]]
    """For each enrolment the attempts made of the photographs that are not in it."""
    attempts: list[list[int]]
    """The attempts at other people's enrolments."""


@dataclass(frozen=True)
class Trials:
    """The distances of one experiment, and whose they are. People are numbered as in `names`."""

    names: tuple[str, ...]
    genuine: NDArray[np.float64] = field(repr=False)
    genuine_people: NDArray[np.int_] = field(repr=False)
    genuine_enrollments: NDArray[np.int_] = field(repr=False)
    impostor: NDArray[np.float64] = field(repr=False)
    """Enrolments x attempts; NaN where both are of one person."""
    enrolled_people: NDArray[np.int_] = field(repr=False)
    attempt_people: NDArray[np.int_] = field(repr=False)

    @property
    def people(self) -> int:
        """How many people are compared."""
        return len(self.names)

    @property
    def person_pairs(self) -> int:
        """How many distinct pairs of different people are compared."""
        return rates.pairs_of(self.people)

    @property
    def ordered_impostor(self) -> NDArray[np.float64]:
        """Every distance between two people, ascending."""
        return np.sort(self.impostor[~np.isnan(self.impostor)])


@dataclass(frozen=True)
class Counts:
    """Errors at one threshold by people."""

    matches: NDArray[np.float64]
    """People x people: false matches of the second person's attempts with the first one's enrolments."""
    enrolled: NDArray[np.float64]
    attempts: NDArray[np.float64]
    misses: NDArray[np.float64]
    tries: NDArray[np.float64]


def plan(photos: int, *, enroll: int, frames: int, turns: Turns = Turns()) -> Plan:
    """Plan one person's part: photographs follow each other, as those of one sitting do.

    The first enrolment takes the first `enroll` photographs, the others begin further on; attempts take the
    photographs that are left, in order, `frames` at a time, and none twice for one enrolment.
    """
    if turns.sittings > 1:
        return _of_sittings(photos, turns.sittings, enroll=enroll, frames=frames)
    count = min(photos, turns.rotations)
    orders = [[(start * photos // count + place) % photos for place in range(photos)] for start in range(count)]
    return Plan(
        enrolled=[order[:enroll] for order in orders],
        genuine=[_in_lots(order[enroll:], frames) for order in orders],
        attempts=_in_lots(list(range(photos)), frames),
    )


def compare(
    subjects: Sequence[Subject],
    *,
    enroll: int,
    frames: int,
    turns: Turns = Turns(),
    fewest: int | None = None,
) -> Trials:
    """Return the distances of everybody with at least `fewest` photographs, which is enroll + frames unless given.

    Whose photographs are cut into sittings needs one of `enroll` photographs and another of `frames`.
    """
    taking = [each for each in subjects if len(each) >= (enroll + frames if fewest is None else fewest)]
    if turns.sittings > 1:
        taking = [each for each in taking if any(plan(len(each), enroll=enroll, frames=frames, turns=turns).genuine)]
    plans = [plan(len(each), enroll=enroll, frames=frames, turns=turns) for each in taking]
    if sum(len(each.enrolled) for each in plans) * sum(len(each.attempts) for each in plans) > MOST_COMPARISONS:
        once = replace(turns, rotations=1)
        plans = [plan(len(each), enroll=enroll, frames=frames, turns=once) for each in taking]
    enrolled = [apart.means(who.templates, its.enrolled) for who, its in zip(taking, plans, strict=True)]
    attempts = [apart.means(who.templates, its.attempts) for who, its in zip(taking, plans, strict=True)]
    enrolled_people, attempt_people = _numbered(enrolled), _numbered(attempts)
    genuine = [
        (person, sum(map(len, enrolled[:person])) + number, value)
        for person, (who, its) in enumerate(zip(taking, plans, strict=True))
        for number, sets in enumerate(its.genuine)
        if sets
        for value in apart.distances(enrolled[person][number : number + 1], apart.means(who.templates, sets))[0]
    ]
    impostor = apart.distances(np.concatenate(enrolled), np.concatenate(attempts)) if taking else np.zeros((0, 0))
    impostor[enrolled_people[:, None] == attempt_people[None, :]] = np.nan
    people, numbers, values = zip(*genuine, strict=True) if genuine else ((), (), ())
    return Trials(
        tuple(each.name for each in taking),
        np.array(values, np.float64),
        np.array(people, int),
        np.array(numbers, int),
        impostor,
        enrolled_people,
        attempt_people,
    )


def counts(trials: Trials, threshold: float) -> Counts:
    """Count the errors of each person, and of each pair of people, at a threshold."""
    people = trials.people
    rows, columns = np.nonzero(trials.impostor <= threshold)  # NaN is never at most anything.
    matches = np.zeros((people, people))
    np.add.at(matches, (trials.enrolled_people[rows], trials.attempt_people[columns]), 1)
    missed = trials.genuine > threshold
    return Counts(
        matches,
        np.bincount(trials.enrolled_people, minlength=people).astype(float),
        np.bincount(trials.attempt_people, minlength=people).astype(float),
        np.bincount(trials.genuine_people, weights=missed, minlength=people).astype(float),
        np.bincount(trials.genuine_people, minlength=people).astype(float),
    )


def transactions(trials: Trials, threshold: float) -> tuple[float | None, float | None]:
    """Return (FMR, FNMR) of transactions of three attempts; None where nobody has enough photographs for one.

    An impostor transaction matches if any of a person's three attempts in a row does; a genuine one fails if all do.
    """
    false = [
        trials.impostor[np.ix_(trials.enrolled_people != person, lot)].min(axis=1) <= threshold
        for person in range(trials.people)
        for lot in _in_lots(np.flatnonzero(trials.attempt_people == person).tolist(), TRIES)
    ]
    missed = [
        bool((trials.genuine[lot] > threshold).all())
        for number in range(len(trials.enrolled_people))
        for lot in _in_lots(np.flatnonzero(trials.genuine_enrollments == number).tolist(), TRIES)
    ]
    fmr = float(np.concatenate(false).mean()) if false and trials.people > 1 else None
    return fmr, float(np.mean(missed)) if missed else None


def _of_sittings(photos: int, sittings: int, *, enroll: int, frames: int) -> Plan:
    """Plan one person's part from sittings: whoever is enrolled from one is tried with the others only."""
    parts: list[list[int]] = [part.tolist() for part in np.array_split(np.arange(photos), sittings)]
    lots = [_in_lots(part, frames) for part in parts]
    enough = [number for number, part in enumerate(parts) if len(part) >= enroll]
    return Plan(
        enrolled=[parts[number][:enroll] for number in enough],
        genuine=[[lot for other, own in enumerate(lots) if other != number for lot in own] for number in enough],
        attempts=[lot for own in lots for lot in own],
    )


def _in_lots(places: list[int], size: int) -> list[list[int]]:
    """Return the places in lots of one size, in order; what is left over is left out."""
    return [places[begin : begin + size] for begin in range(0, len(places) - size + 1, size)]


def _numbered(lots: Sequence[apart.Templates]) -> NDArray[np.int_]:
    return np.repeat(np.arange(len(lots)), [len(lot) for lot in lots])
