"""Numbered checks for the processes that look at faces, and for no other.

campus.E011 a weight file is missing, or another than was measured · campus.E013 an engine set is another than was
measured.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from campus import clock
from enrollment import calibration, engine_sets
from enrollment.faces import required

DRAWN = "fake"
"""The set of drawn figures has nothing that could change unnoticed."""


def models_are_those_measured(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse an engine set of which a file is missing or is another than the one that was measured."""
    found = [
        Error(f"FACE_ENGINES={names}: {problem}", id="campus.E011")
        for names in engine_sets.names(clock.now())
        for problem in required.problems(names, settings.MODELS_DIR)
    ]
    if settings.FACE_PAD == "required":
        found += [
            Error(f"FACE_PAD: {problem}", id="campus.E011") for problem in required.of_liveness(settings.LIVENESS_FILE)
        ]
    return found


def engines_are_those_measured(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse numbers that were measured of another version of an engine: nothing would be compared by them."""
    sets = [(name, calibration.of_set(name)) for name in engine_sets.names(clock.now()) if name != DRAWN]
    measured = {name: found.engine for name, found in sets if found is not None}
    wrong = [
        f"the engine set {name} is {version}, and what was measured is {measured[name]}"
        for name, version in zip(measured, _versions(list(measured)), strict=True)
        if version != measured[name]
    ]
    return [Error(words, hint="Run manage.py calibrate, then renew.", id="campus.E013") for words in wrong]


def register_all() -> None:
    """Register the checks with Django."""
    checks.register(models_are_those_measured)
    checks.register(engines_are_those_measured)


def _versions(names: list[str]) -> list[str]:
    """Return the versions of engine sets, asked in a process of their own: this one will fork."""
    if not names:
        return []
    command = [sys.executable, "-m", "enrollment.faces.engine_version", *names]
    asked = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)  # noqa: S603
    return asked.stdout.splitlines() if asked.returncode == 0 else ["unknown"] * len(names)
