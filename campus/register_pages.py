"""The pages of a class register: today's, one student's line in it, and the week."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus import audit, calendar, clock, registers, sheets
from campus.models import AttendanceMark, Group, Person, Register, Role
from campus.register_forms import REASONS_ABSENT, REASONS_HERE, REFUSALS, ChangeForm, MarkForm, blank
from campus.registers import Refusal, Result
from campus.sheets import Line
from campus.sign_in import A_WORKING_DAY, SignedInRequest, keeps_form, kept_form, signed_in

STATUS = {Refusal.NEWER: HTTPStatus.CONFLICT, Refusal.NOT_YOURS: HTTPStatus.NOT_FOUND}


@require_safe
@signed_in
def today(request: SignedInRequest) -> HttpResponse:
    """Show today's register of one of the viewer's groups; `?group=` chooses which."""
    groups = _groups(request)
    if not groups:
        return render(request, "register/no_group.html")
    at, group = clock.now(), _chosen(groups, request.GET.get("group"))
    found = registers.open_registers(school=group.school, day=calendar.local_date(group.school, at), group=group)
    return _page(request, groups, group, _now_running(found, at), at)


@require_safe
@signed_in
def one(request: SignedInRequest, register: UUID) -> HttpResponse:
    """Show one register, today's or an earlier one."""
    found = _register(request, register)
    return _page(request, _groups(request), found.group, found, clock.now())


@require_safe
@signed_in
def live(request: SignedInRequest, register: UUID) -> HttpResponse:
    """Answer the register page's poll: the lines, or in a few bytes that nothing has changed.

    It is no new reading while the page stands open, and is one for whoever never opened the page.
    """
    found, at = _register(request, register), clock.now()
    audit.record_read(
        "register", school=found.school, subject=found.id, viewer=request.user, at=at, once_in=A_WORKING_DAY
    )
    return _live(request, found, HTTPStatus.OK)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def student(request: SignedInRequest, register: UUID, student: UUID) -> HttpResponse:
    """Show a student's line of marks in one register, and take a correction."""
    found, person = _place(request, register, student)
    at = clock.now()
    if request.method != "POST":
        return _student_page(request, found, person, at)
    form = MarkForm(request.POST)
    if not form.is_valid():
        wrong = Refusal.NEEDS_MINUTES if "minutes" in form.errors else None
        return _refused(request, found, person, wrong, form)
    done = registers.correct(register=found, student=person, wanted=form.correction(), by=request.user, at=at)
    return _done(request, found, person, done, form)


@require_POST
@signed_in
def undo(request: SignedInRequest, register: UUID, student: UUID) -> HttpResponse:
    """Take back the last step that a person took."""
    found, person = _place(request, register, student)
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _refused(request, found, person, None, None)
    done = registers.undo(register=found, student=person, seen=form.change(), by=request.user, at=clock.now())
    return _done(request, found, person, done, None)


@require_safe
@signed_in
def week(request: SignedInRequest) -> HttpResponse:
    """Show a class by the days of a week; `?group=` and `?day=` choose which."""
    groups = _groups(request)
    if not groups:
        return render(request, "register/no_group.html")
    at, group = clock.now(), _chosen(groups, request.GET.get("group"))
    now = calendar.local_date(group.school, at)
    audit.record_read("register_week", school=group.school, subject=group.id, viewer=request.user, at=at)
    shown = sheets.week(group, _day(request.GET.get("day"), now))
    return render(request, "register/week.html", {"groups": groups, "group": group, "week": shown, "today": now})


# ---------------------------------------------------------------- what a request means


def _groups(request: SignedInRequest) -> list[Group]:
    groups = list(registers.groups_of(request.user))
    if not groups and not Role.objects.filter(user=request.user, kind__in=("teacher", "office")).exists():
        raise PermissionDenied
    return groups


def _chosen(groups: Sequence[Group], wanted: str | None) -> Group:
    if not wanted:
        return groups[0]
    try:
        return next(group for group in groups if group.id == UUID(wanted))
    except (ValueError, StopIteration) as error:
        raise Http404 from error


def _day(wanted: str | None, otherwise: date) -> date:
    if not wanted:
        return otherwise
    try:
        day = date.fromisoformat(wanted)
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= day.year <= 2100:
        raise Http404
    return day


def _register(request: SignedInRequest, register: UUID) -> Register:
    """Return a register that the viewer may see; any other is as unknown as one that doesn't exist."""
    theirs = Register.objects.filter(group__in=registers.groups_of(request.user).order_by().values("id"))
    return get_object_or_404(theirs.select_related("group__school", "school"), id=register)


def _place(request: SignedInRequest, register: UUID, student: UUID) -> tuple[Register, Person]:
    found = _register(request, register)
    return found, get_object_or_404(registers.members(found.group, found.date), id=student)


def _now_running(found: Sequence[Register], at: datetime) -> Register | None:
    """Return the last of a day's registers that has opened, or the first one before any has."""
    opened = [register for register in found if register.opens_at <= at]
    return opened[-1] if opened else next(iter(found), None)


