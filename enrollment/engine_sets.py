"""Which engine sets are in use: the one of now, and while a renewal runs the one before it.

A reference is compared by the set it was made with. Changing `FACE_ENGINES` therefore leaves every reference
behind; naming the set before in `FACE_ENGINES_BEFORE`, and in `FACE_RENEWAL_UNTIL` the date on which it ends, keeps
both in use until then. Nothing here loads a matcher: an engine's version is known from what was measured of it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.conf import settings

from enrollment import calibration
from enrollment.calibration import Calibration


def names(at: datetime) -> tuple[str, ...]:
    """Return the names of the sets in use at a moment, that of now first."""
    return (settings.FACE_ENGINES, settings.FACE_ENGINES_BEFORE) if is_renewing(at) else (settings.FACE_ENGINES,)


def in_use(at: datetime) -> tuple[Calibration, ...]:
    """Return what was measured of the sets in use at a moment, as far as they were measured."""
    return tuple(found for name in names(at) if (found := calibration.of_set(name)) is not None)


def current() -> Calibration | None:
    """Return what was measured of the set with which faces are enrolled; None where nothing was."""
    return calibration.of_set(settings.FACE_ENGINES)


def before() -> Calibration | None:
    """Return what was measured of the set that is being left, or was; None where none is named or nothing was."""
    return calibration.of_set(settings.FACE_ENGINES_BEFORE)


def is_outdated(engine: str, at: datetime) -> bool:
    """Tell whether what this engine made can't be compared: its set is not in use, or was never measured."""
    return all(found.engine != engine for found in in_use(at))


def renewal_ends_at() -> datetime | None:
    """Return when the renewal ends, or has ended; None where there is none."""
    if not (settings.FACE_ENGINES_BEFORE and settings.FACE_RENEWAL_UNTIL):
        return None
    return datetime.combine(date.fromisoformat(settings.FACE_RENEWAL_UNTIL), time(), UTC)


def is_renewing(at: datetime) -> bool:
    """Tell whether a renewal runs."""
    ends = renewal_ends_at()
    return ends is not None and at < ends


def is_renewed(at: datetime) -> bool:
    """Tell whether the date of a renewal is past. What may be destroyed then is for `enrollment.renewal` to say."""
    ends = renewal_ends_at()
    return ends is not None and at >= ends
