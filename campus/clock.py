"""The one place that reads the clock. Operations read it once and pass `at` on."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings


def now() -> datetime:
    """Return the time now in UTC, moved by `CLOCK_SHIFT` in demonstrations."""
    shifted: datetime = datetime.now(UTC) + settings.CLOCK_SHIFT
    return shifted