def _from_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


# ---------------------------------------------------------------- answers


def _page(
    request: SignedInRequest, groups: Sequence[Group], group: Group, register: Register | None, at: datetime
) -> HttpResponse:
    context: dict[str, Any] = {"groups": groups, "group": group, "register": register}
    context |= {"day": register.date if register else calendar.local_date(group.school, at)}
    context |= {"now": calendar.local_time(group.school, at), "reasons": _reasons()}
    if register is not None:
        audit.record_read("register", school=group.school, subject=register.id, viewer=request.user, at=at)
        register.group = group
        sheet = sheets.sheet(register, at)
        context |= {"sheet": sheet, "lines": sheet.lines, "times": _times(register)}
        context |= {"minutes_now": _minutes(register, at)}
    return render(request, "register/today.html", context)


def _live(request: SignedInRequest, register: Register, status: int, said: str = "") -> HttpResponse:
    sheet = sheets.sheet(register, clock.now())
    tag = f'"{sheet.version}"'
    answer = get_conditional_response(request, tag) if request.method == "GET" else None
    if answer is None:
        context = {"register": register, "sheet": sheet, "lines": sheet.lines, "said": said}
        answer = render(request, "register/_live.html", context, status=status)
        answer.headers["ETag"] = tag
    answer.headers["Register-Time"] = f"{sheet.now:%H:%M:%S}"
    return answer


def _done(
    request: SignedInRequest, register: Register, person: Person, done: Result, form: MarkForm | None
) -> HttpResponse:
    if done.refused is not None:
        return _refused(request, register, person, done.refused, form)
    line = Line(person, done.mark)
    said = _("%(name)s: %(state)s. Saved.") % {"name": person.name, "state": line.words}
    if _from_script(request):
        answer = _live(request, register, HTTPStatus.OK, said)
        answer.headers["Register-Written"] = str(done.written.id) if done.written else ""
        return answer
    messages.success(request, said)
    return redirect(reverse("register_one", args=[register.id]) + f"#s-{person.id}")


def _refused(
    request: SignedInRequest, register: Register, person: Person, why: Refusal | None, form: MarkForm | None
) -> HttpResponse:
    status = STATUS.get(why, HTTPStatus.UNPROCESSABLE_ENTITY) if why else HTTPStatus.UNPROCESSABLE_ENTITY
    said = str(REFUSALS[why]) if why else _("Choose present, late or absent, and keep the reason under 200 characters.")
    if _from_script(request):
        return _live(request, register, status, said)
    return _student_page(request, register, person, clock.now(), (status, said, form.data if form else {}))


def _student_page(
    request: SignedInRequest,
    register: Register,
    person: Person,
    at: datetime,
    refused: tuple[int, str, Mapping[str, Any]] | None = None,
) -> HttpResponse:
    """Show the line and the form; after a refusal with what was typed, and ready to be sent over the newer mark."""
    audit.record_read("register_line", school=register.school, subject=person.id, viewer=request.user, at=at)
    line = _history(register, person)
    context = {"register": register, "student": person, "history": line, "group": register.group}
    if _from_script(request):
        return render(request, "register/_history.html", context)
    status, said, typed = refused or (HTTPStatus.OK, "", kept_form(request))
    standing = line[-1].mark if line else None
    values = blank(standing, _minutes(register, at))
    again = {key: typed.get(key, "") for key in ("code", "minutes", "reason")} if typed else {}
    context |= {"said": said, "values": values | again, "reasons": _reasons(), "undo_submission": uuid4()}
    context |= {"line": Line(person, standing), "times": _times(register)}
    return render(request, "register/student.html", context, status=status)


@dataclass(frozen=True)
class Entry:
    """One step of a line of marks, as it is read."""

    mark: AttendanceMark
    day: date
    clock: time
    words: str
    undone: bool
    """This step took the one before it back."""


def _history(register: Register, person: Person) -> list[Entry]:
    school = register.group.school
    return [
        Entry(
            mark,
            calendar.local_date(school, mark.recorded_at),
            calendar.local_time(school, mark.recorded_at),
            Line(person, mark).words,
            mark.restores_id is not None or mark.code == AttendanceMark.Code.CLEARED,
        )
        for mark in registers.history(register, person)
    ]


def _minutes(register: Register, at: datetime) -> int:
    """How late somebody is who comes in now; a modest guess outside the register's hours."""
    late = math.ceil((at - register.late_after).total_seconds() / 60)
    return late if 1 <= late <= registers.LONGEST_MINUTES and at <= register.closes_at else 5


def _reasons() -> dict[str, Sequence[Any]]:
    return {"absent": REASONS_ABSENT, "here": REASONS_HERE}


def _times(register: Register) -> dict[str, time]:
    moments = {"opens": register.opens_at, "late_after": register.late_after, "closes": register.closes_at}
    return {name: calendar.local_time(register.group.school, moment) for name, moment in moments.items()}
