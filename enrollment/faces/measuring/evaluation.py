"""One engine set on one dataset: everything `manage.py evaluate` says, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.measuring import identifying, mixtures, rates, trials
from enrollment.faces.measuring.extraction import Extracted, Subject
from enrollment.faces.measuring.identifying import Identification
from enrollment.faces.measuring.rates import Interval

FMRS = (1e-1, 1e-2, 1e-3, 1e-4)
TARGET_FMR = 1e-4


class TooFewPeopleError(Exception):
    """There is nothing to compare: fewer than two people have enough photographs."""


@dataclass(frozen=True)
class Asked:
    """What an evaluation is asked for."""

    engines: str
    enroll: int
    frames: int
    threshold: float | None = None
    """None takes the threshold at FMR 1e-4 on these very photographs."""
    pair_threshold: float | None = None
    """None takes the one that accepts 1 % of the mixtures of these very photographs."""
    turns: trials.Turns = field(default_factory=trials.Turns)


@dataclass(frozen=True)
class Point:
    """One place of the DET curve. It is a point estimate, shown only if FMR is at least `min_fmr_showable`."""

    fmr: float
    threshold: float
    fnmr: float | None


@dataclass(frozen=True)
class Group:
    """One group of people at the operating threshold: pairs of two people of the group only."""

    name: str
    people: int
    person_pairs: int
    false_match_pairs: int
    fmr: float
    fmr_ci95: Interval
    genuine: int
    missed: int


@dataclass(frozen=True)
class Evaluation:
    """What was measured."""

    asked: Asked
    people: int
    images: int
    fta: float
    refusals: Counter[str]
    skipped: int
    """People with too few photographs that gave a template."""
    enrolled: int
    genuine: int
    impostor: int
    person_pairs: int
    false_match_pairs: int
    threshold: float
    fmr: float
    fmr_ci95: Interval
    fmr_optimistic: bool
    fnmr: float | None
    fnmr_ci95: Interval | None
    transaction_fmr: float | None
    transaction_fnmr: float | None
    pair_threshold: float | None
    mixture_acceptance: float | None
    genuine_refused: float | None
    points: tuple[Point, ...]
    det: tuple[tuple[float, float, float], ...] = field(repr=False)
    """(threshold, FMR, FNMR) along the curve."""
    genuine_distances: NDArray[np.float64] = field(repr=False)
    impostor_distances: NDArray[np.float64] = field(repr=False)
    ms: Mapping[str, float] = field(repr=False)
    groups: tuple[Group, ...] = ()
    identify: Identification | None = None

    @property
    def min_fmr_showable(self) -> float:
        """The smallest false match rate that so many pairs of people can show."""
        return rates.min_fmr_showable(self.person_pairs)

    def for_machines(self) -> dict[str, Any]:
        """Return the numbers under the names that `--json` promises."""
        return {
            "engines": self.asked.engines,
            "people": self.people,
            "images": self.images,
            "fta": self.fta,
            "enrolled": self.enrolled,
            "genuine": self.genuine,
            "impostor": self.impostor,
            "person_pairs": self.person_pairs,
            "false_match_pairs": self.false_match_pairs,
            "min_fmr_showable": self.min_fmr_showable,
            "threshold": self.threshold,
            "fmr": self.fmr,
            "fmr_ci95": list(self.fmr_ci95),
            "fnmr": self.fnmr,
            "fnmr_ci95": None if self.fnmr_ci95 is None else list(self.fnmr_ci95),
            "mixture_acceptance": self.mixture_acceptance,
            "points": [asdict(point) for point in self.points],
            "identify": None if self.identify is None else asdict(self.identify),
            "ms": dict(self.ms),
        }


def evaluate(extracted: Extracted, asked: Asked, groups_of: Mapping[str, str] | None = None) -> Evaluation:
    """Return what an engine set does with a dataset; raises `TooFewPeopleError` where nothing can be compared."""
    compared = trials.compare(extracted.subjects, enroll=asked.enroll, frames=asked.frames, turns=asked.turns)
    if compared.people < 2:
        raise TooFewPeopleError(f"fewer than two people have {_needed(asked)}")
    impostor, genuine = compared.ordered_impostor, np.sort(compared.genuine)
    threshold = rates.threshold_at(impostor, TARGET_FMR) if asked.threshold is None else asked.threshold
    errors = trials.counts(compared, threshold)
    fmr_ci95, optimistic = rates.fmr_interval(errors.matches, errors.enrolled, errors.attempts)
    drawn = mixtures.draw(extracted.subjects)
    pair_threshold = drawn.pair_threshold(0.01) if asked.pair_threshold is None else asked.pair_threshold
    transaction_fmr, transaction_fnmr = trials.transactions(compared, threshold)
    return Evaluation(
        asked=asked,
        people=extracted.people,
        images=extracted.images,
        fta=extracted.fta,
        refusals=extracted.refusals,
        skipped=extracted.people - compared.people,
        enrolled=compared.people,
        genuine=len(genuine),
        impostor=len(impostor),
        person_pairs=compared.person_pairs,
        false_match_pairs=rates.false_match_pairs(errors.matches),
        threshold=threshold,
        fmr=rates.share_within(impostor, threshold),
        fmr_ci95=fmr_ci95,
        fmr_optimistic=optimistic,
        fnmr=1.0 - rates.share_within(genuine, threshold),
        fnmr_ci95=rates.fnmr_interval(errors.misses, errors.tries)[0],
        transaction_fmr=transaction_fmr,
        transaction_fnmr=transaction_fnmr,
        pair_threshold=pair_threshold,
        mixture_acceptance=None if pair_threshold is None else drawn.acceptance(pair_threshold),
        genuine_refused=None if pair_threshold is None else drawn.refusal(max(3, min(asked.enroll, 5)), pair_threshold),
        points=tuple(_point(impostor, genuine, fmr) for fmr in FMRS),
        det=tuple(rates.det_points(impostor, genuine)),
        genuine_distances=genuine,
        impostor_distances=impostor,
        ms=extracted.ms,
        groups=_by_groups(extracted.subjects, asked, threshold, groups_of or {}),
    )


def identify(
    subjects: Sequence[Subject], asked: Asked, *, gallery: int, threshold: float | None, margin: float
) -> tuple[Identification, float]:
    """Return the errors of identification and the threshold: unless given, the one at FPIR 0.1 % on these people."""
    searches = identifying.search(subjects, enroll=asked.enroll, frames=asked.frames, gallery=gallery)
    if threshold is None:
        threshold = identifying.threshold_at(searches, fpir=identifying.TARGET_FPIR, margin=margin)
    return identifying.errors(searches, threshold=threshold, margin=margin), threshold


def _needed(asked: Asked) -> str:
    if asked.turns.sittings > 1:
        return f"a sitting of {asked.enroll} usable photographs and another of {asked.frames}"
    return f"{asked.enroll + asked.frames} usable photographs"


def _point(impostor: NDArray[np.float64], genuine: NDArray[np.float64], fmr: float) -> Point:
    threshold = rates.threshold_at(impostor, fmr)
    return Point(fmr, threshold, 1.0 - rates.share_within(genuine, threshold))


def _by_groups(
    subjects: Sequence[Subject], asked: Asked, threshold: float, groups_of: Mapping[str, str]
) -> tuple[Group, ...]:
    """Measure each group by itself; nobody is compared with somebody of another group."""
    members: dict[str, list[Subject]] = {}
    for each in subjects:
        if each.name in groups_of:
            members.setdefault(groups_of[each.name], []).append(each)
    found = []
    for name, inside in sorted(members.items()):
        compared = trials.compare(inside, enroll=asked.enroll, frames=asked.frames, turns=asked.turns)
        if compared.people < 2:
            found.append(Group(name, compared.people, 0, 0, 0.0, (0.0, 1.0), 0, 0))
            continue
        errors = trials.counts(compared, threshold)
        found.append(
            Group(
                name,
                compared.people,
                compared.person_pairs,
                rates.false_match_pairs(errors.matches),
                rates.share_within(compared.ordered_impostor, threshold),
                rates.fmr_interval(errors.matches, errors.enrolled, errors.attempts)[0],
                len(compared.genuine),
                int(errors.misses.sum()),
            )
        )
    return tuple(found)
