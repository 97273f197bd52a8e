"""What stands between a student and the gate by face, beside the answers: for the office and the protection officer.

A guardian's No that wasn't in writing, a question about a court's order, whom the school need not tell, and whom a
court keeps from knowing where the child is. Whatever tightens works at once; whatever loosens takes another person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campus import audit, calendar, clock, offices, people, restrictions, sign_in_again
from campus.guardians import Refused
from campus.models import ContactRestriction, Guardianship, Person, Role, User
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from enrollment import assent, exemptions, holds, standings
from enrollment.models import Exemption, Hold

Row = TypeVar("Row", Hold, Exemption, ContactRestriction)

SEEN_BY = (Role.Kind.OFFICE, Role.Kind.PROTECTION_OFFICER)
LOOSENS = {"clear", "end_restriction"}
"""What needs a sign-in under 15 minutes old."""


@dataclass(frozen=True)
class Line:
    """One guardian, and what the school has written down about them."""

    bond: Guardianship
    exemption: Exemption | None
    restriction: ContactRestriction | None


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def of_student(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show what stands in the way, and take what is written down about it."""
    at = clock.now()
    found = offices.one_of(request.user, _students(), student, SEEN_BY)
    if request.method != "POST":
        audit.record_read("consent", school=found.school, subject=found.id, viewer=request.user, at=at)
        return _show(request, found, at, typed=kept_form(request))
    name = request.POST.get("act", "")
    act = ACTS.get(name)
    if act is None:
        raise Http404
    if name in LOOSENS and not sign_in_again.is_recent(request, at):
        return sign_in_again.ask(request)
    try:
        messages.success(request, act(request, found, at))
    except Refused as refusal:
        return _show(request, found, at, typed=request.POST.dict(), error=refusal.words)
    return redirect("office_consent", found.id)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def said_no(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Write down a No that somebody of the staff heard, from the student or from a guardian. Nobody judges it."""
    at, found = clock.now(), _students().filter(id=student).first()
    if found is None or not people.may_hear(request.user, found, at):
        raise Http404
    context = {"student": found, "guardians": _guardians(found), "typed": kept_form(request)}
    if request.method != "POST":
        audit.record_read("said_no", school=found.school, subject=found.id, viewer=request.user, at=at)
        return render(request, "office/said_no.html", context)
    who = request.POST.get("who", "")
    if who == "student":
        assent.refuse(student=found, by=request.user, at=at)
    elif who:
        holds.record_objection(student=found, guardian=_guardian(found, who), by=request.user, at=at)
    else:
        return render(request, "office/said_no.html", context | {"error": _("Choose who said no.")}, status=422)
    messages.success(request, _("Written down. From now on no face is compared for this student."))
    return redirect("said_no", found.id)


# ------------------------------------------------------------ what is written down


def _clear(request: SignedInRequest, student: Person, at: datetime) -> str:
    hold = _row(Hold, student, request.POST.get("hold"))
    holds.clear(hold=hold, reason=request.POST.get("text", ""), by=request.user, at=at)
    return _("Cleared. What it had stopped goes on, if everything else allows it.")


def _query(request: SignedInRequest, student: Person, at: datetime) -> str:
    holds.record_query(student=student, by=request.user, at=at)
    return _("Written down. No face is compared until the data protection officer has cleared it.")


def _exempt(request: SignedInRequest, student: Person, at: datetime) -> str:
    guardian = _guardian(student, request.POST.get("guardian", ""))
    exemptions.record(student=student, guardian=guardian, reason=request.POST.get("text", ""), by=request.user, at=at)
    return _("Typed in. It counts once a colleague has confirmed it.")


def _end_exemption(request: SignedInRequest, student: Person, at: datetime) -> str:
    exemptions.end(exemption=_row(Exemption, student, request.POST.get("exemption")), by=request.user, at=at)
    return _("It has ended. This guardian has to be told like any other.")


def _restrict(request: SignedInRequest, student: Person, at: datetime) -> str:
    guardian = _guardian(student, request.POST.get("guardian", ""))
    restrictions.record(student=student, guardian=guardian, order=request.POST.get("text", ""), by=request.user, at=at)
    return _("Written down. This guardian no longer sees where the child is or was.")


def _end_restriction(request: SignedInRequest, student: Person, at: datetime) -> str:
    found = _row(ContactRestriction, student, request.POST.get("restriction"))
    restrictions.end(restriction=found, by=request.user, at=at)
    return _("It has ended. This guardian sees again what every other guardian sees.")


ACTS: dict[str, Callable[[SignedInRequest, Person, datetime], str]] = {
    "clear": _clear,
    "query": _query,
    "exempt": _exempt,
    "end_exemption": _end_exemption,
    "restrict": _restrict,
    "end_restriction": _end_restriction,
}


# ------------------------------------------------------------ the page


def _show(
    request: SignedInRequest, student: Person, at: datetime, *, typed: dict[str, str], error: str = ""
) -> HttpResponse:
    own = assent.last_answer(student)
    standing = list(holds.standing(student))
    about = typed.get("hold") or typed.get("guardian") or typed.get("restriction") or typed.get("exemption", "")
    context = {
        "student": student,
        "school": student.school,
        "standing": standings.of([student], at)[student.id],
        "own_answer": own,
        "own_answer_on": calendar.local_date(student.school, own.at) if own else None,
        "holds": [(hold, calendar.local_date(student.school, hold.recorded_at)) for hold in standing],
        "queried": any(hold.cause == Hold.Cause.COURT_QUERY for hold in standing),
        "lines": _lines(student),
        "is_office": people.has_role(request.user, student.school, Role.Kind.OFFICE),
        "is_officer": people.has_role(request.user, student.school, Role.Kind.PROTECTION_OFFICER),
        "typed": typed,
        "error": error,
        "target": f"{typed.get('act', '')}-{about}",
    }
    return render(request, "office/consent.html", context, status=422 if error else 200)


def _lines(student: Person) -> list[Line]:
    exempted = {one.guardian_id: one for one in exemptions.live(student)}
    restricted = {one.guardian_id: one for one in restrictions.standing(student).select_related("recorded_by")}
    bonds = Guardianship.objects.filter(student=student, ended_at__isnull=True).select_related("guardian")
    bonds = bonds.exclude(capacity=Guardianship.Capacity.STUDENT)
    return [
        Line(bond, exempted.get(bond.guardian_id), restricted.get(bond.guardian_id))
        for bond in bonds.order_by("guardian__name", "id")
    ]


def _guardians(student: Person) -> QuerySet[User]:
    """Return who answers for a student, but for the student."""
    bonds = Guardianship.objects.filter(student=student, ended_at__isnull=True)
    bonds = bonds.exclude(capacity=Guardianship.Capacity.STUDENT)
    return User.objects.filter(guardianships__in=bonds).order_by("name", "id")


def _students() -> QuerySet[Person]:
    return Person.objects.filter(kind=Person.Kind.STUDENT).select_related("school")


def _guardian(student: Person, wanted: str) -> User:
    known = _guardians(student)
    found = known.filter(id=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 18 else None
    if found is None:
        raise Http404
    return found


def _row(model: type[Row], student: Person, wanted: str | None) -> Row:
    """Return a student's row by its id, also one that has ended: the second of two clicks is told so in words."""
    rows = model._default_manager.filter(student=student).select_related("student__school", "school")
    try:
        found = rows.filter(id=UUID(wanted or "")).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found
