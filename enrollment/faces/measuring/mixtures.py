"""Enrolments of two people's photographs, and how few of them the rule about every pair lets through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.measuring import apart
from enrollment.faces.measuring.extraction import Subject

DRAWS = 10_000
KINDS = ((3, 2), (2, 2))
"""How many photographs of each of the two people."""

Widest = NDArray[np.float64]
"""Of each set of photographs the distance of its two most different ones: the rule refuses it if that is too large."""


@dataclass(frozen=True)
class Mixtures:
    """The widest pair of each set that was drawn, by the numbers of photographs of each person."""

    mixed: Mapping[tuple[int, int], Widest]
    genuine: Mapping[int, Widest]
    """By the number of photographs, all of one person."""

    def acceptance(self, pair_threshold: float) -> float | None:
        """Return the share of mixtures that are accepted, of the kind that is accepted most."""
        shares = [float((widest <= pair_threshold).mean()) for widest in self.mixed.values() if len(widest)]
        return max(shares, default=None)

    def refusal(self, photos: int, pair_threshold: float) -> float | None:
        """Return the share of one person's own sets of so many photographs that are refused."""
        widest = self.genuine.get(photos, np.zeros(0))
        return float((widest > pair_threshold).mean()) if len(widest) else None

    def pair_threshold(self, acceptance: float) -> float | None:
        """Return the largest pair threshold that accepts at most this share of every kind of mixture."""
        limits = [
            float(np.nextafter(np.sort(widest)[int(acceptance * len(widest))], -np.inf))
            for widest in self.mixed.values()
            if len(widest)
        ]
        return min(limits, default=None)


def draw(subjects: Sequence[Subject], *, draws: int = DRAWS, seed: int = 30107) -> Mixtures:
    """Draw sets of two people's photographs, and sets of one person's, always the same for the same subjects."""
    random = np.random.default_rng(seed)
    within = [apart.distances(each.templates, each.templates) for each in subjects]
    mixed = {kind: _mixed(subjects, within, kind, draws, random) for kind in KINDS}
    genuine = {photos: _genuine(within, photos, draws // 5, random) for photos in (3, 4, 5)}
    return Mixtures(mixed, genuine)


def _mixed(
    subjects: Sequence[Subject],
    within: Sequence[NDArray[np.float64]],
    kind: tuple[int, int],
    draws: int,
    random: np.random.Generator,
) -> Widest:
    more = [place for place, each in enumerate(subjects) if len(each) >= kind[0]]
    fewer = [place for place, each in enumerate(subjects) if len(each) >= kind[1]]
    if not more or len(fewer) < 2:
        return np.zeros(0)
    widest = np.zeros(draws)
    for number in range(draws):
        one = more[random.integers(len(more))]
        other = fewer[random.integers(len(fewer))]
        while other == one:
            other = fewer[random.integers(len(fewer))]
        ours = random.choice(len(subjects[one]), kind[0], replace=False)
        theirs = random.choice(len(subjects[other]), kind[1], replace=False)
        across = apart.distances(subjects[one].templates[ours], subjects[other].templates[theirs]).max()
        widest[number] = max(across, _spread(within[one], ours), _spread(within[other], theirs))
    return widest


def _genuine(within: Sequence[NDArray[np.float64]], photos: int, draws: int, random: np.random.Generator) -> Widest:
    enough = [each for each in within if len(each) >= photos]
    sets = [(enough[random.integers(len(enough))]) for _ in range(draws)] if enough else []
    return np.array([_spread(each, random.choice(len(each), photos, replace=False)) for each in sets])


def _spread(within: NDArray[np.float64], places: NDArray[np.int_]) -> float:
    return float(within[np.ix_(places, places)].max())
