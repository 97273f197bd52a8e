"""From when a student answers alone."""

from __future__ import annotations

from datetime import date, datetime

from campus import calendar, people
from campus.models import Person

SELF_CONSENT_AGE = 18


def answers_alone(student: Person, at: datetime) -> bool:
    """Tell whether a student is old enough to answer alone. Without a date of birth nobody is."""
    return is_of_age(student.born_on, calendar.local_date(student.school, at))


def is_of_age(born_on: date | None, today: date) -> bool:
    """Tell whether somebody who was born on a day is old enough."""
    return born_on is not None and people.birthday(born_on, SELF_CONSENT_AGE) <= today
