"""Pages of the school itself: the front page, the teacher's register, and a sign of life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campus import audit, calendar, clock, registers
from campus.models import AttendanceMark, Group, Guardianship, Person, Register, Role, User
from campus.sign_in import SignedInRequest, signed_in


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers, and nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Tell a visitor what this is, and show everybody else the way to their pages."""
    if not request.user.is_authenticated:
        return render(request, "home.html")
    return _doors(request)


@signed_in
def _doors(request: SignedInRequest) -> HttpResponse:
    kinds = set(Role.objects.filter(user=request.user).values_list("kind", flat=True))
    doors = {
        "family": Guardianship.objects.filter(guardian=request.user, ended_at__isnull=True).exists(),
        "register": bool(kinds & {Role.Kind.TEACHER, Role.Kind.OFFICE}),
        "office": Role.Kind.OFFICE in kinds,
        "witness": bool(kinds),
        "set_up": request.user.is_superuser or Role.Kind.ADMINISTRATOR in kinds,
    }
    return render(request, "doors.html", {"doors": doors, "any_door": any(doors.values())})


@dataclass(frozen=True)
class Line:
    """One student in a register, and the mark that stands, if any."""

    student: Person
    mark: AttendanceMark | None

    @property
    def state(self) -> str:
        """A mark's code, or `not_yet`. Nobody becomes absent by not having been seen."""
        return self.mark.code if self.mark else "not_yet"


@require_safe
@signed_in
def register_today(request: SignedInRequest) -> HttpResponse:
    """Show today's register of one of the viewer's groups; `?group=` chooses which."""
    groups = list(_groups_of(request.user))
    if not groups and not Role.objects.filter(user=request.user, kind__in=("teacher", "office")).exists():
        raise PermissionDenied
    if not groups:
        return render(request, "register/no_group.html")
    at, group = clock.now(), _chosen(groups, request.GET.get("group"))
    day = calendar.local_date(group.school, at)
    audit.record_read("register", school=group.school, subject=group.id, viewer=request.user, at=at)
    register = _now_running(registers.open_registers(school=group.school, day=day, group=group), at)
    lines = _lines(register) if register else []
    states = [line.state for line in lines]
    context = {"groups": groups, "group": group, "day": day, "register": register, "lines": lines}
    context |= {f"count_{state}": states.count(state) for state in ("present", "late", "absent", "not_yet")}
    context |= {"times": _times(register, group), "now": calendar.local_time(group.school, at)}
    return render(request, "register/today.html", context)


def _groups_of(user: User) -> QuerySet[Group]:
    """Return the groups whose register a user may see: a teacher's own, and all of the office's school."""
    teaches = Q(teachers=user, school__roles__user=user, school__roles__kind=Role.Kind.TEACHER)
    runs = Q(school__roles__user=user, school__roles__kind=Role.Kind.OFFICE)
    return Group.objects.filter(teaches | runs).select_related("school").distinct().order_by("school__name", "name")


def _chosen(groups: Sequence[Group], wanted: str | None) -> Group:
    if not wanted:
        return groups[0]
    try:
        return next(group for group in groups if group.id == UUID(wanted))
    except (ValueError, StopIteration) as error:
        raise Http404 from error


def _now_running(found: Sequence[Register], at: datetime) -> Register | None:
    """Return the last of a day's registers that has opened, or the first one before any has."""
    opened = [register for register in found if register.opens_at <= at]
    return opened[-1] if opened else next(iter(found), None)


def _lines(register: Register) -> list[Line]:
    marks = {mark.student_id: mark for mark in registers.current_marks(register)}
    return [Line(student, marks.get(student.id)) for student in registers.members(register.group, register.date)]


def _times(register: Register | None, group: Group) -> dict[str, time]:
    if register is None:
        return {}
    moments = {"opens": register.opens_at, "late_after": register.late_after, "closes": register.closes_at}
    return {name: calendar.local_time(group.school, moment) for name, moment in moments.items()}
