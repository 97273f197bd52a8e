"""Long lists, a month at a time: the months before and after the one that is shown are those that hold something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from campus import calendar
from campus.models import School

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Month(Generic[Row]):
    """The rows of one month, newest first, and the nearest months that hold some."""

    first: date
    rows: list[Row]
    earlier: date | None
    later: date | None


def of_moments(wanted: str | None, rows: QuerySet[Row], field: str, school: School, at: datetime) -> Month[Row]:
    """Return the school's month that `?month=2026-03` names, or the latest that holds something; `field` is a moment.

    Raises:
        Http404: there is no such month.
    """
    newest = rows.order_by(f"-{field}").values_list(field, flat=True).first()
    first = _parsed(wanted) if wanted else calendar.local_date(school, newest or at).replace(day=1)
    begin, end = (calendar.moment(school, day, time()) for day in (first, _next(first)))
    earlier, shown, later = _split(rows, field, begin, end)
    return Month(first, shown, *(calendar.local_date(school, one) if one else None for one in (earlier, later)))


def of_dates(wanted: str | None, rows: QuerySet[Row], field: str, today: date) -> Month[Row]:
    """Return the same of rows whose `field` is a local date."""
    newest = rows.order_by(f"-{field}").values_list(field, flat=True).first()
    first = _parsed(wanted) if wanted else (newest or today).replace(day=1)
    earlier, shown, later = _split(rows, field, first, _next(first))
    return Month(first, shown, earlier, later)


def _split(rows: QuerySet[Row], field: str, begin: Any, end: Any) -> tuple[Any, list[Row], Any]:
    """Return the last value before, the rows from `begin` until before `end`, and the first value after."""
    values = rows.values_list(field, flat=True)
    earlier = values.filter(**{f"{field}__lt": begin}).order_by(f"-{field}").first()
    later = values.filter(**{f"{field}__gte": end}).order_by(field).first()
    shown = rows.filter(**{f"{field}__gte": begin, f"{field}__lt": end}).order_by(f"-{field}", *rows.query.order_by)
    return earlier, list(shown), later


def _parsed(wanted: str) -> date:
    try:
        first = date.fromisoformat(f"{wanted}-01").replace(day=1)
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= first.year <= 2100:
        raise Http404
    return first


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
