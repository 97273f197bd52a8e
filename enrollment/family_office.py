"""The office's pages about guardians: name one, print the letter with the code, end a guardianship.

The office names a guardian by name. No page here takes the address that a family signs in by on one person's
word, and none answers for a family.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campus import addresses, audit, calendar, clock, guardians, letters
from campus.guardians import Refused
from campus.models import AddressChange, Guardianship, Person, User
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from enrollment import bonds, paper, questions
from enrollment.office import student_of


@dataclass(frozen=True)
class Line:
    """One guardian as the office sees them: never the address, only whether there is one."""

    bond: Guardianship
    linked: bool
    confirmed: bool
    letter_until: date | None
    waits: bool
    """Something on paper waits for a second person."""


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def of_student(request: SignedInRequest, student: UUID) -> HttpResponse:
    """List a student's guardians, and name another one."""
    at, found = clock.now(), student_of(request.user, student)
    if request.method != "POST":
        audit.record_read("guardians", school=found.school, subject=found.id, viewer=request.user, at=at)
        return _list(request, found, at, typed=kept_form(request))
    name, same_as = request.POST.get("name", "").strip(), request.POST.get("same_as", "")
    known = list(guardians.of_school(found.school).filter(name__iexact=name)) if name else []
    if known and not same_as:
        return _list(request, found, at, typed=request.POST.dict(), known=known)
    try:
        _name(request, found, name, next((one for one in known if str(one.id) == same_as), None), at)
    except Refused as refusal:
        return _list(request, found, at, typed=request.POST.dict(), error=refusal.words)
    messages.success(request, _("The guardian is named. Print the letter with the code next."))
    return redirect("office_guardians", found.id)


@require_POST
@signed_in
def letter(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Make a letter with a new code and show it, this once, to be printed. Any letter before it has ended."""
    at, found = clock.now(), student_of(request.user, student)
    bond = bond_of(found, request.POST.get("guardian", ""))
    try:
        code = letters.issue(guardian=bond.guardian, school=found.school, by=request.user, at=at)
    except Refused as refusal:
        messages.error(request, refusal.words)
        return redirect("office_guardians", found.id)
    written_in = addresses.language_of(bond.guardian) if bond.guardian.email else get_language() or "en"
    with translation.override(written_in):
        asked = questions.of(found)
    context = {
        "student": found,
        "guardian": bond.guardian,
        "written_in": written_in,
        "code": code,
        "today": calendar.local_date(found.school, at),
        "until": calendar.local_date(found.school, at + letters.LASTS),
        "children": guardians.students_of(bond.guardian, found.school),
        "questions": asked,
        "join": request.build_absolute_uri(reverse("family_join")),
        "has_address": bool(bond.guardian.email),
        "confirmed": addresses.is_confirmed(bond.guardian),
    }
    return render(request, "office/letter.html", context)


@require_POST
@signed_in
def end(request: SignedInRequest, student: UUID) -> HttpResponse:
    """End a guardianship. What rested on that guardian's Yes ends with it."""
    found = student_of(request.user, student)
    bond = bond_of(found, request.POST.get("guardian", ""))
    try:
        bonds.end_guardianship(bond=bond, by=request.user, at=clock.now())
        messages.success(request, _("The guardianship has ended."))
    except Refused as refusal:
        messages.error(request, refusal.words)
    return redirect("office_guardians", found.id)


def bond_of(student: Person, guardian: str) -> Guardianship:
    """Return a student's living guardianship by the guardian's number; anybody else's is a 404."""
    bonds_now = Guardianship.objects.filter(student=student, ended_at__isnull=True).select_related(
        "guardian", "student__school", "school"
    )
    found = bonds_now.filter(guardian_id=int(guardian)).first() if guardian.isdecimal() and len(guardian) < 18 else None
    if found is None:
        raise Http404
    return found


def _name(request: SignedInRequest, student: Person, name: str, known: User | None, at: datetime) -> None:
    responsible = request.POST.get("responsible") == "yes"
    if known is not None:
        guardians.name_again(student=student, guardian=known, responsible=responsible, by=request.user, at=at)
    else:
        guardians.name(student=student, name=name, responsible=responsible, by=request.user, at=at)


def _list(
    request: SignedInRequest,
    student: Person,
    at: datetime,
    *,
    typed: dict[str, Any],
    known: list[User] | None = None,
    error: str = "",
) -> HttpResponse:
    context = {
        "student": student,
        "lines": [_line(bond, at) for bond in _bonds(student)],
        "typed": typed,
        "known": [(one, guardians.students_of(one, student.school)) for one in known or []],
        "error": error,
    }
    return render(request, "office/guardians.html", context, status=422 if error else 200)


def _bonds(student: Person) -> list[Guardianship]:
    found = Guardianship.objects.filter(student=student, ended_at__isnull=True).select_related("guardian", "school")
    return list(found.order_by("guardian__name", "id"))


def _line(bond: Guardianship, at: datetime) -> Line:
    guardian, school = bond.guardian, bond.school
    sent = letters.waiting_for(guardian, school, at)
    return Line(
        bond=bond,
        linked=bool(guardian.email),
        confirmed=addresses.is_confirmed(guardian),
        letter_until=calendar.local_date(school, sent.expires_at) if sent else None,
        waits=paper.waiting(school).filter(guardian=guardian, student_id=bond.student_id).exists()
        or AddressChange.objects.filter(guardian=guardian, status=AddressChange.Status.WAITING).exists(),
    )
