"""E012: a renewal names both the set before and the date on which it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error


def renewal_is_whole(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse half a renewal: without its date the old references would never go, or go at a moment nobody named."""
    before, until = settings.FACE_ENGINES_BEFORE, settings.FACE_RENEWAL_UNTIL
    if not before and not until:
        return []
    if not before or not until:
        given, missing = (
            ("FACE_ENGINES_BEFORE", "FACE_RENEWAL_UNTIL")
            if before
            else (
                "FACE_RENEWAL_UNTIL",
                "FACE_ENGINES_BEFORE",
            )
        )
        return [Error(f"{given} is set and {missing} is not: a renewal needs both", id="campus.E012")]
    if before == settings.FACE_ENGINES:
        return [Error(f"FACE_ENGINES_BEFORE is the set of now, {before}: there is nothing to renew", id="campus.E012")]
    try:
        date.fromisoformat(until)
    except ValueError:
        return [Error("FACE_RENEWAL_UNTIL is no date such as 2027-03-01", id="campus.E012")]
    return []


def register_all() -> None:
    """Register the check with Django."""
    checks.register(renewal_is_whole)
