"""Opening the turnstile for a passage: once, at once, and only for one that is committed and granted."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import cache
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from campus import clock
from gates.models import Gate, Opening, Passage

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=2)


class Turnstile(Protocol):
    """What a driver does. It is asked once a passage and raises if the gate didn't open."""

    def open(self, gate: Gate, direction: str) -> None:
        """Release the lane for one person."""


@cache
def driver() -> Turnstile:
    """Return the driver that the settings name."""
    return cast(Turnstile, import_string(settings.TURNSTILE_DRIVER)())


def open_for(passage_id: UUID) -> bool:
    """Open the gate for a passage and tell whether this call did it.

    The row is read again: an opening is for a committed, granted passage under two seconds old, and the
    compare-and-swap lets it happen once, however often it is asked for.
    """
    at = clock.now()
    passage = Passage.objects.select_related("gate").filter(id=passage_id, outcome="granted").first()
    if passage is None:
        return False
    asked = Opening.objects.filter(passage=passage, state=Opening.State.ASKED)
    if not timedelta(0) <= at - passage.recorded_at < FRESH:
        asked.update(state=Opening.State.FAILED)
        return False
    if not asked.update(state=Opening.State.OPENED, opened_at=at):
        return False
    try:
        driver().open(passage.gate, passage.direction)
    except Exception:
        log.exception("the turnstile of gate %s did not open for passage %s", passage.gate_id, passage_id)
        opened = Opening.objects.filter(passage=passage, state=Opening.State.OPENED)
        opened.update(state=Opening.State.FAILED, opened_at=None)
        return False
    return True


def did_not_open(passage: Passage) -> bool:
    """Tell whether a granted passage's gate failed to open."""
    return passage.opening.state == Opening.State.FAILED
