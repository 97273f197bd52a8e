"""A family's pages: what the school asks, what was answered, what is held, and how to take a Yes back.

A child that isn't the viewer's doesn't exist here: 404, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus import audit, calendar, clock, subjects
from campus.models import AttendanceMark, Guardianship, Person, School, User
from campus.sign_in import SignedInRequest, signed_in
from enrollment import consent, notices
from enrollment.models import ConsentEvent, Notice, Reference
from enrollment.permits import comparable

MARKS_SHOWN = 10

Kind = ConsentEvent.Kind


@dataclass(frozen=True)
class Standing:
    """Where things stand between one guardian, one child and the school's question."""

    student: Person
    answer: ConsentEvent | None
    answered_on: date | None
    agreed: bool
    """Whether all answers together allow the face to be compared; the viewer's own is one of them."""
    enrolled: bool
    compared: bool

    @property
    def said_yes(self) -> bool:
        return self.answer is not None and self.answer.kind == Kind.GIVEN


@require_safe
@signed_in
def children(request: SignedInRequest) -> HttpResponse:
    """List the viewer's children, of whichever school, with what was answered for each."""
    at = clock.now()
    standings = [_standing(student, request.user, at) for student in _children(request.user)]
    return render(request, "family/children.html", {"standings": standings})


@require_safe
@signed_in
def child(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show one child: the answer that stands, what is held, the latest attendance."""
    at, found = clock.now(), _child(request.user, student)
    audit.record_read("child", school=found.school, subject=found.id, viewer=request.user, at=at)
    held = [
        (entry, calendar.local_date(found.school, entry.since) if entry.since else None)
        for entry in subjects.held(found, at)
    ]
    context = {
        "student": found,
        "standing": _standing(found, request.user, at),
        "notice": _notice(found.school),
        "held": held,
        "marks": AttendanceMark.objects.filter(student=found, replaced_by__isnull=True)
        .exclude(code=AttendanceMark.Code.CLEARED)
        .select_related("register")
        .order_by("-register__opens_at")[:MARKS_SHOWN],
    }
    return render(request, "family/child.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def answer(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Ask the school's question, and take the answer to the notice that was read.

    A Yes to a notice that has changed meanwhile isn't taken: the new one is shown. A No always is.
    """
    at, found = clock.now(), _child(request.user, student)
    if request.method != "POST":
        return _question(request, found)
    given, read = request.POST.get("answer"), _notice_read(found.school, request.POST.get("notice", ""))
    try:
        if given == "no":
            return _refuse(request, found, read, at)
        if given == "yes" and read is not None and _is_current(read):
            consent.give(student=found, guardian=request.user, notice=read, at=at)
            messages.success(request, _("Thank you. Your answer is yes."))
            return redirect("family_child", found.id)
    except consent.NotAGuardian as error:
        raise Http404 from error
    if given == "yes":
        changed = _("The school has changed this notice. Please read it again, then answer.")
        return _question(request, found, error=changed, status=409)
    return _question(request, found, error=_("Choose yes or no."), status=422)


@require_POST
@signed_in
def withdraw(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Take the viewer's Yes back, at once and without a reason. A second click changes nothing more."""
    at, found = clock.now(), _child(request.user, student)
    before, held = consent.standing_answer(found, request.user), _is_enrolled(found)
    try:
        if before is None or before.kind == Kind.GIVEN:
            consent.withdraw(student=found, guardian=request.user, at=at)
    except consent.NotAGuardian as error:
        raise Http404 from error
    took_back = before is not None and before.kind != Kind.REFUSED
    said = _("You have taken your yes back.") if took_back else _("Your answer is no.")
    messages.success(request, f"{said} {_destroyed(held)}")
    return redirect("family_child", found.id)


def _refuse(request: SignedInRequest, student: Person, read: Notice | None, at: datetime) -> HttpResponse:
    held = _is_enrolled(student)
    consent.refuse(student=student, guardian=request.user, notice=read, at=at)
    messages.success(request, f"{_('Thank you. Your answer is no.')} {_destroyed(held)}")
    return redirect("family_child", student.id)


def _question(request: HttpRequest, student: Person, *, error: str = "", status: int = 200) -> HttpResponse:
    responsible = Guardianship.objects.filter(
        student=student, guardian_id=request.user.pk, ended_at__isnull=True, parental_responsibility=True
    )
    context = {
        "student": student,
        "notice": _notice(student.school),
        "error": error,
        "yes_counts": responsible.exists(),
    }
    return render(request, "family/answer.html", context, status=status)


def _children(user: User) -> QuerySet[Person]:
    bond = {"guardianships__guardian": user, "guardianships__ended_at__isnull": True}
    return Person.objects.filter(kind=Person.Kind.STUDENT, **bond).select_related("school").order_by("name")


def _child(user: User, student: UUID) -> Person:
    found = _children(user).filter(id=student).first()
    if found is None:
        raise Http404
    return found


def _standing(student: Person, guardian: User, at: datetime) -> Standing:
    answer = consent.standing_answer(student, guardian)
    return Standing(
        student=student,
        answer=answer,
        answered_on=calendar.local_date(student.school, answer.at) if answer else None,
        agreed=consent.may_process(consent.facts_of(student, at), consent.policy_of(student), at),
        enrolled=_is_enrolled(student),
        compared=comparable(student.id, at) is not None,
    )


def _is_enrolled(student: Person) -> bool:
    return Reference.objects.filter(student=student).exists()


def _destroyed(was_enrolled: bool) -> str:
    return _("The face template is gone.") if was_enrolled else _("No face template was held.")


def _notice(school: School) -> Notice | None:
    """Return the notice to read now, in the reader's language where the school has it."""
    return notices.current(school, get_language() or "en") or notices.current(school)


def _notice_read(school: School, notice: str) -> Notice | None:
    try:
        return Notice.objects.filter(school=school, id=UUID(notice)).first()
    except ValueError:
        return None


def _is_current(notice: Notice) -> bool:
    return notices.current(notice.school, notice.language) == notice
