"""Attendance marks: the first comes from the gate or by hand, a later one replaces it with a reason."""

from __future__ import annotations

import math
from datetime import date, datetime

from django.db.models import Q, QuerySet

from campus import calendar
from campus.models import AttendanceMark, Group, Person, Register, RegisterTime, School


def open_registers(*, school: School, day: date, group: Group | None = None) -> list[Register]:
    """Return the frozen registers of a local date, making those that are due and not made yet.

    Two callers at once make one register: the second insert meets the unique constraint and is ignored.
    """
    if not calendar.is_school_day(school, day):
        return []
    # In one order always: two gates that each waited for a register of the other would wait for ever.
    times = RegisterTime.objects.filter(school=school).select_related("group").order_by("id")
    registers = (
        Register.objects.filter(school=school, date=day).order_by("group__name", "opens_at").select_related("group")
    )
    if group is not None:
        times, registers = times.filter(group=group), registers.filter(group=group)
    found = list(registers)
    made = {(register.group_id, register.kind) for register in found}
    missing = [entry for entry in times if (entry.group_id, entry.kind) not in made]
    if missing:
        Register.objects.bulk_create([_freeze(school, day, entry) for entry in missing], ignore_conflicts=True)
        found = list(registers.all())
    return found


def mark_arrival(*, school: School, student: Person, at: datetime) -> AttendanceMark | None:
    """Mark a student who came in at the gate, and return the mark that now stands.

    Returns None when no register of the student's group is open at that moment. A mark that stands
    already, from the gate or by hand, is left alone. The caller holds the student's presence lock.
    """
    register = _running_register(school, student, at)
    if register is None:
        return None
    standing = current_marks(register).filter(student=student).first()
    if standing is not None:
        return standing
    late = at > register.late_after
    source = AttendanceMark.Source.PASSAGE
    return AttendanceMark.objects.create(
        school=school,
        register=register,
        student=student,
        code=AttendanceMark.Code.LATE if late else AttendanceMark.Code.PRESENT,
        minutes_late=math.ceil((at - register.late_after).total_seconds() / 60) if late else None,
        source=source,
        precedence=AttendanceMark.PRECEDENCE[source],
        recorded_at=at,
    )


def current_marks(register: Register) -> QuerySet[AttendanceMark]:
    """Return the marks of a register that nothing replaces, at most one a student."""
    return AttendanceMark.objects.filter(register=register, replaced_by__isnull=True)


def members(group: Group, day: date) -> QuerySet[Person]:
    """Return the students of a group on a local date, in order of name."""
    belongs = Q(memberships__group=group, memberships__began_on__lte=day)
    still = Q(memberships__ended_on__isnull=True) | Q(memberships__ended_on__gt=day)
    return Person.objects.filter(belongs & still).order_by("name")


def _running_register(school: School, student: Person, at: datetime) -> Register | None:
    day = calendar.local_date(school, at)
    group = Group.objects.filter(
        Q(memberships__ended_on__isnull=True) | Q(memberships__ended_on__gt=day),
        memberships__student=student,
        memberships__began_on__lte=day,
    ).first()
    if group is None:
        return None
    registers = open_registers(school=school, day=day, group=group)
    return next((register for register in registers if register.opens_at <= at <= register.closes_at), None)


def _freeze(school: School, day: date, entry: RegisterTime) -> Register:
    """Return a day's register. A time that a clock change skips may fall after a later one, which then waits for it."""
    opens_at = calendar.moment(school, day, entry.opens)
    late_after = max(opens_at, calendar.moment(school, day, entry.late_after))
    closes_at = max(late_after, calendar.moment(school, day, entry.closes))
    return Register(
        school=school,
        group=entry.group,
        date=day,
        kind=entry.kind,
        opens_at=opens_at,
        late_after=late_after,
        closes_at=closes_at,
    )
