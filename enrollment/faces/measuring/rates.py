"""Shares of errors and how sure they are: people, not comparisons, are what an experiment has many or few of."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating]
Interval = tuple[float, float]

LEVEL = 0.95
ONE_SIDED = 0.90
"""The two-sided level whose upper end bounds a rate with 95 %."""
FEW = 20
"""Under so many people or pairs with an error a bootstrap has too little to draw from."""
REPLICATES = 1000
SHOWN_BY = 3.0
"""A rate f is shown by 3/f pairs of people: none wrong among them bounds it by f, at 95 %."""
SHOWABLE = (1e-2, 1e-3, 1e-4)


def min_fmr_showable(person_pairs: int) -> float:
    """Return the smallest false match rate that so many distinct pairs of people can show."""
    return min(1.0, SHOWN_BY / person_pairs) if person_pairs else 1.0


def shown_at(person_pairs: int, false_match_pairs: int) -> float | None:
    """Return the smallest of 1e-2, 1e-3 and 1e-4 that so many pairs of people show, if any.

    There must be 3/f pairs, which without a false match bound the rate by f with 95 %; with false matches among them
    their one-sided bound (Clopper-Pearson) must not lie beyond f either.
    """
    if not person_pairs:
        return None
    bound = max(min_fmr_showable(person_pairs), clopper_pearson(false_match_pairs, person_pairs, ONE_SIDED)[1])
    return min((fmr for fmr in SHOWABLE if bound <= fmr), default=None)


def bears_a_rate(person_pairs: int) -> bool:
    """Tell whether there are pairs enough to tell a rate of them at all, and not only a count."""
    return shown_at(person_pairs, 0) is not None


def threshold_at(impostor: Numbers, fmr: float) -> float:
    """Return the largest threshold at which at most this share of impostor distances match.

    A distance equal to the threshold matches. `impostor` is sorted ascending, and not empty.
    """
    first_refused = impostor[min(int(fmr * len(impostor)), len(impostor) - 1)]
    return float(np.nextafter(np.float64(first_refused), -np.inf))


def share_within(ordered: Numbers, threshold: float) -> float:
    """Return the share of distances, sorted ascending, that are at most the threshold."""
    return float(np.searchsorted(ordered, threshold, side="right")) / len(ordered)


def det_points(impostor: Numbers, genuine: Numbers, *, count: int = 400) -> list[tuple[float, float, float]]:
    """Return (threshold, FMR, FNMR) along the thresholds where errors change, both inputs sorted ascending."""
    lowest, highest = min(impostor[0], genuine[0]), max(impostor[-1], genuine[-1])
    shares = np.geomspace(1 / len(impostor), 1.0, count)
    steps = impostor[np.maximum((shares * len(impostor)).round().astype(int) - 1, 0)]
    thresholds = np.unique(np.concatenate([[lowest], steps, [highest]]).astype(np.float64))
    return [(float(t), share_within(impostor, t), 1.0 - share_within(genuine, t)) for t in thresholds]


def clopper_pearson(hits: int, trials: int, level: float = LEVEL) -> Interval:
    """Return the exact two-sided interval of a share of independent trials (Clopper and Pearson 1934)."""
    if not 0 <= hits <= trials or trials == 0:
        raise ValueError("hits are between 0 and the number of trials, and there is at least one trial")
    tail = (1.0 - level) / 2
    low = 0.0 if hits == 0 else _bisected(lambda p: 1.0 - _at_most(hits - 1, trials, p) < tail)
    high = 1.0 if hits == trials else _bisected(lambda p: _at_most(hits, trials, p) > tail)
    return low, high


def fmr_interval(matches: Numbers, enrolled: Numbers, probes: Numbers) -> tuple[Interval, bool]:
    """Return the 95 % interval of the false match rate, and whether it is an optimistic one.

    `matches[i, j]` counts the false matches of person j's attempts with person i's enrolments (people x people,
    its diagonal 0); `enrolled` and `probes` are how many of these each person has. Whole people are drawn with
    replacement, and nobody is paired with a copy of themselves. Under 20 pairs of people with a false match the
    interval is Clopper-Pearson's over pairs of people instead: optimistic, since pairs that share a person are
    not independent.
    """
    pairs, wrong = pairs_of(len(matches)), false_match_pairs(matches)
    if wrong < FEW:
        rate = matches.sum() / (enrolled.sum() * probes.sum() - enrolled @ probes)
        # No fewer than the rate says and no more than the pairs say, so that the rate is always inside.
        return (clopper_pearson(math.floor(rate * pairs), pairs)[0], clopper_pearson(wrong, pairs)[1]), True
    drawn = _drawn(len(matches))
    found = ((drawn @ matches) * drawn).sum(axis=1)
    tried = (drawn @ enrolled) * (drawn @ probes) - (drawn**2) @ (enrolled * probes)
    return _middle(found[tried > 0] / tried[tried > 0]), False


def fnmr_interval(misses: Numbers, tries: Numbers) -> tuple[Interval, bool]:
    """Return the 95 % interval of the false non-match rate from each person's misses and tries, and if it is rough.

    People are drawn as for the false match rate. Where fewer than 20 of them were missed at all, it is
    Clopper-Pearson's over people, as if one person's tries all ended alike.
    """
    people = len(tries)
    if np.count_nonzero(misses) < FEW:
        as_people = float(misses.sum() / tries.sum()) * people
        return (
            clopper_pearson(math.floor(as_people), people)[0],
            clopper_pearson(math.ceil(as_people), people)[1],
        ), True
    drawn = _drawn(people)
    return _middle((drawn @ misses) / (drawn @ tries)), False


def pairs_of(people: int) -> int:
    """Return how many distinct pairs so many people make."""
    return people * (people - 1) // 2


def false_match_pairs(matches: Numbers) -> int:
    """Return how many distinct pairs of people have any false match, in either direction."""
    return int(np.count_nonzero(np.triu(matches + matches.T, k=1)))


def _drawn(people: int) -> NDArray[np.float64]:
    """Return how often each person is drawn in each replicate: replicates x people, always the same."""
    return np.random.default_rng(19795).multinomial(people, [1 / people] * people, size=REPLICATES).astype(np.float64)


def _middle(values: Numbers) -> Interval:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _at_most(hits: int, trials: int, share: float) -> float:
    """Return the binomial probability of at most so many hits, for a share strictly between 0 and 1."""
    ways = [math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) for k in range(hits + 1)]
    hit, miss = math.log(share), math.log1p(-share)
    logs = [each + k * hit + (trials - k) * miss for k, each in enumerate(ways)]
    highest = max(logs)
    return math.exp(highest) * sum(math.exp(each - highest) for each in logs)


def _bisected(below: Callable[[float], bool]) -> float:
    """Return where a condition that holds for small shares ends to hold."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2
