"""Reminders that consent ends: by mail, so many days before as the policy says, once each.

Without a new yes it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from campus import addresses, calendar, guardians, mail, outbox, people
from campus.models import School, User
from enrollment import policies
from enrollment.models import Permit, Reminder

REMIND = "consent.remind"
"""The outbox's topic; its subject is the reminder's id."""


def owe_all(at: datetime) -> int:
    """Owe the reminders that are due, and return how many are new. It may run as often as it likes."""
    return sum(_owe_of(school, at) for school in School.objects.all())


def _owe_of(school: School, at: datetime) -> int:
    days = policies.of(school).reminder_days
    if not days:
        return 0
    soon = Permit.objects.filter(school=school, live=True, expires_at__gt=at)
    soon = soon.filter(expires_at__lte=at + timedelta(days=max(days))).select_related("student__school")
    return sum(_owe(permit, days, at) for permit in soon)


@transaction.atomic
def _owe(permit: Permit, reminder_days: Sequence[int], at: datetime) -> int:
    """Owe one permit's reminder: where two are due, only the later, for nobody wants both at once."""
    days = min(one for one in reminder_days if permit.expires_at - at <= timedelta(days=one))
    student, count = permit.student, 0
    for guardian in guardians.to_be_told(student, at, carers=False).exclude(email=""):
        if student.left_on is not None and guardians.is_restricted(guardian, student):
            continue  # The day may be the one on which the child leaves, which a court keeps from them.
        lately = Reminder.objects.filter(
            student=student, guardian=guardian, days__lte=days, at__gt=at - timedelta(days=days)
        )
        if lately.exists():
            continue
        reminder, made = Reminder.objects.get_or_create(
            school=student.school,
            student=student,
            guardian=guardian,
            days=days,
            ends_at=permit.expires_at,
            defaults={"at": at},
        )
        if made:
            outbox.owe(REMIND, school=student.school, subject=reminder.id, to=guardian, at=at)
            count += 1
    return count


def send(reminder_id: UUID, guardian: User, *, at: datetime) -> bool:
    """Mail a reminder, unless consent has ended or been renewed since, and tell whether it went out."""
    reminder = Reminder.objects.select_related("student__school").get(id=reminder_id)
    student = reminder.student
    still = Permit.objects.filter(student=student, live=True, expires_at=reminder.ends_at, expires_at__gt=at)
    if not still.exists() or not guardian.email or not people.is_guardian(guardian, student):
        return False
    context = {
        "guardian": guardian,
        "student": student,
        "school": student.school,
        "day": calendar.local_date(student.school, reminder.ends_at),
    }
    mail.send("reminder", to=guardian.email, language=addresses.language_of(guardian), context=context)
    return True
