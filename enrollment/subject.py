"""What enrolment holds about a person: answers, the permit they amount to, the reference it allows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from campus import presence
from campus.models import Person
from campus.subjects import Held, Recent
from enrollment import erasure
from enrollment.models import ConsentEvent, Reference

retention = {
    "enrollment.ConsentEvent": "three years after leaving, as proof of what was agreed",
    "enrollment.Receipt": "as long as the answers on it",
    "enrollment.PaperAnswer": "three years after leaving, as proof of what was agreed",
    "enrollment.Permit": "three years after it ended",
    "enrollment.Reference": "until consent ends, at most twelve months; destroyed within a minute",
    "enrollment.ReferenceCiphertext": "as long as its reference",
    "enrollment.EnrollmentAttempt": "one year",
}


def held(student: Person, at: datetime) -> list[Held]:
    """Say what enrolment holds about a person now."""
    references = Reference.objects.filter(student=student)
    answers = ConsentEvent.objects.filter(student=student)
    return [
        Held(_("Face templates"), references.count(), references.aggregate(first=Min("enrolled_at"))["first"]),
        Held(_("Answers about consent"), answers.count(), answers.aggregate(first=Min("at"))["first"]),
    ]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return nothing: answers have a receipt of their own."""
    return []


def export(student: Person) -> dict[str, list[dict[str, Any]]]:
    """Return the answers and the fact of a reference; a template can't be exported."""
    return {
        "consent": [
            {"purpose": event.purpose, "answer": event.kind, "method": event.method, "at": event.at.isoformat()}
            for event in ConsentEvent.objects.filter(student=student).order_by("id")
        ],
        "references": [
            {"id": str(reference.id), "enrolled_at": reference.enrolled_at.isoformat(), "captures": reference.captures}
            for reference in Reference.objects.filter(student=student)
        ],
    }


@transaction.atomic
def erase(student: Person, reason: str, at: datetime) -> list[str]:
    """Destroy the reference and say so."""
    presence.lock(student.id)
    return ["reference"] * erasure.destroy_references(student, at)
