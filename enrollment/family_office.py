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
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campus import addresses, audit, calendar, clock, guardians, letters, people, sign_in_again
from campus.guardians import Refused
from campus.models import Guardianship, Person, School, User
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from enrollment import ages, bonds, consent, notifications, questions, waiting
from enrollment.models import Notification
from enrollment.office import student_of
from enrollment.questions import Question


@dataclass(frozen=True)
class Line:
    """One guardian as the office sees them: never the address, only whether there is one."""

    bond: Guardianship
    linked: bool
    confirmed: bool
    namesake: bool
    """Somebody on the staff has the same name, and nobody has said that it is the same human."""
    letter_until: date | None
    waits: bool
    """Something on paper waits for a second person."""


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def of_student(request: SignedInRequest, student: UUID) -> HttpResponse:
    """List a student's guardians, and name another one."""
    at, found = clock.now(), student_of(request.user, student)
    audit.record_read("guardians", school=found.school, subject=found.id, viewer=request.user, at=at)
    if request.method != "POST":
        return _list(request, found, at, typed=kept_form(request))
    name, same_as = request.POST.get("name", "").strip(), request.POST.get("same_as", "")
    known = list(guardians.of_school(found.school).filter(name__iexact=name)) if name else []
    if known and not same_as:
        return _list(request, found, at, typed=request.POST.dict(), known=known)
    try:
        _name(request, found, name, next((one for one in known if str(one.id) == same_as), None), at)
    except Refused as refusal:
        if known:
            return _list(request, found, at, typed=request.POST.dict(), known=known, refusal=refusal)
        return _list(request, found, at, typed=request.POST.dict(), refusal=refusal)
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
    audit.record_read("letter", school=found.school, subject=found.id, viewer=request.user, at=at)
    written_in = addresses.language_of(bond.guardian) if bond.guardian.email else get_language() or "en"
    with translation.override(written_in):
        asked = questions.of(found)
    told = _tell_by_letter(bond, asked, request.user, at)
    context = {
        "told": told,
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
        "alone": bond.capacity == Guardianship.Capacity.STUDENT,
        "confirmed": addresses.is_confirmed(bond.guardian),
    }
    return render(request, "office/letter.html", context)


def _tell_by_letter(bond: Guardianship, asked: list[Question], by: User, at: datetime) -> bool:
    """Write down that the letter carries the notices to a guardian, about every child that it names."""
    read = [question.notice for question in asked if question.notice is not None]
    for student in sorted(guardians.students_of(bond.guardian, bond.school), key=lambda one: one.id):
        for notice in read:
            notifications.record(
                student=student,
                guardian=bond.guardian,
                notice=notice,
                method=Notification.Method.LETTER,
                at=at,
                by=by,
            )
    return bool(read)


