"""The data protection officer's first pages: what is due, and the lists behind it. Administrators see their part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campus import audit, calendar, clock, offices, people
from campus.models import Role, School, User
from campus.sign_in import SignedInRequest, signed_in
from enrollment import due

OFFICER = (Role.Kind.PROTECTION_OFFICER,)
DECIDES = (Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR)
"""Who may open the pages on which two people decide."""


@dataclass(frozen=True)
class Row:
    """A line of a list: a student, what about them, since or by when."""

    student: str
    words: str
    day: date


def is_officer(user: User, school: School) -> bool:
    """Tell whether somebody is a school's data protection officer, who sees all of these pages."""
    return people.has_role(user, school, *OFFICER)


def page(request: SignedInRequest, school: School, section: str, schools: Iterable[School] = ()) -> dict[str, object]:
    """Return what every one of these pages shows, and write down who looks at which part."""
    audit.record_read(f"protection.{section}", school=school, subject=school.id, viewer=request.user, at=clock.now())
    officer = is_officer(request.user, school)
    return {"school": school, "schools": schools, "section": section, "is_officer": officer}


@require_safe
@signed_in
def overview(request: SignedInRequest) -> HttpResponse:
    """Show what is due in one of the viewer's schools (`?school=`)."""
    (school, schools), at = offices.asked_for(request, DECIDES), clock.now()
    context = page(request, school, "due", schools)
    items = due.for_officer(school, at) if context["is_officer"] else due.for_head(school, at)
    context |= {"items": items, "late": sum(one.late for one in items), "today": calendar.local_date(school, at)}
    return render(request, "protection/due.html", context)


@require_safe
@signed_in
def expiring(request: SignedInRequest) -> HttpResponse:
    """List whose consent runs out within 30 days."""
    words = _("The family is asked again. Without a new yes the template is destroyed on that day.")
    return _list(request, _("Consents that run out"), words, _expiring)


@require_safe
@signed_in
def holds(request: SignedInRequest) -> HttpResponse:
    """List the holds that stand."""
    words = _("Nothing is compared while one stands. The school office clears or confirms it, two people at a time.")
    return _list(request, _("Holds that stand"), words, _holds)


@require_safe
@signed_in
def exemptions(request: SignedInRequest) -> HttpResponse:
    """List the exemptions that wait for a second person."""
    words = _("One of the office says that a guardian need not be told. Another has to agree before it counts.")
    return _list(request, _("Exemptions that wait"), words, _exemptions)


@require_safe
@signed_in
def not_told(request: SignedInRequest) -> HttpResponse:
    """List who was not given the notice in force."""
    words = _("Until everybody with parental responsibility was told in writing, no face of the child is looked at.")
    return _list(request, _("Guardians not told yet"), words, _not_told)


Rows = Callable[[School, datetime], Iterable[Row]]


def _list(request: SignedInRequest, heading: str, words: str, rows: Rows) -> HttpResponse:
    (school, schools), at = offices.asked_for(request, OFFICER), clock.now()
    context = page(request, school, "due", schools) | {"heading": heading, "words": words}
    context["rows"] = list(rows(school, at))
    return render(request, "protection/list.html", context)


def _expiring(school: School, at: datetime) -> Iterable[Row]:
    for one in due.expiring(school, at):
        yield Row(one.student.name, _("runs out"), calendar.local_date(school, one.expires_at))


def _holds(school: School, at: datetime) -> Iterable[Row]:
    for one in due.holds(school):
        yield Row(one.student.name, str(one.get_cause_display()), calendar.local_date(school, one.recorded_at))


def _exemptions(school: School, at: datetime) -> Iterable[Row]:
    for one in due.exemptions(school):
        yield Row(one.student.name, f"{one.guardian}: {one.reason}", calendar.local_date(school, one.recorded_at))


def _not_told(school: School, at: datetime) -> Iterable[Row]:
    for one in due.not_told(school, at):
        yield Row(one.student.name, str(one.guardian), calendar.local_date(school, one.began_at))
