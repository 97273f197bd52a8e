"""What the school holds about a person: the roll, guardians, cards, marks, presence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext as _

from campus import kept
from campus.models import AttendanceMark, Credential, Person
from campus.subjects import Held, Recent

retention = kept.KEPT


def held(student: Person, at: datetime) -> list[Held]:
    """Say what the school holds about a person now."""
    marks = AttendanceMark.objects.filter(student=student)
    cards = Credential.objects.filter(person=student)
    return [
        Held(_("Attendance marks"), marks.count(), marks.aggregate(first=Min("recorded_at"))["first"]),
        Held(_("Cards"), cards.count(), cards.aggregate(first=Min("issued_at"))["first"]),
    ]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return the latest cards that were made or ended; marks are in the register."""
    found = []
    for card in Credential.objects.filter(person=student).order_by("-issued_at")[:limit]:
        found.append(Recent(card.issued_at, _("Card issued")))
        if card.revoked_at is not None:
            found.append(Recent(card.revoked_at, _("Card ended")))
    return found


def export(student: Person) -> dict[str, list[dict[str, Any]]]:
    """Return the roll's rows about a person."""
    marks = AttendanceMark.objects.filter(student=student).select_related("register").order_by("recorded_at")
    return {
        "person": [{"name": student.name, "number": student.number, "kind": student.kind}],
        "marks": [
            {
                "date": mark.register.date.isoformat(),
                "session": mark.register.kind,
                "code": mark.code,
                "minutes_late": mark.minutes_late,
                "source": mark.source,
                "reason": mark.reason,
            }
            for mark in marks
        ],
    }


def erase(student: Person, reason: str, at: datetime) -> list[str]:
    """Destroy nothing: attendance must be kept, and carries no biometric link."""
    return []
