"""What enrolment holds about a person: answers, the permit they amount to, the reference it allows."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from campus import calendar, presence, subjects
from campus.models import Person
from campus.subjects import Asked, Held, Recent, Row, Section
from campus.who import Coded
from enrollment import erasure, kept
from enrollment.models import (
    ChildAnswer,
    ConsentEvent,
    EnrollmentAttempt,
    EnrollmentSession,
    LookAlike,
    Permit,
    Purpose,
    Receipt,
    Reference,
)
from enrollment.told import TOLD, UNTOLD

retention = kept.KEPT
told, untold = TOLD, UNTOLD


def held(student: Person, at: datetime) -> list[Held]:
    """Say what enrolment holds about a person now."""
    references = Reference.objects.filter(student=student)
    answers = ConsentEvent.objects.filter(student=student)
    own = ChildAnswer.objects.filter(student=student)
    sat = EnrollmentSession.objects.filter(student=student)
    pairs = _pairs(student)
    permit = Permit.objects.filter(student=student, live=True).first()
    last = formats.date_format(calendar.local_date(student.school, permit.expires_at), "DATE_FORMAT") if permit else ""
    proof = _("It proves what was agreed.")
    three_years = _("Kept until three years after leaving the school.")
    return [
        Held(
            _("Face templates"),
            references.count(),
            references.aggregate(first=Min("enrolled_at"))["first"],
            why=_("The family and the student said yes. It is a row of numbers, and no picture."),
            until=_("Kept until %(day)s at the latest. When a yes ends it is destroyed at once.") % {"day": last},
            until_without_days=_("When a yes ends it is destroyed at once."),
        ),
        Held(
            _("Answers about consent"),
            answers.count(),
            answers.aggregate(first=Min("at"))["first"],
            why=proof,
            until=three_years,
        ),
        Held(
            _("The student’s own answers"),
            own.count(),
            own.aggregate(first=Min("at"))["first"],
            why=proof,
            until=three_years,
        ),
        Held(
            _("Sittings at the enrolment desk"),
            sat.count(),
            sat.aggregate(first=Min("opened_at"))["first"],
            why=_("It tells who took pictures, and who was there. The pictures are gone."),
            until=_("Kept for a year."),
            whereabouts=True,
        ),
        Held(
            _("Notes of a look-alike"),
            pairs.count(),
            pairs.aggregate(first=Min("found_at"))["first"],
            why=_("So that nobody is taken for somebody else."),
            until=_("Kept as long as both face templates."),
        ),
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
            Recent(at, _("Face template destroyed: %(why)s") % {"why": Receipt.Cause(cause).label}, whereabouts=True)
            for at, cause in ended.values_list("at", "cause").distinct()[:limit]
        ]
        + [
            Recent(
                attempt.begun_at,
                attempt.get_state_display(),
                _("Enrolment desk"),
                attempt.state == refused,
                whereabouts=True,
            )
            for attempt in attempts
        ]
        + [
            Recent(answer.at, own[ChildAnswer.Kind(answer.kind)], _("Enrolment desk"), whereabouts=True)
            for answer in answers
        ]
    )


def export(asked: Asked) -> list[Section]:
    """Return the answers and the fact of a reference; of another guardian's no only that there is one."""
    return [*subjects.tell(told, asked), Section("no_of_another", _("A no of somebody else"), _vetoes(asked))]


@transaction.atomic
def erase(student: Person, reason: str, at: datetime) -> list[str]:
    """Destroy the reference and say so."""
    presence.lock(student.id)
    return ["reference"] * erasure.destroy_references(student, at)


def _vetoes(asked: Asked) -> list[Row]:
    """Return the purposes to which another guardian says no. Who that is, is told to nobody."""
    return [
        {"purpose": Coded(purpose, str(purpose.label)), "another_guardian_says_no": True}
        for purpose in Purpose
        if not asked.is_student
        and any(
            said.kind != ConsentEvent.Kind.GIVEN
            for who, said in _last_answers(asked.student, purpose).items()
            if who != asked.viewer.id
        )
    ]


def _last_answers(student: Person, purpose: str) -> dict[int, ConsentEvent]:
    events = ConsentEvent.objects.filter(student=student, purpose=purpose).order_by("id")
    return {event.guardian_id: event for event in events}


def _pairs(student: Person) -> QuerySet[LookAlike]:
    return LookAlike.objects.filter(Q(student=student) | Q(other=student)).order_by("found_at")
