"""The only code that knows local time: which day it is at a school, and when its registers run."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, QuerySet
from django.utils import timezone

from campus.models import Closure, School, Term

CHANGED = "calendar.changed"
"""The outbox's topic, whose subject is the school's id: from now on other days are school days, or begin elsewhere."""
SATURDAY = 5
"""As `date.weekday` counts."""


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
    closed = Closure.objects.filter(school=school, date=day)
    return _terms(school, day, day).filter(~Exists(closed), weekdays__contains=str(day.weekday())).exists()


def school_days(school: School, first: date, last: date) -> list[date]:
    """Return the local dates from `first` to `last`, both included, on which school is held."""
    terms = list(_terms(school, first, last))
    closed = set(Closure.objects.filter(school=school, date__range=(first, last)).values_list("date", flat=True))
    days = (first + timedelta(days) for days in range((last - first).days + 1))
    return [
        day
        for day in days
        if day not in closed
        and any(term.starts_on <= day <= term.ends_on and str(day.weekday()) in term.weekdays for term in terms)
    ]


class SchoolDays:
    """The terms and closures of one school, read once for whoever counts days more than once."""

    def __init__(self, school: School) -> None:
        self._terms = list(Term.objects.filter(school=school))
        self._closed = set(Closure.objects.filter(school=school).values_list("date", flat=True))
        self._known_until = max((term.ends_on for term in self._terms), default=date.min)

    def after(self, day: date, count: int) -> date:
        """Return the first local date on which `count` whole school days have passed after `day`.

        Once the last term that is written down has ended, weekdays count instead: nothing waits for ever because
        nobody has typed in the next year.
        """
        if count <= 0:
            return day
        while count > 0:
            day += timedelta(1)
            count -= self._is_counted(day)
        return day + timedelta(1)

    def _is_counted(self, day: date) -> bool:
        if day > self._known_until:
            return day.weekday() < SATURDAY
        held = any(
            term.starts_on <= day <= term.ends_on and str(day.weekday()) in term.weekdays for term in self._terms
        )
        return held and day not in self._closed


def school_days_after(school: School, day: date, count: int) -> date:
    """Return the first local date on which `count` whole school days have passed after `day`."""
    return SchoolDays(school).after(day, count)


def _terms(school: School, first: date, last: date) -> QuerySet[Term]:
    return Term.objects.filter(school=school, starts_on__lte=last, ends_on__gte=first)


def shown_in(school: School) -> AbstractContextManager[None]:
    """Show and read times in the school's own zone, for as long as this lasts."""
    return timezone.override(ZoneInfo(school.timezone))
