"""What a family asks about a child's data, and what the school does about it. Who may, by when, and in which words.

`ask`, `add_words`, `close` and `of` are the family's; `acknowledge`, `answer`, `add_words` and `close` the data
protection officer's. Each guardian sees their own requests only. An objection, or a wish to delete, that is about the
face is a No in the same transaction: nothing is compared from then on, whenever somebody reads it.

    asked -> acknowledged -> answered -> closed     (asked -> answered: answering acknowledges)
    answered -> acknowledged                        when the family writes again
    any but closed -> closed                        when who asked takes it back

`due_on` is the last day for the school's next step: a complaint is acknowledged by then and, acknowledged, answered
by the next one; everything else is answered by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from campus import audit, calendar, outbox, people, presence
from campus.models import Person, Role, School, User
from enrollment import answers, policies
from enrollment.models import Purpose, RequestMessage, SubjectRequest
from enrollment.refusals import Refused

Kind, Status, Outcome = SubjectRequest.Kind, SubjectRequest.Status, SubjectRequest.Outcome

LONGEST = 4000
"""Letters of one message."""
STOPPING = (Kind.OBJECTION, Kind.ERASURE)
"""Kinds that are a No as well where they are about the face."""
TELL_FAMILY = "request.tell_family"
TELL_OFFICERS = "request.tell_officers"
"""Topics of the outbox; their subject is the request's id."""


@dataclass(frozen=True)
class Asked:
    """What a guardian sends."""

    kind: str
    words: str
    about_face: bool = True
    """Where it objects or wants to delete: whether that is about the face, and so a No."""
    form: UUID | None = None
    """The form that was sent, so that a second click asks nothing more."""


def due_on(school: School, kind: str, at: datetime) -> date:
    """Return the last day for the school's next step about something asked now."""
    policy = policies.of(school)
    days = policy.complaint_acknowledged_days if kind == Kind.COMPLAINT else policy.access_days
    return calendar.local_date(school, at) + timedelta(days=days)


@transaction.atomic
def ask(*, student: Person, by: User, asked: Asked, at: datetime) -> SubjectRequest:
    """Write down what a guardian asks. The same form sent again asks nothing more.

    Raises:
        Refused: `not_a_guardian`, `no_kind`, `no_words`, `long_words`.
    """
    if not people.is_guardian(by, student):
        raise Refused("not_a_guardian")
    if asked.kind not in Kind.values:
        raise Refused("no_kind")
    words = _checked(asked.words)
    presence.lock(student.id)
    sent = SubjectRequest.objects.filter(form=asked.form, student=student, asked_by=by).first()
    if asked.form is not None and sent is not None:
        return sent
    stops = asked.about_face and asked.kind in STOPPING
    request = SubjectRequest.objects.create(
        school=student.school,
        student=student,
        asked_by=by,
        kind=asked.kind,
        about_face=stops,
        receipt=answers.take_back(student=student, guardian=by, purpose=Purpose.GATE_ACCESS, at=at) if stops else None,
        due_on=due_on(student.school, asked.kind, at),
        form=asked.form,
        asked_at=at,
    )
    _write(request, by, words, at, from_school=False)
    _record("asked", request, by, at, asked=asked.kind, about_face=stops)
    _tell_officers(request, at)
    return request


@transaction.atomic
def add_words(*, request: SubjectRequest, by: User, words: str, at: datetime) -> RequestMessage:
    """Add what one side writes to an open request. The family's words after an answer ask for another.

    Raises:
        Refused: `not_theirs`, `own_child`, `closed`, `no_words`, `long_words`.
    """
    from_school = _check_side(request, by)
    request = _locked(request)
    message = _write(request, by, _checked(words), at, from_school=from_school)
    if from_school:
        _tell_family(request, at)
        return message
    reopened = SubjectRequest.objects.filter(id=request.id, status=Status.ANSWERED).update(
        status=Status.ACKNOWLEDGED, acknowledged_at=at, due_on=due_on(request.school, request.kind, at)
    )
    if reopened:
        _record("asked_again", request, by, at)
    _tell_officers(request, at)
    return message


@transaction.atomic
def acknowledge(*, request: SubjectRequest, by: User, at: datetime) -> None:
    """Tell the family that the school has seen it. Raises `Refused`: `not_officer`, `own_child`, `already`."""
    check_officer(by, request.student)
    due = due_on(request.school, request.kind, at) if request.kind == Kind.COMPLAINT else request.due_on
    asked = SubjectRequest.objects.filter(id=request.id, status=Status.ASKED)
    if not asked.update(status=Status.ACKNOWLEDGED, acknowledged_at=at, due_on=due):
        raise Refused("already")
    _record("acknowledged", request, by, at)
    _tell_family(request, at)


