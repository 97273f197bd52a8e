"""E011: the weight files are exactly those that were measured. For the processes that look at faces alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from campus import clock
from enrollment import engine_sets, face_checks
from enrollment.faces import required


def models_are_those_measured(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a weight file in use that is missing or is another than the one that was measured."""
    if face_checks.renewal_is_whole(None):
        return []  # That is told under another number.
    problems = [
        f"FACE_ENGINES={names}: {problem}"
        for names in engine_sets.names(clock.now())
        for problem in required.problems(names, settings.MODELS_DIR)
    ]
    if settings.FACE_PAD == "required":
        problems += [f"FACE_PAD: {problem}" for problem in required.of_liveness(settings.LIVENESS_FILE)]
    return [Error(problem, id="campus.E011") for problem in problems]


def register_all() -> None:
    """Register the check with Django."""
    checks.register(models_are_those_measured)
