"""The only code that knows local time: which day it is at a school, and when its registers run."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from campus.models import Closure, School, Term


def local_date(school: School, at: datetime) -> date:
    """Return the school's local date at a moment."""
    return at.astimezone(ZoneInfo(school.timezone)).date()


def local_time(school: School, at: datetime) -> time:
    """Return the school's local wall-clock time at a moment."""
    return at.astimezone(ZoneInfo(school.timezone)).time()


def moment(school: School, day: date, clock: time) -> datetime:
    """Return the UTC moment of a local date and time.

    A time that a daylight-saving change skips or repeats is read with the offset in force before the
    change (`fold=0`): one that happens twice is the first of the two.
    """
    return datetime.combine(day, clock, ZoneInfo(school.timezone)).astimezone(UTC)


def is_school_day(school: School, day: date) -> bool:
    """Tell whether school is held on a local date: inside a term, on one of its weekdays, not closed."""
    terms = Term.objects.filter(
        school=school, starts_on__lte=day, ends_on__gte=day, weekdays__contains=str(day.weekday())
    )
    return terms.exists() and not Closure.objects.filter(school=school, date=day).exists()
