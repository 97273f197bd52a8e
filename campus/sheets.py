"""What a register looks like at one moment, and what a week of registers does: read, never written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campus import calendar, registers, sightings
from campus.models import AttendanceMark, Group, Membership, Person, Register
from campus.sightings import Sighting

Code, Source = AttendanceMark.Code, AttendanceMark.Source
STATES = ("not_yet", "check", "late", "absent", "present")
DAYS_SHOWN = 7


@dataclass(frozen=True)
class Line:
    """One student in a register: the mark that stands, if any, and where the gates saw them."""

    student: Person
    standing: AttendanceMark | None
    """The last of the student's marks, also one that was taken back."""
    seen: Sighting | None = None
    seen_at: time | None = None
    """On the school's clock."""

    @property
    def mark(self) -> AttendanceMark | None:
        """The mark that counts."""
        return None if self.standing is None or self.standing.code == Code.CLEARED else self.standing

    @property
    def state(self) -> str:
        """A mark's code, `check` or `not_yet`. Nobody becomes absent by not having been seen or recognized."""
        if self.mark is not None:
            return self.mark.code
        return "check" if self.to_check else "not_yet"

    @property
    def to_check(self) -> bool:
        """A person should look: the gates and the register differ, and nobody has judged since."""
        if self.seen is None:
            return False
        if self.mark is None:
            return True
        if self.mark.code == Code.ABSENT:
            return self.seen.at > self.mark.recorded_at
        return self.seen.doubtful and self.mark.source == Source.PASSAGE

    @property
    def by_hand(self) -> bool:
        """Whether there is a step that a person took and may take back."""
        return self.mark is not None and self.mark.recorded_by_id is not None and not self._put_back_from_gate

    @property
    def _put_back_from_gate(self) -> bool:
        return self.mark is not None and registers.said(self.mark).recorded_by_id is None

    @property
    def words(self) -> str:
        """The state as a person reads it."""
        if self.mark is None:
            return str(Code.CLEARED.label)
        if self.mark.code == Code.LATE:
            return _("%(minutes)s min late") % {"minutes": self.mark.minutes_late}
        return str(Code(self.mark.code).label)


@dataclass(frozen=True)
class Sheet:
    """A register at one moment."""

    register: Register
    lines: Sequence[Line]
    now: time
    today: date
    at: datetime

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many students are in each state."""
        states = [line.state for line in self.lines]
        return {state: states.count(state) for state in STATES}

    @cached_property
    def version(self) -> str:
        """A word that changes when anything on the page would, the clock left out."""
        said = [
            (line.student.id, line.student.name, line.standing and line.standing.id, line.seen_at, line.to_check)
            for line in self.lines
        ]
        return hashlib.sha256(repr((said, self.today, self.running, get_language())).encode()).hexdigest()[:20]

    @property
    def running(self) -> bool:
        """Whether the register is open now."""
        return self.register.opens_at <= self.at <= self.register.closes_at


def sheet(register: Register, at: datetime) -> Sheet:
    """Read a register with its class, its marks and the day's sightings: three queries."""
    school = register.group.school
    students = list(registers.members(register.group, register.date))
    marks = {mark.student_id: mark for mark in registers.standing_marks(register).select_related("restores")}
    seen = sightings.of([student.id for student in students], *_day(register))
    lines = []
    for student in students:
        sighting = seen.get(student.id)
        clock = calendar.local_time(school, sighting.at) if sighting else None
        lines.append(Line(student, marks.get(student.id), sighting, clock))
    return Sheet(register, lines, calendar.local_time(school, at), calendar.local_date(school, at), at)


def _day(register: Register) -> tuple[datetime, datetime]:
    school = register.group.school
    midnight = time(0)
    return (
        calendar.moment(school, register.date, midnight),
        calendar.moment(school, register.date + timedelta(days=1), midnight),
    )


@dataclass(frozen=True)
class Cell:
    """One student in one register of a week."""

    mark: AttendanceMark | None
    register: Register | None
    member: bool = True

    @property
    def code(self) -> str:
        """A short code, `P`, `L12` or `A` in English; `·` where nothing is written, empty without a register."""
        if self.register is None or not self.member:
            return ""
        if self.mark is None:
            return "·"
        if self.mark.code == Code.LATE:
            return _("L%(minutes)s") % {"minutes": self.mark.minutes_late}
        return _("P") if self.mark.code == Code.PRESENT else _("A")

    @property
    def words(self) -> str:
        """What the code means."""
        return "" if not self.code else Line(Person(), self.mark).words


@dataclass(frozen=True)
class Column:
    """A day of the week, or one of its registers where there are several."""

    day: date
    register: Register | None
    several: bool = False


@dataclass(frozen=True)
class Row:
    """A student and the cells of a week."""

    student: Person
    cells: Sequence[Cell]

    @property
    def totals(self) -> dict[str, int]:
        """How often present, late and absent."""
        codes = [cell.mark.code for cell in self.cells if cell.mark]
        return {code: codes.count(code) for code in ("present", "late", "absent")}


@dataclass(frozen=True)
class Week:
    """A class by the days of one week."""

    group: Group
    monday: date
    columns: Sequence[Column]
    rows: Sequence[Row] = field(default_factory=list)

    @property
    def last_day(self) -> date:
        """The last day that the table shows."""
        return self.columns[-1].day if self.columns else self.monday

    @property
    def before(self) -> date:
        """Monday of the week before."""
        return self.monday - timedelta(days=7)

    @property
    def after(self) -> date:
        """Monday of the week after."""
        return self.monday + timedelta(days=7)


def week(group: Group, around: date) -> Week:
    """Read the week around a local date: the term's days, and whoever belonged to the class on one of them."""
    monday = around - timedelta(days=around.weekday())
    sunday = monday + timedelta(days=DAYS_SHOWN - 1)
    found = list(Register.objects.filter(group=group, date__range=(monday, sunday)).order_by("date", "opens_at"))
    days = sorted({*calendar.school_days(group.school, monday, sunday), *(register.date for register in found)})
    columns = []
    for day in days:
        its = [register for register in found if register.date == day]
        columns += [Column(day, register, len(its) > 1) for register in its] or [Column(day, None)]
    marks = {
        (mark.register_id, mark.student_id): mark
        for mark in AttendanceMark.objects.filter(register__in=found, replaced_by__isnull=True)
        if mark.code != Code.CLEARED
    }
    stays: dict[Person, list[Membership]] = {}
    for stay in registers.stays(group, monday, sunday):
        stays.setdefault(stay.student, []).append(stay)
    rows = [
        Row(student, [_cell(column, student, of_student, marks) for column in columns])
        for student, of_student in stays.items()
    ]
    return Week(group, monday, columns, rows)


def _cell(
    column: Column, student: Person, stays: Sequence[Membership], marks: dict[tuple[UUID, UUID], AttendanceMark]
) -> Cell:
    belongs = any(
        stay.began_on <= column.day and (stay.ended_on is None or column.day < stay.ended_on) for stay in stays
    )
    mark = marks.get((column.register.id, student.id)) if column.register else None
    return Cell(mark, column.register, belongs)
