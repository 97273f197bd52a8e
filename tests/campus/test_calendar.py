"""Local time, in the one place that knows it: which day it is at a school, and when its registers run."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus import calendar
from campus.models import Closure, School, Term
from tests.personas import World


def school_in(timezone: str) -> School:
    return School(name="Hillside", slug="hillside", timezone=timezone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ------------------------------------------------------------ which day it is


@pytest.mark.parametrize(
    ("timezone", "at", "day", "clock"),
    [
        ("UTC", "2026-03-04T23:59:59", date(2026, 3, 4), time(23, 59, 59)),
        ("Asia/Hong_Kong", "2026-03-04T15:59:59", date(2026, 3, 4), time(23, 59, 59)),
        ("Asia/Hong_Kong", "2026-03-04T16:00:00", date(2026, 3, 5), time(0, 0)),
        ("America/Chicago", "2026-03-05T05:59:59", date(2026, 3, 4), time(23, 59, 59)),
        ("Asia/Kathmandu", "2026-03-04T18:15:00", date(2026, 3, 5), time(0, 0)),
        ("Etc/GMT-14", "2026-03-04T10:00:00", date(2026, 3, 5), time(0, 0)),
        ("Etc/GMT+12", "2026-03-05T11:59:59", date(2026, 3, 4), time(23, 59, 59)),
        ("Europe/London", "2026-06-01T23:00:00", date(2026, 6, 2), time(0, 0)),
        ("Europe/London", "2026-12-01T23:00:00", date(2026, 12, 1), time(23, 0)),
        # Saturday, two minutes to midnight, and Sunday two minutes after.
        ("Europe/London", "2026-03-07T23:58:00", date(2026, 3, 7), time(23, 58)),
        ("Europe/London", "2026-03-08T00:02:00", date(2026, 3, 8), time(0, 2)),
    ],
)
def test_a_school_s_day_is_its_own(timezone: str, at: str, day: date, clock: time) -> None:
    assert calendar.local_date(school_in(timezone), utc(at)) == day
    assert calendar.local_time(school_in(timezone), utc(at)) == clock


# ------------------------------------------------------------ local times as moments


@pytest.mark.parametrize(
    ("timezone", "day", "clock", "moment"),
    [
        ("Asia/Hong_Kong", "2026-03-04", "08:30", "2026-03-04T00:30:00"),
        ("Asia/Hong_Kong", "2026-03-04", "07:00", "2026-03-03T23:00:00"),
        ("Etc/GMT-8", "2026-03-04", "08:30", "2026-03-04T00:30:00"),
        ("Etc/GMT+5", "2026-03-04", "08:30", "2026-03-04T13:30:00"),
        ("Europe/London", "2026-03-28", "08:30", "2026-03-28T08:30:00"),
        ("Europe/London", "2026-03-29", "08:30", "2026-03-29T07:30:00"),
        # 01:30 does not exist on the day the clocks go forward, and happens twice on the day they go back.
        ("Europe/London", "2026-03-29", "00:59", "2026-03-29T00:59:00"),
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:30:00"),
        ("Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00:00"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30:00"),
        ("Europe/London", "2026-10-25", "02:00", "2026-10-25T02:00:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45:00"),
    ],
)
def test_a_local_time_is_one_moment(timezone: str, day: str, clock: str, moment: str) -> None:
    found = calendar.moment(school_in(timezone), date.fromisoformat(day), time.fromisoformat(clock))
    assert found == utc(moment)
    assert found.tzinfo is UTC


@given(
    st.sampled_from(["UTC", "Asia/Hong_Kong", "Asia/Kathmandu", "Etc/GMT-14", "Etc/GMT+12"]),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.times(),
)
def test_where_clocks_never_change_every_local_time_comes_back(timezone: str, day: date, clock: time) -> None:
    school = school_in(timezone)
    at = calendar.moment(school, day, clock)
    assert (calendar.local_date(school, at), calendar.local_time(school, at)) == (day, clock)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)))
def test_where_clocks_change_a_time_that_exists_once_comes_back(naive: datetime) -> None:
    school = school_in("Europe/London")
    at = naive.replace(tzinfo=UTC)
    day, clock = calendar.local_date(school, at), calendar.local_time(school, at)
    assert abs(calendar.moment(school, day, clock.replace(fold=0)) - at) in (timedelta(0), timedelta(hours=1))


# ------------------------------------------------------------ school days


def test_a_school_day_lies_in_a_term_on_a_weekday_and_is_not_closed(db: None) -> None:
    school = School.objects.create(slug="hillside", name="Hillside", timezone="UTC")
    Term.objects.create(school=school, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 13))
    Closure.objects.create(school=school, date=date(2026, 3, 5), reason="Snow")
    days = [date(2026, 3, 1) + timedelta(days) for days in range(14)]
    open_days = [day.day for day in days if calendar.is_school_day(school, day)]
    assert open_days == [2, 3, 4, 6, 9, 10, 11, 12, 13]


def test_a_term_may_be_held_on_any_weekdays(db: None) -> None:
    school = School.objects.create(slug="hillside", name="Hillside", timezone="UTC")
    Term.objects.create(school=school, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 8), weekdays="65")
    held = [day for day in range(2, 9) if calendar.is_school_day(school, date(2026, 3, day))]
    assert held == [7, 8]


def test_another_school_s_term_is_not_ours(world: World) -> None:
    other = School.objects.create(slug="lowland", name="Lowland", timezone="UTC")
    assert calendar.is_school_day(world.school, world.at.date())
    assert not calendar.is_school_day(other, world.at.date())


# ------------------------------------------------------------ so many school days later


@pytest.mark.parametrize(
    ("day", "count", "first_day_after"),
    [
        ("2026-03-02", 0, "2026-03-02"),
        ("2026-03-02", 1, "2026-03-04"),
        ("2026-03-02", 5, "2026-03-11"),  # Thursday the 5th is closed, and the weekend doesn't count.
        ("2026-03-07", 1, "2026-03-10"),  # From a Saturday on.
        ("2026-03-12", 2, "2026-04-21"),  # The holidays between two terms don't count.
        ("2026-04-22", 5, "2026-04-30"),  # The last term that is known ends on the 24th: weekdays count from then on.
        ("2027-01-01", 5, "2027-01-09"),
    ],
)
def test_so_many_whole_school_days_pass_and_never_endlessly_many(
    world: World, day: str, count: int, first_day_after: str
) -> None:
    """LAW 2."""
    Term.objects.filter(school=world.school).delete()
    for first, last in (("2026-03-02", "2026-03-13"), ("2026-04-20", "2026-04-24")):
        Term.objects.create(school=world.school, starts_on=first, ends_on=last, weekdays="01234")
    Closure.objects.create(school=world.school, date=date(2026, 3, 5), reason="Polling day")
    after = calendar.school_days_after(world.school, date.fromisoformat(day), count)
    assert after == date.fromisoformat(first_day_after)


def test_without_any_term_weekdays_count(world: World) -> None:
    Term.objects.filter(school=world.school).delete()
    assert calendar.school_days_after(world.school, date(2026, 3, 6), 5) == date(2026, 3, 14)
