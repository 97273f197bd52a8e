"""Enrolment's numbered check: the models that look at faces are exactly those that were measured.

enrollment.faces is imported here, so only the processes that look at faces register it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from enrollment.faces import required


def models_are_those_measured(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse an engine set of which a file is missing or is another than the one that was measured."""
    found = required.problems(settings.FACE_ENGINES, settings.MODELS_DIR)
    return [Error(f"FACE_ENGINES={settings.FACE_ENGINES}: {problem}", id="campus.E011") for problem in found]


def register_all() -> None:
    """Register the check with Django."""
    checks.register(models_are_those_measured)
