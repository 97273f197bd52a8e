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
from enrollment import disclosures, erasure
from enrollment.models import (
    ChildAnswer,
    ConsentEvent,
    Disclosure,
    EnrollmentAttempt,
    LookAlike,
    Receipt,
    Reference,
)

retention = {
    "enrollment.ConsentEvent": "three years after leaving, as proof of what was agreed",
    "enrollment.Receipt": "as long as the answers on it",
    "enrollment.Acceptance": "as long as the school compares faces: it names nobody but who accepted",
    "enrollment.Notification": "three years after leaving, as proof of who was told",
    "enrollment.Exemption": "three years after leaving, as proof of who was told",
    "enrollment.Hold": "three years after leaving, as proof of what was agreed",
    "enrollment.ConsentStanding": "as long as the student is on the roll; it is worked out from the answers",
    "enrollment.PolicyInForce": "as long as the school; it names nobody",
    "enrollment.ImpactAssessment": "as long as the school compares faces, and six years more",
    "enrollment.SubjectRequest": "three years after it was closed, as proof of what was asked and answered",
    "enrollment.RequestMessage": "as long as its request",
    "enrollment.Disclosure": "six years after it was decided, as proof of who was given what",
    "enrollment.DisclosureStudent": "as long as its disclosure",
    "enrollment.Instrument": "as long as its disclosure",
    "enrollment.PaperAnswer": "three years after leaving, as proof of what was agreed",
    "enrollment.Permit": "three years after it ended",
    "enrollment.Reference": "until consent ends, at most twelve months; destroyed within a minute",
    "enrollment.ReferenceCiphertext": "as long as its reference",
    "enrollment.LookAlike": "until either of the two face templates is destroyed",
    "enrollment.GalleryVersion": "as long as the school; a number that counts changes and names nobody",
    "enrollment.Renewal": "as long as the installation; two engines and a date, which name nobody",
    "enrollment.EnrollmentAttempt": "one year",
    "enrollment.EnrollmentSession": "one year",
    "enrollment.ChildAnswer": "three years after leaving, as proof of what the student said",
}


def held(student: Person, at: datetime) -> list[Held]:
    """Say what enrolment holds about a person now."""
    references = Reference.objects.filter(student=student)
    answers = ConsentEvent.objects.filter(student=student)
    own = ChildAnswer.objects.filter(student=student)
    pairs, told = _pairs(student), disclosures.told_of(student)
    return [
        Held(_("Face templates"), references.count(), references.aggregate(first=Min("enrolled_at"))["first"]),
        Held(_("Answers about consent"), answers.count(), answers.aggregate(first=Min("at"))["first"]),
        Held(_("The student’s own answers"), own.count(), own.aggregate(first=Min("at"))["first"]),
        Held(_("Requests from outside"), told.count(), told.aggregate(first=Min("decided_at"))["first"]),
        Held(_("Notes of a look-alike"), pairs.count(), pairs.aggregate(first=Min("found_at"))["first"]),
    ]


def recent(student: Person, limit: int) -> list[Recent]:
    """Return the latest sittings, and what the student said; what guardians answered is on their own pages."""
    attempts = EnrollmentAttempt.objects.filter(student=student).order_by("-begun_at")[:limit]
    answers = ChildAnswer.objects.filter(student=student).order_by("-at")[:limit]
    own = {ChildAnswer.Kind.YES: _("The student said yes"), ChildAnswer.Kind.NO: _("The student said no")}
    refused = EnrollmentAttempt.State.REFUSED
    ended = Receipt.objects.filter(student=student, cause=Receipt.Cause.RENEWAL).order_by("-at")
    return (
        [
            Recent(at, _("Face template destroyed: the school changed its face reader"))
            for at in ended.values_list("at", flat=True).distinct()[:limit]
        ]
        + [
            Recent(attempt.begun_at, attempt.get_state_display(), _("Enrolment desk"), attempt.state == refused)
            for attempt in attempts
        ]
        + [
            Recent(told.decided_at, _outside(told), told.asked_by, told.status == Disclosure.Status.GIVEN)
            for told in disclosures.told_of(student)[:limit]
            if told.decided_at is not None
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
        "disclosures": [
            {
                "number": told.number,
                "asked_by": told.asked_by,
                "kind": told.asker,
                "asked_on": told.asked_on.isoformat(),
                "law_or_order": told.basis,
                "outcome": told.status,
                "given": told.kinds if told.status == Disclosure.Status.GIVEN else [],
                "of": told.scope,
                "decided_at": told.decided_at.isoformat() if told.decided_at else None,
            }
            for told in disclosures.told_of(student)
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


def _outside(told: Disclosure) -> str:
    given = told.status == Disclosure.Status.GIVEN
    return _("Data given to somebody outside") if given else _("A request from outside, refused")


def _pairs(student: Person) -> QuerySet[LookAlike]:
    return LookAlike.objects.filter(Q(student=student) | Q(other=student)).order_by("found_at")
