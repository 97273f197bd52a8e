"""Registers and their marks: the first comes from the gate or by hand, a later one replaces it with a reason.

Marks are a line that only grows. Whoever changes one says which mark they saw (`Change.standing`); if that is
no longer the last of its line, nothing is written and they are shown the newer one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from campus import audit, calendar, presence
from campus.models import AttendanceMark, Group, Membership, Person, Register, RegisterTime, Role, School, User

Code, Source = AttendanceMark.Code, AttendanceMark.Source
LONGEST_MINUTES = 600


@dataclass(frozen=True, kw_only=True)
class Change:
    """What somebody who changes a mark had before their eyes; for `undo`, that is all there is to say."""

    standing: UUID | None
    """The mark that stood, if any."""
    submission: UUID
    """Made once for each form, so that a form sent again, after a lost answer or by two clicks, counts once."""


@dataclass(frozen=True, kw_only=True)
class Correction(Change):
    """A mark as somebody sets it by hand."""

    code: AttendanceMark.Code
    minutes_late: int | None = None
    reason: str = ""


class Refusal(StrEnum):
    """Why a change was not written."""

    NOT_YOURS = "not_yours"
    NOT_IN_CLASS = "not_in_class"
    NEWER = "newer"
    OUTRANKED = "outranked"
    NEEDS_MINUTES = "needs_minutes"
    NEEDS_REASON = "needs_reason"
    NOTHING_TO_UNDO = "nothing_to_undo"


@dataclass(frozen=True)
class Result:
    """The mark that stands after a change, and why the change wasn't made, if it wasn't."""

    mark: AttendanceMark | None
    refused: Refusal | None = None
    written: AttendanceMark | None = None
    """What this form wrote, now or when it was sent before. Another mark may stand by now."""


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
    standing = standing_marks(register).filter(student=student).first()
    if standing is not None and standing.code != AttendanceMark.Code.CLEARED:
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
        replaces=standing,
        recorded_at=at,
    )


@transaction.atomic
def correct(*, register: Register, student: Person, wanted: Correction, by: User, at: datetime) -> Result:
    """Set a student's mark by hand: the first one, or one that replaces what stands.

    An absence needs a reason, and so does contradicting a mark that stands. Saying what stands already turns a
    mark of the gate into one that a person has confirmed.
    """
    standing, refused = _take(register, student, wanted, by)
    if refused is None:
        refused = _incomplete(wanted, standing)
    if refused is not None:
        return _already_sent(register, student, wanted, standing) or Result(standing, refused)
    fields = {"code": wanted.code, "minutes_late": wanted.minutes_late, "reason": wanted.reason.strip()}
    return _write(AttendanceMark(register=register, student=student, **fields), wanted, standing, by, at)


@transaction.atomic
def undo(*, register: Register, student: Person, seen: Change, by: User, at: datetime) -> Result:
    """Take back the last thing that a person set, by a new mark that says again what stood before.

    Undoing twice goes back two steps. What the gate wrote can be corrected, not undone.
    """
    standing, refused = _take(register, student, seen, by)
    last = said(standing) if standing is not None else None
    if refused is None and (last is None or last.recorded_by_id is None or last.code == Code.CLEARED):
        refused = Refusal.NOTHING_TO_UNDO
    if refused is not None or last is None:
        return _already_sent(register, student, seen, standing) or Result(standing, refused)
    before = said(last.replaces) if last.replaces is not None else None
    mark = AttendanceMark(register=register, student=student, code=Code.CLEARED, restores=before)
    if before is not None:
        mark.code, mark.minutes_late, mark.reason = before.code, before.minutes_late, before.reason
    return _write(mark, seen, standing, by, at)


def said(mark: AttendanceMark) -> AttendanceMark:
    """Return the mark that first said what this one says: itself, unless it puts back an earlier one."""
    return mark.restores or mark


def history(register: Register, student: Person) -> list[AttendanceMark]:
    """Return the line of a student's marks in a register, the first one first."""
    marks = AttendanceMark.objects.filter(register=register, student=student).select_related("recorded_by")
    after = {mark.replaces_id: mark for mark in marks}
    line: list[AttendanceMark] = []
    while (following := after.get(line[-1].id if line else None)) is not None:
        line.append(following)
    return line


def current_marks(register: Register) -> QuerySet[AttendanceMark]:
    """Return the marks of a register that count, at most one a student."""
    return standing_marks(register).exclude(code=AttendanceMark.Code.CLEARED)


