"""Numbered checks of what a process is told about faces. None of them loads a matcher.

campus.E012 half a renewal · E013 an engine set that is not the measured one · E014 measured numbers that can't be used.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from campus import clock
from enrollment import calibration, engine_sets
from enrollment.calibration import Calibration

LOOKS_AT_FACES = ("extract", "desk")
DRAWN = "fake"
"""The set of drawn figures has nothing that could change unnoticed."""
NUMBERS = [f"k{photos}f{frames}" for photos in (3, 4, 5) for frames in (1, 2, 3)]
"""For how many enrolled pictures and probe frames there must be a threshold: for all that there can be."""


def renewal_is_whole(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse half a renewal: without its date the old references would never go."""
    words = _what_is_wrong_with_the_renewal(settings.FACE_ENGINES_BEFORE, settings.FACE_RENEWAL_UNTIL)
    return [Error(words, id="campus.E012")] if words else []


def engines_are_those_measured(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse numbers that were measured of another version of an engine: nothing would be compared by them."""
    if calibration_is_usable(None) or renewal_is_whole(None):
        return []  # That is told under another number.
    sets = [(name, calibration.of_set(name)) for name in engine_sets.names(clock.now()) if name != DRAWN]
    measured = {name: found.engine for name, found in sets if found is not None}
    wrong = [
        f"the engine set {name} is {version}, and what was measured is {measured[name]}"
        for name, version in zip(measured, _versions(list(measured)), strict=True)
        if version != measured[name]
    ]
    return [Error(words, hint="Run manage.py calibrate, then renew.", id="campus.E013") for words in wrong]


def calibration_is_usable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a file of measured numbers that can't be read, or that leaves a threshold out."""
    found: list[CheckMessage] = []
    for path in settings.FACE_CALIBRATIONS:
        try:
            sets = calibration.read(path)
        except (OSError, ValueError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
            found.append(Error(f"{path.name} can't be read: {type(error).__name__}", id="campus.E014"))
        else:
            found += [
                Error(f"{path.name}: {one.engines} {words}", id="campus.E014") for one in sets for words in _lacks(one)
            ]
    return found


def register_all() -> None:
    """Register the checks with Django; that of the engines only where engines are loaded."""
    checks.register(renewal_is_whole)
    checks.register(calibration_is_usable)
    if settings.PROCESS in LOOKS_AT_FACES:
        checks.register(engines_are_those_measured)


def _what_is_wrong_with_the_renewal(before: str, until: str) -> str:
    if not before and not until:
        return ""
    if not until:
        return "FACE_ENGINES_BEFORE is set and FACE_RENEWAL_UNTIL is not: a renewal needs both"
    if not before:
        return "FACE_RENEWAL_UNTIL is set and FACE_ENGINES_BEFORE is not: a renewal needs both"
    if before == settings.FACE_ENGINES:
        return f"FACE_ENGINES_BEFORE is the set of now, {before}: there is nothing to renew"
    try:
        date.fromisoformat(until)
    except ValueError:
        return "FACE_RENEWAL_UNTIL is no date such as 2027-03-01"
    return ""


def _lacks(measured: Calibration) -> list[str]:
    """Return in words what a set's numbers lack."""
    missing = [name for name in NUMBERS if name not in measured.thresholds]
    if missing:
        return [f"has no threshold {', '.join(missing)}"]
    if measured.version != calibration.version_of(measured) and measured.engines != DRAWN:
        # A school accepted the numbers of a version: others may not go by its name.
        return ["was changed by hand, or cut: its version is not that of its numbers"]
    return []


def _versions(names: list[str]) -> list[str]:
    """Return the versions of engine sets, asked in a process of their own: this one will fork."""
    if not names:
        return []
    command = [sys.executable, "-m", "enrollment.faces.engine_version", *names]
    asked = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)  # noqa: S603
    return asked.stdout.splitlines() if asked.returncode == 0 else ["unknown"] * len(names)
