"""Contact restrictions: a court keeps a guardian from knowing where the child is.

One of the office or the protection officer records it, and it hides whereabouts, passages and marks from that
guardian at once; ending it shows them again, so another person does that. Objecting and withdrawing stay possible.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campus import audit, guardians, people, presence
from campus.guardians import Refused
from campus.models import ContactRestriction, Person, User

LONGEST_ORDER = 200


@transaction.atomic
def record(*, student: Person, guardian: User, order: str, by: User, at: datetime) -> ContactRestriction:
    """Record a court's order about a guardian, which hides at once. One that stands already is left as it is."""
    guardians.check_office_or_officer(by, student)
    presence.lock(student.id)
    if not people.is_guardian(guardian, student):
        raise Refused("not_a_guardian")
    if not order.strip():
        raise Refused("no_order")
    if len(order.strip()) > LONGEST_ORDER:
        raise Refused("long_order")
    found = standing(student).filter(guardian=guardian).first()
    if found is not None:
        return found
    made = ContactRestriction.objects.create(
        school=student.school,
        student=student,
        guardian=guardian,
        order=order.strip(),
        recorded_by=by,
        recorded_at=at,
    )
    _write("recorded", made, by, at)
    return made


@transaction.atomic
def end(*, restriction: ContactRestriction, by: User, at: datetime) -> None:
    """End a restriction that a colleague recorded: the guardian sees again what every other guardian does."""
    guardians.check_office_or_officer(by, restriction.student)
    presence.lock(restriction.student_id)
    if by == restriction.recorded_by or people.is_same_human(by, restriction.guardian):
        raise Refused("same_person")
    if not standing(restriction.student).filter(id=restriction.id).update(ended_by=by, ended_at=at):
        raise Refused("not_standing")
    _write("ended", restriction, by, at)


def standing(student: Person) -> QuerySet[ContactRestriction]:
    """Return the restrictions about a student that stand."""
    found = ContactRestriction.objects.filter(student=student, ended_at__isnull=True)
    return found.order_by("recorded_at")


def _write(what: str, restriction: ContactRestriction, by: User, at: datetime) -> None:
    audit.record(
        f"restriction.{what}",
        school=restriction.school,
        subject=restriction.student_id,
        actor=by,
        at=at,
        restriction=str(restriction.id),
        guardian=restriction.guardian_id,
    )