def standing_marks(register: Register) -> QuerySet[AttendanceMark]:
    """Return the marks that nothing replaces, also those that were taken back and count as none."""
    return AttendanceMark.objects.filter(register=register, replaced_by__isnull=True)


def groups_of(user: User) -> QuerySet[Group]:
    """Return the groups whose register a user may see and mark: a teacher's own, and all of the office's school."""
    teaches = Q(teachers=user, school__roles__user=user, school__roles__kind=Role.Kind.TEACHER)
    runs = Q(school__roles__user=user, school__roles__kind=Role.Kind.OFFICE)
    return Group.objects.filter(teaches | runs).select_related("school").distinct().order_by("school__name", "name")


def members(group: Group, day: date) -> QuerySet[Person]:
    """Return the students of a group on a local date, in order of name."""
    belongs = Q(memberships__group=group, memberships__began_on__lte=day)
    still = Q(memberships__ended_on__isnull=True) | Q(memberships__ended_on__gt=day)
    return Person.objects.filter(belongs & still).order_by("name", "id")


def stays(group: Group, first: date, last: date) -> QuerySet[Membership]:
    """Return who belonged to a group on any local date from `first` to `last`, in order of name."""
    still = Q(ended_on__isnull=True) | Q(ended_on__gt=first)
    return (
        Membership.objects.filter(still, group=group, began_on__lte=last)
        .select_related("student")
        .order_by("student__name", "student_id")
    )


def _take(
    register: Register, student: Person, change: Change, by: User
) -> tuple[AttendanceMark | None, Refusal | None]:
    """Lock the student, and return the mark that stands with the reason why this person may not change it now."""
    if not groups_of(by).filter(id=register.group_id).exists():
        return None, Refusal.NOT_YOURS
    if not members(register.group, register.date).filter(id=student.id).exists():
        return None, Refusal.NOT_IN_CLASS
    presence.lock(student.id)
    standing = standing_marks(register).filter(student=student).select_related("restores", "replaces").first()
    if (standing.id if standing else None) != change.standing:
        return standing, Refusal.NEWER
    if (
        standing
        and standing.code != Code.CLEARED
        and standing.precedence > AttendanceMark.PRECEDENCE[_source(by, register.school)]
    ):
        return standing, Refusal.OUTRANKED
    return standing, None


def _incomplete(wanted: Correction, standing: AttendanceMark | None) -> Refusal | None:
    minutes = wanted.minutes_late
    if (wanted.code == Code.LATE) != (minutes is not None):
        return Refusal.NEEDS_MINUTES
    if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
        return Refusal.NEEDS_MINUTES
    contradicts = standing is not None and standing.code != Code.CLEARED and not _says(standing, wanted)
    return Refusal.NEEDS_REASON if (contradicts or wanted.code == Code.ABSENT) and not wanted.reason.strip() else None


def _says(mark: AttendanceMark, wanted: Correction) -> bool:
    return (mark.code, mark.minutes_late) == (wanted.code, wanted.minutes_late)


def _already_sent(
    register: Register, student: Person, change: Change, standing: AttendanceMark | None
) -> Result | None:
    """Return what stands as the answer to a form that was written before; None if it is another form."""
    sent = AttendanceMark.objects.filter(register=register, student=student, submission=change.submission).first()
    if sent is None or sent.replaces_id != change.standing:
        return None
    if isinstance(change, Correction) and not (_says(sent, change) and sent.reason == change.reason.strip()):
        return None
    return Result(standing, written=sent)


def _write(mark: AttendanceMark, change: Change, standing: AttendanceMark | None, by: User, at: datetime) -> Result:
    source = _source(by, mark.register.school)
    mark.school, mark.source, mark.precedence = mark.register.school, source, AttendanceMark.PRECEDENCE[source]
    mark.replaces, mark.submission, mark.recorded_by, mark.recorded_at = standing, change.submission, by, at
    mark.save(force_insert=True)
    audit.record(
        "mark.corrected" if isinstance(change, Correction) else "mark.undone",
        school=mark.school,
        subject=mark.student_id,
        actor=by,
        at=at,
        register=str(mark.register_id),
        mark=str(mark.id),
        code=str(mark.code),
        minutes=mark.minutes_late,
    )
    return Result(mark, written=mark)


def _source(by: User, school: School) -> AttendanceMark.Source:
    office = Role.objects.filter(user=by, school=school, kind=Role.Kind.OFFICE).exists()
    return Source.OFFICE if office else Source.TEACHER


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