@require_POST
@signed_in
def student_alone(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Let a student who is old enough have a sign-in; the letter's code binds it, as a guardian's."""
    at, found = clock.now(), student_of(request.user, student)
    if not sign_in_again.is_recent(request, at):
        return _ask_again(request, found)
    try:
        bonds.name_student(student=found, by=request.user, at=at)
        messages.success(request, _("The student answers alone from now on. Print the letter with the code next."))
    except Refused as refusal:
        messages.error(request, refusal.words)
    return redirect("office_guardians", found.id)


@require_POST
@signed_in
def works_as(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Say whether a guardian works at the school, and who that is."""
    found = student_of(request.user, student)
    bond = bond_of(found, request.POST.get("guardian", ""))
    try:
        staff = _staff_named(request, found.school)
        guardians.say_works_as(
            guardian=bond.guardian, staff=staff, school=found.school, by=request.user, at=clock.now()
        )
        messages.success(request, _("Written down."))
    except Refused as refusal:
        messages.error(request, refusal.words)
    return redirect("office_guardians", found.id)


@require_POST
@signed_in
def end(request: SignedInRequest, student: UUID) -> HttpResponse:
    """End a guardianship. What rested on that guardian's Yes ends with it."""
    at, found = clock.now(), student_of(request.user, student)
    bond = bond_of(found, request.POST.get("guardian", ""))
    if not sign_in_again.is_recent(request, at):
        return _ask_again(request, found)
    try:
        bonds.end_guardianship(bond=bond, by=request.user, at=at)
        messages.success(request, _("The guardianship has ended."))
    except Refused as refusal:
        messages.error(request, refusal.words)
    return redirect("office_guardians", found.id)


def _ask_again(request: SignedInRequest, student: Person) -> HttpResponse:
    return sign_in_again.ask(request, shows_kept=False, onward=reverse("office_guardians", args=[student.id]))


def bond_of(student: Person, guardian: str) -> Guardianship:
    """Return a student's living guardianship by the guardian's number; anybody else's is a 404."""
    bonds_now = Guardianship.objects.filter(student=student, ended_at__isnull=True).select_related(
        "guardian__works_as", "student__school", "school"
    )
    found = bonds_now.filter(guardian_id=int(guardian)).first() if guardian.isdecimal() and len(guardian) < 18 else None
    if found is None:
        raise Http404
    return found


@transaction.atomic
def _name(request: SignedInRequest, student: Person, name: str, known: User | None, at: datetime) -> Guardianship:
    guardians.check_name(name)
    if request.POST.get("responsible") not in ("yes", "no"):
        raise Refused("no_responsibility")
    responsible, staff = request.POST["responsible"] == "yes", _staff_named(request, student.school)
    if known is not None:
        bond = guardians.name_again(student=student, guardian=known, responsible=responsible, by=request.user, at=at)
    else:
        bond = guardians.name(student=student, name=name, responsible=responsible, by=request.user, at=at)
    consent.reconcile(student=student, at=at)  # Somebody more must be told first: nothing is compared from now on.
    if staff is not None:
        guardians.say_works_as(guardian=bond.guardian, staff=staff, school=student.school, by=request.user, at=at)
    return bond


def _staff_named(request: SignedInRequest, school: School) -> User | None:
    """Return who of the staff the guardian is said to be, or None for nobody; there is no answer by default."""
    said = request.POST.get("works_as", "")
    if said == "nobody":
        return None
    if not said:
        raise Refused("no_works_as")
    found = people.staff_of(school).filter(id=int(said)).first() if said.isdecimal() and len(said) < 18 else None
    if found is None:
        raise Refused("not_staff")
    return found


FIELDS = {"no_responsibility": "responsible-yes", "no_works_as": "works-as", "not_staff": "works-as"}
"""Reason of a refusal -> the field that it is about, where it isn't the name."""


def _list(
    request: SignedInRequest,
    student: Person,
    at: datetime,
    *,
    typed: dict[str, Any],
    known: list[User] | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    staff = list(people.staff_of(student.school))
    namesakes = {one.name.casefold() for one in staff if one.name}
    lines = [_line(bond, namesakes, at) for bond in _bonds(student)]
    has_own = any(line.bond.capacity == Guardianship.Capacity.STUDENT for line in lines)
    context = {
        "student": student,
        "lines": lines,
        "may_answer_alone": not has_own and ages.answers_alone(student, at),
        "staff": staff,
        "typed": typed,
        "known": [(one, guardians.students_of(one, student.school)) for one in known or []],
        "error": refusal.words if refusal else "",
        "target": FIELDS.get(refusal.reason, "name") if refusal else "",
    }
    return render(request, "office/guardians.html", context, status=422 if refusal else 200)


def _bonds(student: Person) -> list[Guardianship]:
    found = Guardianship.objects.filter(student=student, ended_at__isnull=True).select_related(
        "guardian__works_as", "school"
    )
    return list(found.order_by("guardian__name", "id"))


def _line(bond: Guardianship, namesakes: set[str], at: datetime) -> Line:
    guardian, school = bond.guardian, bond.school
    sent = letters.waiting_for(guardian, school, at)
    return Line(
        bond=bond,
        linked=bool(guardian.email),
        confirmed=addresses.is_confirmed(guardian),
        namesake=guardian.works_as is None and guardian.name.casefold() in namesakes,
        letter_until=calendar.local_date(school, sent.expires_at) if sent else None,
        waits=waiting.papers(school).filter(guardian=guardian, student_id=bond.student_id).exists()
        or waiting.changes(school).filter(guardian=guardian).exists(),
    )
