"""What stops comparing for a while: a guardian's No that isn't in writing, and a question about a court's order.

Staff record what they hear and don't judge it: from that moment nothing is compared. A spoken No is cleared by
another of the office than whoever recorded it, with a reason, or by the guardian's own answer through the web: a Yes
clears it, a No makes it final. A query is cleared by the protection officer.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campus import audit, guardians, people, presence
from campus.guardians import Refused
from campus.models import Person, Role, User
from enrollment import consent
from enrollment.models import ConsentEvent, Hold

Cause = Hold.Cause
Status = Hold.Status


@transaction.atomic
def record_objection(*, student: Person, guardian: User, by: User, at: datetime) -> Hold:
    """Record that a guardian said no, not in writing. One that stands already is left as it is."""
    if not people.may_hear(by, student, at):
        raise Refused("not_office")
    if not people.is_guardian(guardian, student):
        raise Refused("not_a_guardian")
    return _record(student, Cause.VERBAL_OBJECTION, guardian, by, at)


@transaction.atomic
def record_query(*, student: Person, by: User, at: datetime) -> Hold:
    """Record that it isn't clear what a court has ordered. One that stands already is left as it is."""
    guardians.check_office_or_officer(by, student)
    return _record(student, Cause.COURT_QUERY, None, by, at)


@transaction.atomic
def clear(*, hold: Hold, reason: str, by: User, at: datetime) -> None:
    """Clear a hold: what it stopped goes on, if everything else allows it."""
    if hold.cause == Cause.COURT_QUERY:
        _check_officer(by, hold.student)
    else:
        guardians.check_office(by, hold.student)
        if by == hold.recorded_by:
            raise Refused("same_person")
    if not reason.strip():
        raise Refused("no_reason")
    presence.lock(hold.student_id)
    if not _decide(hold, Status.CLEARED, by, at, reason.strip()):
        raise Refused("not_standing")
    consent.reconcile(student=hold.student, at=at)


@transaction.atomic
def settle(*, student: Person, guardian: User, kind: str, at: datetime) -> None:
    """Let a guardian's own answer decide what was only said: a Yes that counts clears it, a No makes it final."""
    presence.lock(student.id)
    status = Status.CLEARED if kind == ConsentEvent.Kind.GIVEN else Status.CONFIRMED
    said = standing(student).filter(cause=Cause.VERBAL_OBJECTION, guardian=guardian)
    if [_decide(hold, status, guardian, at) for hold in said]:
        consent.reconcile(student=student, at=at)


def standing(student: Person) -> QuerySet[Hold]:
    """Return the holds that stand about a student, the oldest first."""
    found = Hold.objects.filter(student=student, status=Status.STANDING)
    return found.select_related("school", "student__school", "guardian", "recorded_by").order_by("recorded_at")


def _record(student: Person, cause: Cause, guardian: User | None, by: User, at: datetime) -> Hold:
    presence.lock(student.id)
    found = standing(student).filter(cause=cause, guardian=guardian).first()
    if found is not None:
        return found
    hold = Hold.objects.create(
        school=student.school, student=student, cause=cause, guardian=guardian, recorded_by=by, recorded_at=at
    )
    _write("recorded", hold, by, at)
    consent.reconcile(student=student, at=at)
    return hold


def _decide(hold: Hold, status: Status, by: User, at: datetime, reason: str = "") -> bool:
    row = Hold.objects.filter(id=hold.id, status=Status.STANDING)
    if not row.update(status=status, decided_by=by, decided_at=at, reason=reason):
        return False
    _write(str(status), hold, by, at)
    return True


def _check_officer(by: User, student: Person) -> None:
    guardians.check_office_or_officer(by, student)
    if not people.has_role(by, student.school, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_officer")


def _write(what: str, hold: Hold, by: User, at: datetime) -> None:
    audit.record(
        f"hold.{what}",
        school=hold.school,
        subject=hold.student_id,
        actor=by,
        at=at,
        hold=str(hold.id),
        cause=hold.cause,
        guardian=hold.guardian_id,
    )
