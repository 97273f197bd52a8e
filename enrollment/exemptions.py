"""Whom the school need not tell: one of the office writes down why, and another confirms it. Never a consent.

It ends when the guardian is found or told after all: from then on this guardian has the same rights as any other.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campus import audit, guardians, people, presence
from campus.guardians import Refused
from campus.models import Guardianship, Person, User
from enrollment import consent
from enrollment.models import Exemption

Status = Exemption.Status


@transaction.atomic
def record(*, student: Person, guardian: User, reason: str, by: User, at: datetime) -> Exemption:
    """Write down why a guardian need not be told. It is worth nothing until a second person has confirmed it."""
    guardians.check_office(by, student)
    presence.lock(student.id)
    bonds = Guardianship.objects.filter(student=student, guardian=guardian, ended_at__isnull=True)
    if people.is_same_human(by, guardian) or not bonds.filter(capacity=Guardianship.Capacity.PARENT).exists():
        raise Refused("not_a_parent")
    if not reason.strip():
        raise Refused("no_reason")
    found = live(student).filter(guardian=guardian).first()
    if found is not None:
        return found
    made = Exemption.objects.create(
        school=student.school,
        student=student,
        guardian=guardian,
        reason=reason.strip(),
        recorded_by=by,
        recorded_at=at,
    )
    _write("recorded", made, by, at)
    return made


@transaction.atomic
def confirm(*, exemption: Exemption, by: User, at: datetime) -> None:
    """Confirm what a colleague wrote down: from now on this guardian need not be told."""
    if by == exemption.recorded_by or people.is_same_human(by, exemption.guardian):
        raise Refused("same_person")
    _change(exemption, Status.WAITING, by, at, status=Status.CONFIRMED, decided_by=by, decided_at=at)


@transaction.atomic
def drop(*, exemption: Exemption, by: User, at: datetime) -> None:
    """Drop what was written down and never confirmed. Whoever wrote it may do that too."""
    _change(exemption, Status.WAITING, by, at, status=Status.DROPPED, decided_by=by, decided_at=at)


@transaction.atomic
def end(*, exemption: Exemption, by: User, at: datetime) -> None:
    """End an exemption, because the guardian is found: nothing is compared until they were told and could object."""
    _change(exemption, Status.CONFIRMED, by, at, status=Status.ENDED, ended_at=at)


@transaction.atomic
def end_for(*, student: Person, guardian: User, at: datetime) -> None:
    """End what exempts a guardian who has been told, or has come by themselves."""
    presence.lock(student.id)
    for found in live(student).filter(guardian=guardian):
        if found.status == Status.WAITING:
            ended = {"status": Status.DROPPED, "decided_at": at}
        else:
            ended = {"status": Status.ENDED, "ended_at": at}
        Exemption.objects.filter(id=found.id).update(**ended)
        _write(str(ended["status"]), found, None, at)
        consent.reconcile(student=student, at=at)


def live(student: Person) -> QuerySet[Exemption]:
    """Return the exemptions of a student's guardians that wait or hold."""
    found = Exemption.objects.filter(student=student, status__in=(Status.WAITING, Status.CONFIRMED))
    return found.select_related("school", "student__school", "guardian", "recorded_by", "decided_by")


def _change(exemption: Exemption, old: Status, by: User, at: datetime, **new: object) -> None:
    guardians.check_office(by, exemption.student)
    presence.lock(exemption.student_id)
    if not Exemption.objects.filter(id=exemption.id, status=old).update(**new):
        raise Refused("not_waiting" if old == Status.WAITING else "not_standing")
    _write(str(new["status"]), exemption, by, at)
    consent.reconcile(student=exemption.student, at=at)


def _write(what: str, exemption: Exemption, by: User | None, at: datetime) -> None:
    audit.record(
        f"exemption.{what}",
        school=exemption.school,
        subject=exemption.student_id,
        actor=by,
        at=at,
        exemption=str(exemption.id),
        guardian=exemption.guardian_id,
    )
