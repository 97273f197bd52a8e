"""The gates' numbered check: in production no kiosk is told how far apart two templates were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import connection

from gates.models import Kiosk


def no_kiosk_tells_distances(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse, in production, kiosks with the diagnostic right: a distance helps whoever tries to get close."""
    if settings.DEBUG or "default" not in (kwargs.get("databases") or []):
        return []
    if Kiosk._meta.db_table not in connection.introspection.table_names():
        return []  # Before the first migration there are no kiosks.
    telling = Kiosk.objects.filter(diagnostic=True, revoked_at__isnull=True).count()
    if not telling:
        return []
    return [Error(f"{telling} kiosks have the diagnostic right; take it from them or revoke them", id="campus.E006")]


def register_all() -> None:
    """Register the check under Django's tag for those that ask a database."""
    checks.register(no_kiosk_tells_distances, checks.Tags.database)
