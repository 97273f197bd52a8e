"""What the gates hold about a person: passages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext as _

from campus.models import Person
from campus.subjects import Held, Recent
from gates import kept
from gates.models import Direction, Passage
from gates.reasons import in_words

retention = kept.KEPT


def held(student: Person, at: datetime) -> list[Held]:
    """Say how many passages are held."""
    passages = Passage.objects.filter(person=student)
    return [Held(_("Passages at the gates"), passages.count(), passages.aggregate(first=Min("occurred_at"))["first"])]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return the latest passages, the refused ones with their reason."""
    directions = {Direction.IN: _("Came in"), Direction.OUT: _("Went out")}
    passages = Passage.objects.filter(person=student).select_related("gate").order_by("-occurred_at")[:limit]
    return [
        Recent(
            passage.occurred_at,
            directions[Direction(passage.direction)] if passage.outcome == "granted" else in_words(passage.reason),
            passage.gate.name,
            passage.outcome != "granted",
        )
        for passage in passages
    ]


def export(student: Person) -> dict[str, list[dict[str, Any]]]:
    """Return a person's passages."""
    return {
        "passages": [
            {
                "at": passage.occurred_at.isoformat(),
                "gate": passage.gate.name,
                "direction": passage.direction,
                "outcome": passage.outcome,
                "reason": passage.reason,
            }
            for passage in Passage.objects.filter(person=student).select_related("gate").order_by("occurred_at")
        ]
    }


def erase(student: Person, reason: str, at: datetime) -> list[str]:
    """Destroy nothing: passages carry no biometric and end with their own retention."""
    return []
