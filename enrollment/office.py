"""The office's pages: who is on the roll, what their families said, and their cards.

A student of another school doesn't exist here: 404.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campus import audit, calendar, cards, clock
from campus.models import Credential, Guardianship, Membership, Person, Role, School, User
from campus.sign_in import SignedInRequest, signed_in
from enrollment import consent, standings
from enrollment.messages import message
from enrollment.models import EnrollmentAttempt, Reference

STUDENTS_A_PAGE = 50


@require_safe
@signed_in
def students(request: SignedInRequest) -> HttpResponse:
    """List the students of one of the viewer's schools (`?school=`), found by name or number (`?q=`)."""
    schools = list(_schools(request.user))
    if not schools:
        raise PermissionDenied
    wanted, sought = request.GET.get("school"), request.GET.get("q", "").strip()
    school = next((one for one in schools if one.slug == wanted), None) if wanted else schools[0]
    if school is None:
        raise Http404
    at = clock.now()
    audit.record_read("students", school=school, subject=school.id, viewer=request.user, at=at)
    on_roll = Q(left_on__isnull=True) | Q(left_on__gt=calendar.local_date(school, at))
    found = _with_card_and_face(Person.objects.filter(on_roll, school=school, kind=Person.Kind.STUDENT))
    if sought:
        found = found.filter(Q(name__icontains=sought) | Q(known_as__icontains=sought) | Q(number__icontains=sought))
    page = Paginator(found.order_by("name", "number"), STUDENTS_A_PAGE).get_page(request.GET.get("page"))
    stands = standings.of(list(page.object_list), at)
    context = {"school": school, "schools": schools, "page": page, "sought": sought}
    context["rows"] = [(student, stands[student.id]) for student in page.object_list]
    return render(request, "office/students.html", context)


@require_safe
@signed_in
def student_page(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show one student: guardians, card, consent, face."""
    at, found = clock.now(), student_of(request.user, student)
    audit.record_read("student", school=found.school, subject=found.id, viewer=request.user, at=at)
    reference = Reference.objects.filter(student=found).select_related("enrolled_by").first()
    card = Credential.objects.filter(person=found, revoked_at__isnull=True).first()
    attempt = EnrollmentAttempt.objects.filter(student=found).order_by("-begun_at").first()
    context = {
        "student": found,
        "group": Membership.objects.filter(student=found, ended_on__isnull=True).select_related("group").first(),
        "guardians": Guardianship.objects.filter(student=found, ended_at__isnull=True).select_related("guardian"),
        "card": card,
        "card_since": calendar.local_date(found.school, card.issued_at) if card else None,
        "standing": standings.of([found], at)[found.id],
        "may_enroll": consent.may_process(consent.facts_of(found, at), consent.policy_of(found), at),
        "reference": reference,
        "enrolled_on": calendar.local_date(found.school, reference.enrolled_at) if reference else None,
        "attempt": attempt,
        "attempt_message": message(attempt.state, attempt.reason) if attempt else "",
    }
    return render(request, "office/student.html", context)


@require_POST
@signed_in
def issue_card(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Issue a new card and show its string, this once: it is kept nowhere."""
    found = student_of(request.user, student)
    card = cards.issue(person=found, by=request.user, at=clock.now())
    return render(request, "office/card.html", {"student": found, "card": str(card)})


@require_POST
@signed_in
def revoke_card(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Revoke the card, so that no gate takes it from now on."""
    found = student_of(request.user, student)
    done = cards.revoke(person=found, by=request.user, at=clock.now())
    messages.success(request, _("The card is revoked.") if done else _("There was no card to revoke."))
    return redirect("office_student", found.id)


def student_of(user: User, student: UUID) -> Person:
    """Return a student of a school in which the user is the office; anybody else's is a 404."""
    office = {"school__roles__user": user, "school__roles__kind": Role.Kind.OFFICE}
    found = Person.objects.filter(id=student, kind=Person.Kind.STUDENT, **office).select_related("school").first()
    if found is None:
        raise Http404
    return found


def _schools(user: User) -> QuerySet[School]:
    return School.objects.filter(roles__user=user, roles__kind=Role.Kind.OFFICE).order_by("name")


def _with_card_and_face(found: QuerySet[Person]) -> QuerySet[Person]:
    groups = Membership.objects.filter(student=OuterRef("id"), ended_on__isnull=True)
    return found.annotate(
        group_name=Subquery(groups.values("group__name")[:1]),
        has_card=Exists(Credential.objects.filter(person=OuterRef("id"), revoked_at__isnull=True)),
        is_enrolled=Exists(Reference.objects.filter(student=OuterRef("id"))),
    )
