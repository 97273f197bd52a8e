"""Registers are frozen when made, and their history is a line."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from campus import calendar, registers
from campus.models import AttendanceMark, Group, Membership, Register, RegisterTime, School
from tests.personas import World, make_school

PRECEDENCE = AttendanceMark.PRECEDENCE


def open_one(world: World, group: Group | None = None, day: date | None = None) -> Register:
    (register,) = registers.open_registers(
        school=world.school, day=day or world.at.date(), group=group or world.on_time
    )
    return register


def mark(world: World, register: Register, **fields: Any) -> AttendanceMark:
    known: dict[str, Any] = {"code": "present", "source": "passage", "recorded_by": None} | fields
    known.setdefault("precedence", PRECEDENCE[known["source"]])
    known.setdefault("student", world.refusing.person)
    known.setdefault("school", world.school)
    return AttendanceMark.objects.create(register=register, recorded_at=world.at, **known)


# ------------------------------------------------------------ making registers


def test_a_register_is_made_from_the_timetable_in_utc(db: None) -> None:
    world = make_school(timezone="Asia/Hong_Kong")
    register = open_one(world)
    times = [register.opens_at, register.late_after, register.closes_at]
    assert [moment.isoformat() for moment in times] == [
        "2026-03-03T23:00:00+00:00",
        "2026-03-04T02:30:00+00:00",
        "2026-03-04T04:00:00+00:00",
    ]


def test_a_register_that_was_made_is_not_changed_by_the_timetable(world: World) -> None:
    before = open_one(world)
    RegisterTime.objects.filter(group=world.on_time).update(late_after=time(7, 30))
    assert open_one(world).late_after == before.late_after
    tomorrow = open_one(world, day=world.at.date() + timedelta(1))
    assert tomorrow.late_after.time() == time(7, 30)


def test_asking_again_makes_no_other_register(world: World) -> None:
    assert open_one(world) == open_one(world)
    assert Register.objects.count() == 1


def test_all_groups_of_the_school_are_opened_together(world: World) -> None:
    make_school(name="Lowland")
    opened = registers.open_registers(school=world.school, day=world.at.date())
    assert [register.group for register in opened] == [world.on_time, world.late]


def test_a_second_session_of_the_day_is_a_register_of_its_own(world: World) -> None:
    RegisterTime.objects.create(
        school=world.school,
        group=world.on_time,
        kind="afternoon",
        opens=time(12, 30),
        late_after=time(13, 0),
        closes=time(15, 0),
    )
    opened = registers.open_registers(school=world.school, day=world.at.date(), group=world.on_time)
    assert [register.kind for register in opened] == ["morning", "afternoon"]


def test_on_a_day_without_school_there_are_none(world: World) -> None:
    assert registers.open_registers(school=world.school, day=world.at.date() + timedelta(61)) == []
    assert not Register.objects.exists()


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["forward", "back"])
def test_a_register_around_a_clock_change_still_opens_before_it_closes(db: None, day: date) -> None:
    school = School.objects.create(slug="night", name="Night School", timezone="Europe/London")
    school.terms.create(starts_on=day, ends_on=day, weekdays="6")
    for minutes in range(0, 181, 15):
        group = Group.objects.create(school=school, name=f"Class {minutes}", year=1)
        begin = datetime(2026, 1, 1) + timedelta(minutes=minutes)
        opens, late_after, closes = ((begin + timedelta(minutes=step)).time() for step in (0, 25, 50))
        RegisterTime.objects.create(school=school, group=group, opens=opens, late_after=late_after, closes=closes)
    opened = registers.open_registers(school=school, day=day)
    assert len(opened) == 13
    for register in opened:
        assert register.opens_at <= register.late_after <= register.closes_at
        assert calendar.local_date(school, register.opens_at) == day


# ------------------------------------------------------------ who is in it


def test_a_register_lists_who_belonged_to_the_group_on_that_day(world: World) -> None:
    moved, day = world.refusing.person, world.at.date()
    Membership.objects.filter(student=moved).update(ended_on=day)
    Membership.objects.create(school=world.school, group=world.late, student=moved, began_on=day)
    assert moved not in registers.members(world.on_time, day)
    assert moved in registers.members(world.late, day)


def test_a_student_is_marked_in_the_group_of_the_day(world: World) -> None:
    moved, day = world.refusing.person, world.at.date()
    Membership.objects.filter(student=moved).update(ended_on=day)
    Membership.objects.create(school=world.school, group=world.late, student=moved, began_on=day)
    made = registers.mark_arrival(school=world.school, student=moved, at=world.at)
    assert made is not None
    assert (made.register.group, made.code) == (world.late, "late")


def test_the_database_refuses_two_groups_at_once(world: World) -> None:
    with pytest.raises(IntegrityError, match="membership_one_live_group"):
        Membership.objects.create(
            school=world.school, group=world.late, student=world.refusing.person, began_on=world.at.date()
        )


# ------------------------------------------------------------ marks are a line


def test_the_mark_that_stands_is_the_one_that_nothing_replaces(world: World) -> None:
    register = open_one(world)
    first = mark(world, register)
    second = mark(world, register, code="absent", source="teacher", recorded_by=world.teacher, replaces=first)
    third = mark(world, register, source="office", recorded_by=world.office, replaces=second, reason="Was in music")
    assert list(registers.current_marks(register)) == [third]


def test_another_student_s_marks_are_another_line(world: World) -> None:
    register = open_one(world)
    one, other = mark(world, register), mark(world, register, student=world.willing.person)
    assert set(registers.current_marks(register)) == {one, other}


def refused(world: World, constraint: str, register: Register, **fields: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        mark(world, register, **fields)


def test_the_database_refuses_a_second_first_mark(world: World) -> None:
    register = open_one(world)
    mark(world, register)
    refused(world, "mark_one_first", register)


def test_the_database_refuses_a_fork_of_the_line(world: World) -> None:
    register = open_one(world)
    first = mark(world, register)
    by_hand = {"source": "teacher", "recorded_by": world.teacher, "replaces": first}
    mark(world, register, **by_hand)
    refused(world, "mark_replaced_once", register, **by_hand)


def test_the_database_refuses_a_mark_that_replaces_another_line(world: World) -> None:
    register, tomorrow = open_one(world), open_one(world, day=world.at.date() + timedelta(1))
    first = mark(world, register)
    by_hand = {"source": "teacher", "recorded_by": world.teacher, "replaces": first}
    refused(world, "mark_replaces_its_own_line", tomorrow, **by_hand)
    refused(world, "mark_replaces_its_own_line", register, **by_hand, student=world.willing.person)


@pytest.mark.parametrize("code", ["present", "absent"])
def test_the_database_refuses_minutes_for_anything_but_lateness(world: World, code: str) -> None:
    refused(world, "mark_minutes_only_when_late", open_one(world), code=code, minutes_late=3)


def test_the_database_refuses_lateness_without_minutes(world: World) -> None:
    refused(world, "mark_minutes_only_when_late", open_one(world), code="late")


@pytest.mark.parametrize("source", ["teacher", "planned", "office"])
def test_the_database_refuses_a_mark_by_hand_that_names_nobody(world: World, source: str) -> None:
    refused(world, "mark_by_hand_names_who", open_one(world), source=source)


def test_every_source_has_a_precedence_and_no_two_have_the_same(db: None) -> None:
    assert set(PRECEDENCE) == set(AttendanceMark.Source)
    assert len(set(PRECEDENCE.values())) == len(PRECEDENCE)
    assert sorted(PRECEDENCE, key=PRECEDENCE.__getitem__) == ["passage", "planned", "teacher", "office"]


def test_the_gate_s_marks_carry_the_gate_s_precedence(world: World) -> None:
    made = registers.mark_arrival(school=world.school, student=world.refusing.person, at=world.at)
    assert made is not None
    assert (made.source, made.precedence) == ("passage", PRECEDENCE["passage"])


def test_the_database_refuses_times_out_of_order(world: World) -> None:
    at = world.at
    with pytest.raises(IntegrityError, match="register_in_order"):
        Register.objects.create(
            school=world.school,
            group=world.on_time,
            date=at.date(),
            kind="x",
            opens_at=at,
            late_after=at,
            closes_at=at - timedelta(1),
        )
