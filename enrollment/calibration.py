"""What was measured of each engine set: its thresholds, and of whom they were shown to hold.

The numbers stand in `calibration.toml`, written by `manage.py calibrate`. Every process may read them; none needs a
matcher for it. An engine that is not in the file has no threshold, so nothing is compared with it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Group:
    """One group of people that was measured; a pair is of two different people."""

    name: str
    people: int
    person_pairs: int
    false_match_pairs: int
    shown_at: float | None = None
    """The smallest FMR that so many pairs of people can show; None if they are too few to show any target."""
    calibration_people: int = 0
    """How many other people of the group set the thresholds."""
    margin: float | None = None
    """How much nearer than their nearest pair the thresholds must be, since they are too few for a rate."""
    fmr: float | None = None
    """Per attempt, at 3 photos and 3 frames, as are the next ones; `false_match_pairs` is the most of any numbers.
    None, as the next two, in a group that shows no target."""
    fmr_high: float | None = None
    """The upper end of its 95 % interval."""
    three_tries_fmr: float | None = None
    tries: int | None = None
    """Attempts at one's own enrolment; None where nobody had photographs for one."""
    missed: int | None = None
    """How many of them were refused."""


@dataclass(frozen=True)
class Gallery:
    """Up to how many references one identification may search, and with which threshold."""

    largest: int
    threshold: float


@dataclass(frozen=True)
class Calibration:
    """The measured numbers of one engine set. Distances are on that engine's scale, smaller is closer."""

    engines: str
    engine: str
    """The engine's version: a digest of weights, detector, landmarks, alignment and input size."""
    version: str
    """The version of these numbers, stored with every comparison."""
    target_fmr: float
    enrollment_pair: float
    """Largest distance between any two pictures of one enrolment."""
    probe_pair: float
    """Largest distance between any two frames of one capture."""
    too_alike: float
    """Pictures of one enrolment that are nearer than this are the same picture."""
    look_alike: float
    """Two enrolled students nearer than this may be one person, or twins."""
    margin: float
    """By how much the best of a gallery must be nearer than the second."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    galleries: tuple[Gallery, ...] = ()

    def threshold(self, *, photos: int, frames: int) -> float:
        """Return the largest distance called a match between so many enrolled photos and so many frames."""
        return self.thresholds[f"k{photos}f{frames}"]

    def gallery(self, size: int) -> Gallery | None:
        """Return how a gallery of so many references is searched; None where that was not shown to be safe."""
        fitting = [gallery for gallery in self.galleries if gallery.largest >= size]
        return min(fitting, key=lambda gallery: gallery.largest, default=None)


def of_engine(version: str) -> Calibration | None:
    """Return the calibration of exactly this engine; None where it was never measured."""
    return next((each for each in _all() if each.engine == version), None)


def of_set(names: str) -> Calibration | None:
    """Return the calibration of an engine set by its name in the setting `FACE_ENGINES`."""
    return next((each for each in _all() if each.engines == names), None)


def version_of(measured: Calibration) -> str:
    """Return the version that measured numbers have: it names them, and nothing else does."""
    numbers = sorted(asdict(replace(measured, version="")).items())
    return f"measured-{hashlib.sha256(repr(numbers).encode()).hexdigest()[:12]}"


def read(path: Path) -> tuple[Calibration, ...]:
    """Return the calibrations in a file."""
    return tuple(_calibration(each) for each in tomllib.loads(path.read_text())["set"])


def _all() -> tuple[Calibration, ...]:
    return tuple(each for path in settings.FACE_CALIBRATIONS for each in _read_once(path))


_read_once = cache(read)


def _calibration(numbers: dict[str, Any]) -> Calibration:
    groups = tuple(Group(**group) for group in numbers.pop("group", []))
    galleries = tuple(Gallery(**gallery) for gallery in numbers.pop("gallery", []))
    return Calibration(**numbers, groups=groups, galleries=galleries)
