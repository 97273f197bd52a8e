"""One probe against a gallery: how often a stranger is taken for somebody, and somebody for nobody or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.measuring import apart
from enrollment.faces.measuring.extraction import Subject
from enrollment.faces.measuring.trials import Turns, plan

GALLERIES = 20
"""How many galleries are drawn; the people who are not in one are its strangers."""
TARGET_FPIR = 1e-3


@dataclass(frozen=True)
class Searches:
    """What each probe found in each gallery that was drawn."""

    gallery: int
    strangers: int
    stranger_best: NDArray[np.float64]
    stranger_second: NDArray[np.float64]
    stranger_probes: NDArray[np.int_]
    """Which probe, so that one that is accepted again and again is seen."""
    own: NDArray[np.float64]
    other: NDArray[np.float64]
    """Of each probe of an enrolled person the distance of the own reference, and of the nearest other one."""


@dataclass(frozen=True)
class Identification:
    """The errors of identification at one threshold and margin."""

    gallery: int
    strangers: int
    fpir: float
    """Share of strangers' probes that are answered with anybody."""
    fnir: float
    """Share of enrolled people's probes that are not answered with their own name."""
    rank1: float
    """Share of enrolled people's probes whose own reference is the nearest, whatever the threshold."""
    wrong_person: float
    """Share of enrolled people's probes that are answered with another person."""
    worst_probe: float
    """Of the stranger's probe that fared worst: in which share of galleries it was answered with anybody."""
    margin: float


def search(
    subjects: Sequence[Subject], *, enroll: int, frames: int, gallery: int, draws: int = GALLERIES, seed: int = 19795
) -> Searches:
    """Enrol everybody once and search random galleries, with the probes of those who are in them and of strangers.

    Raises ValueError where the gallery leaves no stranger.
    """
    taking = [each for each in subjects if len(each) >= enroll + frames]
    if not 1 <= gallery < len(taking):
        raise ValueError(f"a gallery of {gallery} needs at least {gallery + 1} people with enough photographs")
    plans = [plan(len(each), enroll=enroll, frames=frames, turns=Turns(rotations=1)) for each in taking]
    references = np.concatenate(
        [apart.means(who.templates, its.enrolled) for who, its in zip(taking, plans, strict=True)]
    )
    probes = [apart.means(who.templates, its.genuine[0]) for who, its in zip(taking, plans, strict=True)]
    whose = np.repeat(np.arange(len(taking)), [len(each) for each in probes])
    apart_by = apart.distances(np.concatenate(probes), references)
    random = np.random.default_rng(seed)
    parts = [_searched(apart_by, whose, random.permutation(len(taking))[:gallery]) for _ in range(draws)]
    best, second, numbers, own, other = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Searches(gallery, len(taking) - gallery, best, second, numbers, own, other)


def errors(searches: Searches, *, threshold: float, margin: float) -> Identification:
    """Return the errors at a threshold, where the best must be nearer than the second by a margin."""
    accepted = (searches.stranger_best <= threshold) & (searches.stranger_second - searches.stranger_best >= margin)
    nearest = searches.own < searches.other
    best, second = np.minimum(searches.own, searches.other), np.maximum(searches.own, searches.other)
    answered = (best <= threshold) & (second - best >= margin)
    tried = np.bincount(searches.stranger_probes)
    fooled = np.bincount(searches.stranger_probes, weights=accepted)
    return Identification(
        searches.gallery,
        searches.strangers,
        fpir=float(accepted.mean()),
        fnir=1.0 - float((answered & nearest).mean()),
        rank1=float(nearest.mean()),
        wrong_person=float((answered & ~nearest).mean()),
        worst_probe=float((fooled[tried > 0] / tried[tried > 0]).max()),
        margin=margin,
    )


def threshold_at(searches: Searches, *, fpir: float, margin: float) -> float:
    """Return the largest threshold at which at most this share of strangers' probes is answered."""
    clear = searches.stranger_second - searches.stranger_best >= margin
    reached = np.sort(searches.stranger_best[clear])
    allowed = int(fpir * len(searches.stranger_best))
    if allowed < len(reached):
        return float(np.nextafter(reached[allowed], -np.inf))
    return float(searches.stranger_best.max(initial=0.0))  # So few are clear of the margin that any would do.


def _searched(
    apart_by: NDArray[np.float64], whose: NDArray[np.int_], members: NDArray[np.int_]
) -> tuple[NDArray[Any], ...]:
    """Search one gallery with every probe; a second that isn't there is infinitely far."""
    inside = np.isin(whose, members)
    far = np.full((len(whose), 1), np.inf)
    found = np.sort(np.hstack([apart_by[~inside][:, members], far[: (~inside).sum()]]), axis=1)
    mated = np.hstack([apart_by[inside][:, members], far[: inside.sum()]])
    place = np.argmax(whose[inside][:, None] == members[None, :], axis=1)
    rows = np.arange(len(mated))
    own = mated[rows, place].copy()
    mated[rows, place] = np.inf
    return found[:, 0], found[:, 1], np.flatnonzero(~inside), own, mated.min(axis=1)
