"""What a family can look up about a child: every mark with its changes, and everybody who looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campus import audit, calendar, clock, months, reads, registers
from campus.models import AttendanceMark, AuditEvent, Person
from campus.sign_in import SignedInRequest, signed_in
from campus.subjects import Asked
from campus.who import Coded, Who
from enrollment import disclosures
from enrollment.family import child_of, current_marks


@dataclass(frozen=True)
class Step:
    """One writing of a mark: what it said, who wrote it and when."""

    mark: AttendanceMark
    day: date
    clock: time
    who: str


@require_safe
@signed_in
def marks(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show the attendance of a month, each mark with what it was changed from."""
    at = clock.now()
    found = child_of(request.user, student, at)
    asked, school = Asked(found, request.user), found.school
    audit.record_read("marks", school=school, subject=found.id, viewer=request.user, at=at)
    context: dict[str, object] = {"student": found, "asked": asked}
    if not asked.is_restricted:
        today, wanted = calendar.local_date(school, at), request.GET.get("month")
        standing = current_marks(found).select_related("register__school").order_by("-register__opens_at")
        month = months.of_dates(wanted, standing, "register__date", today)
        who = Who(found, request.user)
        context["month"] = month
        context["lines"] = [(mark, _steps(mark, found, who)) for mark in month.rows]
    return render(request, "family/marks.html", context)


@require_safe
@signed_in
def looked(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show who looked at the child's data in a month, when, and on which page, and what was done with it."""
    at = clock.now()
    found = child_of(request.user, student, at)
    audit.record_read("reads", school=found.school, subject=found.id, viewer=request.user, at=at)
    asked = Asked(found, request.user)
    month = months.of_moments(request.GET.get("month"), reads.of(asked), "at", found.school, at)
    context = {"student": found, "asked": asked, "month": month, "days": _by_day(month.rows, asked)}
    context["outside"] = [
        (one, calendar.local_date(found.school, one.decided_at))
        for one in disclosures.told_of(found)
        if one.decided_at is not None
    ]
    return render(request, "family/reads.html", context)


def _steps(mark: AttendanceMark, student: Person, who: Who) -> list[Step]:
    """Return every writing of a line of marks, the first one first."""
    return [
        Step(
            step,
            calendar.local_date(student.school, step.recorded_at),
            calendar.local_time(student.school, step.recorded_at),
            who.staff(step.recorded_by).words if step.recorded_by else str(step.get_source_display()),
        )
        for step in registers.history(mark.register, student)
    ]


@dataclass(frozen=True)
class Reading:
    """What one person opened on one day, and at which times."""

    who: Coded
    what: str
    times: list[time]


def _by_day(events: list[AuditEvent], asked: Asked) -> list[tuple[date, list[Reading]]]:
    """Put the readings of one person and page on a day together: a register is opened many times a morning."""
    who, school = Who(asked.student, asked.viewer), asked.student.school

    def day_of(event: AuditEvent) -> date:
        return calendar.local_date(school, event.at)

    days = []
    for day, found in groupby(events, key=day_of):
        together: dict[tuple[Coded, str], list[datetime]] = {}
        for event in found:
            together.setdefault((reads.named(event, who), reads.in_words(event)), []).append(event.at)
        readings = [
            Reading(name, what, [calendar.local_time(school, at) for at in sorted(moments)])
            for (name, what), moments in together.items()
        ]
        days.append((day, readings))
    return days
