"""References that open with one card only: when that card ends, they are of no use to anybody and are destroyed.

What this protects is told in docs/operations.md: whatever is stolen at rest, both databases, backups and keys, doesn't
open without the card. A new card takes a new enrolment.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campus import guardians, presence
from campus.models import Person
from enrollment import erasure, receipts
from enrollment.models import Receipt, Reference

_USELESS = {"card__revoked_at__isnull": False}


def end_useless(at: datetime) -> int:
    """Destroy the references whose card is no longer in use, with a receipt for each guardian; return how many."""
    students = Person.objects.filter(references__in=Reference.objects.filter(**_USELESS)).select_related("school")
    return sum(_end_one(student, at) for student in students)


@transaction.atomic
def _end_one(student: Person, at: datetime) -> int:
    presence.lock(student.id)
    # Asked again under the lock: the card may have been given back, or the student enrolled with the new one.
    if not Reference.objects.filter(student=student, **_USELESS).exists():
        return 0
    destroyed = erasure.destroy_references(student, at)
    for guardian in guardians.to_be_told(student, at):
        receipts.of_destruction(student=student, guardian=guardian, cause=Receipt.Cause.CARD_REPLACED, at=at)
    return destroyed
