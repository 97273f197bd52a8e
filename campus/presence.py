"""Who is inside now; and the lock that every change about one person takes first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campus.models import Presence


def lock(person_id: UUID) -> Presence:
    """Lock and return a person's presence row for the rest of the transaction.

    Consent, references, keys and passages of one person all begin here, so they happen one after the
    other and a withdrawal wins every race.
    """
    return Presence.objects.select_for_update().get(person_id=person_id)


def move(presence: Presence, *, where: Presence.Where, at: datetime) -> None:
    """Note that the person behind a locked row went in or out."""
    presence.where, presence.since = where, at
    presence.save(update_fields=["where", "since"])
