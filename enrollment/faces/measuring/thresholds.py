"""Thresholds from measurement: set by one half of the people, and tried on the other.

A group with at least 3/f pairs of people, for an f of at most 1e-3, sets its limit by that rate. A smaller group
has no rate: its limit lies below its nearest pair of people by a margin, and the nearest counts for every number of
photographs from 3 on (and for 1 and 2), for so few pairs tell no difference between them. The strictest group's limit
holds for everybody, so a small group can make a threshold stricter and never looser. More frames never make it looser
either: what is no match by one frame must not become one by a looser limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from enrollment.faces.measuring import identifying, mixtures, rates, trials
from enrollment.faces.measuring.extraction import Subject
from enrollment.faces.measuring.mixtures import Mixtures
from enrollment.faces.measuring.rates import Interval

TARGET_FMR = 1e-4
COARSEST_RATE = 1e-3
"""A group that can't show even this sets no threshold by a rate."""
MARGIN_DEVIATIONS = 2 / 3
"""The margin of small groups, in standard deviations of single photographs of two people of the largest group."""
MIXED = 0.005
"""Mixtures accepted when calibrating: half of what is allowed, since the people met later are others."""
NUMBERS = [(photos, frames) for photos in range(1, 6) for frames in range(1, 4)]
_ENROLLED_FROM = 3
GALLERY_SIZES = (50, 100, 200, 500, 1000, 2000, 5000)

Groups = Mapping[str, Sequence[Subject]]


class TooFewPhotographsError(Exception):
    """No group has two people with enough photographs for every number that is enrolled."""


@dataclass(frozen=True)
class Thresholds:
    """What one half of the people gave."""

    by_numbers: Mapping[tuple[int, int], float]
    """(photos enrolled, frames of an attempt) -> largest distance called a match."""
    set_by: Mapping[tuple[int, int], str]
    """Which group was the strictest."""
    small_group_margin: float
    small_groups: frozenset[str]
    pair: float
    """Largest distance of any two photographs of one enrolment, or frames of one attempt."""
    look_alike: float
    margin: float
    galleries: Mapping[int, float]


@dataclass(frozen=True)
class Tried:
    """What the thresholds did to the other half of a group, with so many photos and frames."""

    group: str
    photos: int
    frames: int
    people: int
    person_pairs: int
    false_match_pairs: int
    fmr: float
    fmr_ci95: Interval
    three_tries_fmr: float | None
    genuine: int
    missed: int
    three_tries_fnmr: float | None

    @property
    def fnmr(self) -> float | None:
        """The share of one person's tries that were missed; None where nobody had photographs for one."""
        return self.missed / self.genuine if self.genuine else None


def choose(groups: Groups) -> Thresholds:
    """Return the thresholds that these people's photographs ask for; groups of fewer than two people say nothing.

    Raises `TooFewPhotographsError` unless some group has two people with as many photographs as are enrolled at most.
    """
    groups = {name: who for name, who in groups.items() if len(who) >= 2}
    most = max(photos for photos, _ in NUMBERS)
    if not any(sum(len(each) >= most for each in who) >= 2 for who in groups.values()):
        raise TooFewPhotographsError(
            f"no group has two people with {most} usable photographs among those who calibrate"
        )
    largest = max(groups, key=lambda name: len(groups[name]))
    small_margin = MARGIN_DEVIATIONS * float(_compared(groups[largest], 1, 1).ordered_impostor.std())
    small = frozenset(name for name, who in groups.items() if not _has_rate(rates.pairs_of(len(who))))
    limits = {
        name: _below_nearest(who, small_margin) if name in small else _by_rate(who) for name, who in groups.items()
    }
    known = {key: {name: limit[key] for name, limit in limits.items() if key in limit} for key in NUMBERS}
    strictest = {key: _strictest(known, key) for key in NUMBERS}
    by_numbers = {key: limit for key, (limit, _) in strictest.items()}
    return Thresholds(
        by_numbers,
        {key: group for key, (_, group) in strictest.items()},
        small_margin,
        small,
        pair=_pair_limit(groups, small),
        look_alike=by_numbers[3, 3],
        margin=_margin(groups[largest]),
        galleries=_galleries(
            groups, min(limit for (photos, _), limit in by_numbers.items() if photos >= _ENROLLED_FROM)
        ),
    )


def attempt(groups: Groups, thresholds: Thresholds) -> list[Tried]:
    """Return what the thresholds did to other people than those who set them."""
    found = []
    for name, who in groups.items():
        for (photos, frames), threshold in thresholds.by_numbers.items():
            compared = _compared(who, photos, frames)
            if compared.people >= 2:
                found.append(_tried(name, photos, frames, compared, threshold))
    return found


def mixed(groups: Groups) -> dict[str, Mixtures]:
    """Return the mixtures of each group's people; the draws are always the same."""
    return {name: mixtures.draw(who) for name, who in groups.items()}


