"""Who is inside now; and the lock that every change about one person takes first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from campus.models import Presence

_TURNS = 0x5EA2
"""Which of our advisory locks is that of a school's students; the second half names the school."""


def lock(person_id: UUID) -> Presence:
    """Lock and return a person's presence row for the rest of the transaction.

    Consent, references, keys and passages of one person all begin here, so they happen one after the
    other and a withdrawal wins every race.
    """
    return Presence.objects.select_for_update().get(person_id=person_id)


def take_turns(school: UUID, *, alone: bool) -> None:
    """Let students be looked at side by side, and none while something changes for the whole school.

    Otherwise whoever read the facts before the change could write what they amounted to after it. Until the
    transaction ends.
    """
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s, %s)", [_TURNS, school.int % 2**31])


def move(presence: Presence, *, where: Presence.Where, at: datetime) -> None:
    """Note that the person behind a locked row went in or out."""
    presence.where, presence.since = where, at
    presence.save(update_fields=["where", "since"])
