"""From when a student answers alone."""

from __future__ import annotations

from datetime import date, datetime, time

from campus import calendar, people
from campus.models import Person, School
from enrollment import policies


def answers_alone(student: Person, at: datetime) -> bool:
    """Tell whether a student is old enough to answer alone. Without a date of birth nobody is."""
    return is_of_age(student.born_on, student.school, at)


def is_of_age(born_on: date | None, school: School, at: datetime) -> bool:
    """Tell whether somebody who was born on a day is old enough, by the school's policy."""
    if born_on is None:
        return False
    return people.birthday(born_on, policies.of(school).self_consent_age) <= calendar.local_date(school, at)


def of_age_at(student: Person) -> datetime | None:
    """Return from when a student's own answer counts and the guardians' doesn't.

    One of the office types a date of birth in alone: it takes nobody's No away before the family had time to object.
    """
    if student.born_on is None:
        return None
    school, policy = student.school, policies.of(student.school)
    days = [people.birthday(student.born_on, policy.self_consent_age)]
    if student.born_on_at is not None:
        days.append(_may_object_until(student, student.born_on_at))
    return calendar.moment(school, max(days), time())


def was_just_typed_in(student: Person, at: datetime) -> bool:
    """Tell whether the family still has time to object to the date of birth."""
    written = student.born_on_at
    return written is not None and calendar.local_date(student.school, at) < _may_object_until(student, written)


def _may_object_until(student: Person, written: datetime) -> date:
    day = calendar.local_date(student.school, written)
    return calendar.school_days_after(student.school, day, policies.of(student.school).objection_window_days)
