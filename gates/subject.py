"""What the gates hold about a person: passages."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext as _

from campus import subjects
from campus.models import Person
from campus.subjects import Asked, Held, Recent, Section
from gates import kept
from gates.models import Passage
from gates.reasons import DIRECTIONS, in_words

retention = kept.KEPT
from gates.decision import Outcome
from gates.told import TOLD, UNTOLD

told, untold = TOLD, UNTOLD


def held(student: Person, at: datetime) -> list[Held]:
    """Say how many passages are held."""
    passages = Passage.objects.filter(person=student)
    return [
        Held(
            _("Passages at the gates"),
            passages.count(),
            passages.aggregate(first=Min("occurred_at"))["first"],
            why=_("To know who is inside, and to look into what went wrong at a gate."),
            until=_("Kept for six months."),
            whereabouts=True,
        )
    ]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return the latest passages, the refused ones with their reason."""
    passages = Passage.objects.filter(person=student).select_related("gate").order_by("-occurred_at")[:limit]
    return [
        Recent(
            passage.occurred_at,
            str(DIRECTIONS[passage.direction]) if passage.outcome == Outcome.GRANTED else in_words(passage.reason),
            passage.gate.name,
            passage.outcome != Outcome.GRANTED,
            whereabouts=True,
        )
        for passage in passages
    ]


def export(asked: Asked) -> list[Section]:
    """Return a student's passages, and what the gates' screens sent."""
    return subjects.tell(told, asked)


def erase(student: Person, reason: str, at: datetime) -> list[str]:
    """Destroy nothing: passages carry no biometric and end with their own retention."""
    return []
