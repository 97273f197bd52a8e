"""The office's pages about people: who is on the roll, what their families said, and a page for each.

A person of another school doesn't exist here: 404.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campus import audit, calendar, clock, offices, roster, subjects
from campus.models import Credential, Guardianship, Person, School, User
from campus.people import is_on_roll
from campus.sign_in import SignedInRequest, signed_in
from enrollment import assent, renewal, sessions, standings
from enrollment.messages import message
from enrollment.models import ChildAnswer, EnrollmentAttempt, Reference

PEOPLE_A_PAGE = 50
LATELY = 12
LEFT = "left"
"""The list of those who have left, beside the kinds of people."""


@require_safe
@signed_in
def people(request: SignedInRequest) -> HttpResponse:
    """List the people of one of the viewer's schools (`?school=`, `?kind=`), found by name or number (`?q=`)."""
    school, schools = offices.asked_for(request)
    kind = request.GET.get("kind") or Person.Kind.STUDENT
    if kind not in {*Person.Kind, LEFT}:
        raise Http404
    sought = request.GET.get("q", "").strip()
    at = clock.now()
    audit.record_read("students", school=school, subject=school.id, viewer=request.user, at=at)
    found = _listed(school, kind, at)
    if sought:
        found = found.filter(Q(name__icontains=sought) | Q(known_as__icontains=sought) | Q(number__icontains=sought))
    page = Paginator(found.order_by("name", "number"), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    stands = standings.of(list(page.object_list), at) if kind == Person.Kind.STUDENT else {}
    context = {"school": school, "schools": schools, "page": page, "sought": sought, "kind": kind, "kinds": _kinds()}
    context["rows"] = [(person, stands.get(person.id)) for person in page.object_list]
    return render(request, "office/people.html", context)


@require_safe
@signed_in
def student_page(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show one student: class, card, consent, face, guardians by name, and what happened lately."""
    return show_person(request, student_of(request.user, student))


@require_safe
@signed_in
def person_page(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show one member of staff or visitor; a student has another page."""
    found = person_of(request.user, student)
    if found.kind == Person.Kind.STUDENT:
        return redirect("office_student", found.id)
    return show_person(request, found)


def show_person(request: SignedInRequest, person: Person, *, status: int = 200, **more: str) -> HttpResponse:
    """Show a person's page; `more` is what a form on it says after a mistake."""
    at, is_student = clock.now(), person.kind == Person.Kind.STUDENT
    context = _person_context(request, person, at) | more
    if is_student:
        context |= _student_context(request, person, at)
    return render(request, "office/student.html" if is_student else "office/person.html", context, status=status)


def student_of(user: User, student: UUID) -> Person:
    """Return a student of a school in which the user is the office; anybody else's is a 404."""
    found = person_of(user, student)
    if found.kind != Person.Kind.STUDENT:
        raise Http404
    return found


def person_of(user: User, person: UUID) -> Person:
    """Return a person of a school in which the user is the office; anybody else is a 404."""
    return offices.one_of(user, Person.objects.select_related("school"), person)


def page_of(person: Person) -> str:
    """Return the name of the address of a person's page."""
    return "office_student" if person.kind == Person.Kind.STUDENT else "office_person"


def _student_context(request: SignedInRequest, student: Person, at: datetime) -> dict[str, object]:
    reference = Reference.objects.filter(student=student).select_related("enrolled_by").first()
    attempt = EnrollmentAttempt.objects.filter(student=student).order_by("-begun_at").first()
    own, why_not = assent.last_answer(student), sessions.refusal(student, request.user, at)
    return {
        "group": roster.group_of(student, at),
        "guardians": Guardianship.objects.filter(student=student, ended_at__isnull=True).select_related("guardian"),
        "standing": standings.of([student], at)[student.id],
        "own_answer": own,
        "own_answer_on": _day(student.school, own.at) if own else None,
        "child_refused": own is not None and own.kind == ChildAnswer.Kind.NO,
        "may_enroll": not why_not,
        "why_not": message(EnrollmentAttempt.State.REFUSED, why_not) if why_not else "",
        "reference": reference,
        "outdated": reference is not None and renewal.is_left(reference),
        "enrolled_on": _day(student.school, reference.enrolled_at) if reference else None,
        "attempt": attempt,
        "attempt_message": message(attempt.state, attempt.reason) if attempt else "",
    }


def _person_context(request: SignedInRequest, person: Person, at: datetime) -> dict[str, object]:
    audit.record_read("student", school=person.school, subject=person.id, viewer=request.user, at=at)
    card = Credential.objects.filter(person=person, revoked_at__isnull=True).first()
    happened = subjects.recent(person, LATELY)
    return {
        "student": person,
        "school": person.school,
        "card": card,
        "card_since": _day(person.school, card.issued_at) if card else None,
        "left": not is_on_roll(person, at),
        "recent": [
            (entry, _day(person.school, entry.at), calendar.local_time(person.school, entry.at)) for entry in happened
        ],
        "today": calendar.local_date(person.school, at),
        "today_iso": calendar.local_date(person.school, at).isoformat(),
    }


def _listed(school: School, kind: str, at: datetime) -> QuerySet[Person]:
    day = calendar.local_date(school, at)
    here = Q(left_on__isnull=True) | Q(left_on__gt=day)
    groups = roster.stays(day).filter(student=OuterRef("id"))
    return Person.objects.filter(~here if kind == LEFT else here & Q(kind=kind), school=school).annotate(
        group_name=Subquery(groups.values("group__name")[:1]),
        has_card=Exists(Credential.objects.filter(person=OuterRef("id"), revoked_at__isnull=True)),
        is_enrolled=Exists(Reference.objects.filter(student=OuterRef("id"))),
    )


def _kinds() -> list[tuple[str, str]]:
    return [
        (Person.Kind.STUDENT, _("Students")),
        (Person.Kind.STAFF, _("Staff")),
        (Person.Kind.VISITOR, _("Visitors")),
        (LEFT, _("Have left")),
    ]


def _day(school: School, at: datetime) -> date:
    return calendar.local_date(school, at)