@transaction.atomic
def answer(*, request: SubjectRequest, by: User, outcome: str, words: str, at: datetime) -> None:
    """Answer a request with its outcome, in words that the family reads.

    Raises:
        Refused: `not_officer`, `own_child`, `already`, `no_outcome`, `no_words`, `long_words`.
    """
    check_officer(by, request.student)
    if outcome not in (Outcome.DONE, Outcome.PARTLY, Outcome.REFUSED):
        raise Refused("no_outcome")
    words = _checked(words)
    still = SubjectRequest.objects.filter(id=request.id, status__in=(Status.ASKED, Status.ACKNOWLEDGED))
    if not still.update(status=Status.ANSWERED, answered_at=at, outcome=outcome):
        raise Refused("already")
    _write(request, by, words, at, from_school=True)
    _record("answered", request, by, at, outcome=outcome)
    _tell_family(request, at)


@transaction.atomic
def close(*, request: SubjectRequest, by: User, at: datetime) -> None:
    """Close what is answered; who asked may take it back before. A No that it was stays a No.

    Raises:
        Refused: `not_theirs`, `own_child`, `closed`, `not_answered`.
    """
    from_school = _check_side(request, by)
    request = _locked(request)
    if from_school and request.status != Status.ANSWERED:
        raise Refused("not_answered")
    outcome = request.outcome if request.status == Status.ANSWERED else Outcome.TAKEN_BACK
    SubjectRequest.objects.filter(id=request.id).update(status=Status.CLOSED, closed_at=at, outcome=outcome)
    _record("closed", request, by, at, outcome=outcome)


def of(student: Person, user: User) -> QuerySet[SubjectRequest]:
    """Return what a user has asked about a child, newest first, with the messages: never another guardian's."""
    asked = SubjectRequest.objects.filter(student=student, asked_by=user)
    return asked.select_related("school", "receipt").prefetch_related("messages__by").order_by("-asked_at")


def waiting(school: School) -> QuerySet[SubjectRequest]:
    """Return the requests of a school that it owes its next step, the first due first."""
    owed = SubjectRequest.objects.filter(school=school, status__in=(Status.ASKED, Status.ACKNOWLEDGED))
    return owed.select_related("student", "asked_by").order_by("due_on", "asked_at")


def check_officer(by: User, student: Person) -> None:
    """Refuse whoever isn't the school's data protection officer, or is a guardian of the student."""
    if not people.has_role(by, student.school, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_officer")
    if people.is_own_child(by, student):
        raise Refused("own_child")


def _check_side(request: SubjectRequest, by: User) -> bool:
    """Tell whether somebody acts for the school here. Raises `Refused` for whoever is on neither side."""
    if by.id == request.asked_by_id:
        return False
    if not people.has_role(by, request.school, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_theirs")
    check_officer(by, request.student)
    return True


def _locked(request: SubjectRequest) -> SubjectRequest:
    found = SubjectRequest.objects.select_for_update(of=("self",)).select_related("school").get(id=request.id)
    if found.status == Status.CLOSED:
        raise Refused("closed")
    return found


def _checked(words: str) -> str:
    words = words.strip()
    if not words:
        raise Refused("no_words")
    if len(words) > LONGEST:
        raise Refused("long_words")
    return words


def _write(request: SubjectRequest, by: User, words: str, at: datetime, *, from_school: bool) -> RequestMessage:
    return RequestMessage.objects.create(
        school=request.school, request=request, by=by, from_school=from_school, words=words, at=at
    )


def _record(what: str, request: SubjectRequest, by: User, at: datetime, **body: object) -> None:
    told = {"request": str(request.id), **body}
    audit.record(f"request.{what}", school=request.school, subject=request.student_id, actor=by, at=at, **told)


def _tell_family(request: SubjectRequest, at: datetime) -> None:
    outbox.owe(TELL_FAMILY, school=request.school, subject=request.id, to=request.asked_by, at=at)


def _tell_officers(request: SubjectRequest, at: datetime) -> None:
    for officer in officers(request.school):
        outbox.owe(TELL_OFFICERS, school=request.school, subject=request.id, to=officer, at=at)


def officers(school: School) -> QuerySet[User]:
    """Return a school's data protection officers."""
    return User.objects.filter(
        roles__school=school, roles__kind=Role.Kind.PROTECTION_OFFICER, is_active=True
    ).distinct()
