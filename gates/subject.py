"""What the gates hold about a person: passages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext as _

from campus.models import Person
from campus.subjects import Held, Recent
from gates.decision import Outcome
from gates.models import Direction, Passage

retention = {
    "gates.Passage": "six months",
    "gates.Capture": "six months; it never held a picture",
    "gates.Claim": "six months",
    "gates.Opening": "six months",
}


def held(student: Person, at: datetime) -> list[Held]:
    """Say how many passages are held."""
    passages = Passage.objects.filter(person=student)
    return [Held(_("Passages at the gates"), passages.count(), passages.aggregate(first=Min("occurred_at"))["first"])]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return the latest passages. They don't say whether a face or a card decided: the lane is the same."""
    passages = Passage.objects.filter(person=student).select_related("gate").order_by("-occurred_at")[:limit]
    return [Recent(passage.occurred_at, _in_words(passage)) for passage in passages]


def _in_words(passage: Passage) -> str:
    if passage.outcome != Outcome.GRANTED:
        return _("Not opened: %(gate)s") % {"gate": passage.gate.name}
    said = _("In: %(gate)s") if passage.direction == Direction.IN else _("Out: %(gate)s")
    return said % {"gate": passage.gate.name}


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
