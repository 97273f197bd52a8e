"""What the school holds about a person: the roll, guardians, cards, marks, presence."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext as _

from campus import kept, reads, subjects
from campus.models import AttendanceMark, Credential, Person
from campus.subjects import Asked, Held, Recent, Section
from campus.told import TOLD, UNTOLD

retention = kept.KEPT
told, untold = TOLD, UNTOLD


def held(student: Person, at: datetime) -> list[Held]:
    """Say what the school holds about a person now."""
    marks = AttendanceMark.objects.filter(student=student)
    cards = Credential.objects.filter(person=student)
    return [
        Held(
            _("Attendance marks"),
            marks.count(),
            marks.aggregate(first=Min("recorded_at"))["first"],
            why=_("A school must write down who came."),
            until=_("Kept for three years."),
            whereabouts=True,
        ),
        Held(
            _("Cards"),
            cards.count(),
            cards.aggregate(first=Min("issued_at"))["first"],
            why=_("The card opens the gate."),
            until=_("Kept until a year after a card has ended."),
        ),
    ]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return the latest cards that were made or ended; marks are in the register."""
    found = []
    for card in Credential.objects.filter(person=student).order_by("-issued_at")[:limit]:
        found.append(Recent(card.issued_at, _("Card issued")))
        if card.revoked_at is not None:
            found.append(Recent(card.revoked_at, _("Card ended")))
    return found


def export(asked: Asked) -> list[Section]:
    """Return the roll's rows about a student, and everything that the log says of them."""
    return [
        *subjects.tell(told, asked),
        Section("log", _("The log: what was done and who looked"), reads.rows(asked)),
    ]


def erase(student: Person, reason: str, at: datetime) -> list[str]:
    """Destroy nothing: attendance must be kept, and carries no biometric link."""
    return []
