"""What enrolment holds about a person: answers, the permit they amount to, the reference it allows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _

from campus import presence
from campus.models import Person
from campus.subjects import Held, Recent
from enrollment import erasure, kept
from enrollment.models import ChildAnswer, ConsentEvent, EnrollmentAttempt, LookAlike, Receipt, Reference

retention = kept.KEPT


def held(student: Person, at: datetime) -> list[Held]:
    """Say what enrolment holds about a person now."""
    references = Reference.objects.filter(student=student)
    answers = ConsentEvent.objects.filter(student=student)
    own = ChildAnswer.objects.filter(student=student)
    pairs = _pairs(student)
    return [
        Held(_("Face templates"), references.count(), references.aggregate(first=Min("enrolled_at"))["first"]),
        Held(_("Answers about consent"), answers.count(), answers.aggregate(first=Min("at"))["first"]),
        Held(_("The student’s own answers"), own.count(), own.aggregate(first=Min("at"))["first"]),
        Held(_("Notes of a look-alike"), pairs.count(), pairs.aggregate(first=Min("found_at"))["first"]),
    ]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return the latest sittings, and what the student said; what guardians answered is on their own pages."""
    attempts = EnrollmentAttempt.objects.filter(student=student).order_by("-begun_at")[:limit]
    answers = ChildAnswer.objects.filter(student=student).order_by("-at")[:limit]
    own = {ChildAnswer.Kind.YES: _("The student said yes"), ChildAnswer.Kind.NO: _("The student said no")}
    refused = EnrollmentAttempt.State.REFUSED
    ended = Receipt.objects.filter(student=student).exclude(cause=Receipt.Cause.ANSWER).order_by("-at")
    return (
        [
            Recent(at, _("Face template destroyed: %(why)s") % {"why": Receipt.Cause(cause).label})
            for at, cause in ended.values_list("at", "cause").distinct()[:limit]
        ]
        + [
            Recent(attempt.begun_at, attempt.get_state_display(), _("Enrolment desk"), attempt.state == refused)
            for attempt in attempts
        ]
        + [Recent(answer.at, own[ChildAnswer.Kind(answer.kind)], _("Enrolment desk")) for answer in answers]
    )


def export(student: Person) -> dict[str, list[dict[str, Any]]]:
    """Return the answers and the fact of a reference; a template can't be exported."""
    return {
        "consent": [
            {"purpose": event.purpose, "answer": event.kind, "method": event.method, "at": event.at.isoformat()}
            for event in ConsentEvent.objects.filter(student=student).order_by("id")
        ],
        "own_answers": [
            {"answer": answer.kind, "at": answer.at.isoformat()}
            for answer in ChildAnswer.objects.filter(student=student).order_by("id")
        ],
        "references": [
            {"id": str(reference.id), "enrolled_at": reference.enrolled_at.isoformat(), "captures": reference.captures}
            for reference in Reference.objects.filter(student=student)
        ],
        "look_alikes": [  # Who the other is, is the other's.
            {"found_at": pair.found_at.isoformat(), "state": pair.state} for pair in _pairs(student)
        ],
    }


@transaction.atomic
def erase(student: Person, reason: str, at: datetime) -> list[str]:
    """Destroy the reference and say so."""
    presence.lock(student.id)
    return ["reference"] * erasure.destroy_references(student, at)


def _pairs(student: Person) -> QuerySet[LookAlike]:
    return LookAlike.objects.filter(Q(student=student) | Q(other=student)).order_by("found_at")
