"""From when a student answers alone."""

from __future__ import annotations

from datetime import date, datetime

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