def gallery_threshold(compared: trials.Trials, size: int) -> float | None:
    """Return the largest seen distance at which a gallery of this size is safe, by the upper bound; None if not shown.

    Safe means that the upper end of the interval of FMR, times the size, is at most the target FPIR. Only distances
    that were seen are tried: nothing is assumed of the tail beyond the nearest pair.
    """
    allowed = identifying.TARGET_FPIR / size
    if rates.min_fmr_showable(compared.person_pairs) > allowed:
        return None
    ordered = compared.ordered_impostor
    low, high, safe = 0, int(allowed * len(ordered)), None
    while low <= high:
        middle = (low + high) // 2
        limit = float(np.nextafter(ordered[middle], -np.inf))
        errors = trials.counts(compared, limit)
        if rates.fmr_interval(errors.matches, errors.enrolled, errors.attempts)[0][1] <= allowed:
            safe, low = limit, middle + 1
        else:
            high = middle - 1
    return safe


def _by_rate(who: Sequence[Subject]) -> dict[tuple[int, int], float]:
    """Return the limits of a group with enough pairs of people: at the target, or the smallest rate they can show."""
    found = {}
    for photos, frames in NUMBERS:
        compared = _compared(who, photos, frames)
        if compared.people >= 2:
            fmr = max(TARGET_FMR, rates.min_fmr_showable(compared.person_pairs))
            found[photos, frames] = rates.threshold_at(compared.ordered_impostor, fmr)
    return found


def _below_nearest(who: Sequence[Subject], margin: float) -> dict[tuple[int, int], float]:
    """Return the limits of a small group: by the margin nearer than its nearest pair."""
    nearest = {}
    for photos, frames in NUMBERS:
        compared = _compared(who, photos, frames)
        if compared.people >= 2:
            nearest[photos, frames] = float(compared.ordered_impostor[0])
    found = {}
    for photos, frames in NUMBERS:
        alike = [
            each
            for (k, f), each in nearest.items()
            if f == frames and (k >= _ENROLLED_FROM) == (photos >= _ENROLLED_FROM)
        ]
        if alike:
            found[photos, frames] = min(alike) - margin
    return found


def _strictest(known: Mapping[tuple[int, int], Mapping[str, float]], key: tuple[int, int]) -> tuple[float, str]:
    """Return the lowest limit that any group set for so many frames or fewer, and which group that was."""
    photos, frames = key
    return min((limit, group) for fewer in range(1, frames + 1) for group, limit in known[photos, fewer].items())


def _has_rate(person_pairs: int) -> bool:
    return rates.min_fmr_showable(person_pairs) <= COARSEST_RATE


def _compared(who: Sequence[Subject], photos: int, frames: int) -> trials.Trials:
    """Compare everybody with enough photographs for an enrolment, or for an attempt where that takes more."""
    return trials.compare(who, enroll=photos, frames=frames, fewest=max(photos, frames))


def _tried(name: str, photos: int, frames: int, compared: trials.Trials, threshold: float) -> Tried:
    errors = trials.counts(compared, threshold)
    three_tries = trials.transactions(compared, threshold)
    return Tried(
        name,
        photos,
        frames,
        compared.people,
        compared.person_pairs,
        rates.false_match_pairs(errors.matches),
        rates.share_within(compared.ordered_impostor, threshold),
        rates.fmr_interval(errors.matches, errors.enrolled, errors.attempts)[0],
        three_tries[0],
        len(compared.genuine),
        int(errors.misses.sum()),
        three_tries[1],
    )


def _pair_limit(groups: Groups, small: frozenset[str]) -> float:
    """Return the largest distance of two pictures that may show one person.

    In a group with a rate few enough mixtures pass with it; in a small one no two people's photographs are so near.
    """
    limits = []
    for name, who in groups.items():
        if name in small:
            limits.append(float(np.nextafter(_compared(who, 1, 1).ordered_impostor[0], -np.inf)))
        elif (limit := mixtures.draw(who).pair_threshold(MIXED)) is not None:
            limits.append(limit)
    return min(limits)


def _margin(who: Sequence[Subject]) -> float:
    """Return what nine of ten strangers' nearest reference is not nearer by than their second."""
    enough = sum(len(each) >= 4 for each in who)
    searches = identifying.search(who, enroll=3, frames=1, gallery=max(1, enough // 2))
    gaps = searches.stranger_second - searches.stranger_best
    return float(np.quantile(gaps[np.isfinite(gaps)], 0.9)) if np.isfinite(gaps).any() else 0.0


def _galleries(groups: Groups, strictest: float) -> dict[int, float]:
    """Return the threshold of each gallery size that every group with a rate shows to be safe."""
    able = [_compared(who, 3, 3) for who in groups.values() if _has_rate(rates.pairs_of(len(who)))]
    found = {}
    for size in GALLERY_SIZES:
        limits = [limit for each in able if (limit := gallery_threshold(each, size)) is not None]
        if limits:
            found[size] = min(*limits, strictest)
    return found
