"""A family's pages: where things stand for each child, what is held, and how to take a Yes back.

A child that isn't the viewer's doesn't exist here: 404, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campus import addresses, audit, calendar, clock, subjects
from campus.models import AttendanceMark, Person, User
from campus.sign_in import SignedInRequest, signed_in
from enrollment import answers, causes, consent, facts, permits, policies, questions, windows
from enrollment.models import ConsentEvent, Purpose, Reference, State
from enrollment.questions import Question

MARKS_SHOWN = LATEST_SHOWN = 10

Kind = ConsentEvent.Kind


@dataclass(frozen=True)
class Standing:
    """Where things stand between one guardian, one child and one of the school's questions."""

    student: Person
    question: Question
    answer: ConsentEvent | None
    answered_on: date | None
    counts_on: date | None
    """From which day a Yes through the viewer's address counts, where it doesn't yet."""
    waits: bool
    """The viewer's Yes came through an address that is still to be confirmed."""
    objected: bool
    """Another guardian says no. Who that is isn't told."""
    child_said_no: bool
    """The child's own last word is no."""
    no_on_paper: bool
    """A no on paper has been typed in and stops everything until a second person has looked at it."""
    on_roll: bool
    agreed: bool
    """All facts together allow the face to be compared, but for the student's own word."""
    why: list[str]
    """What keeps it from being in force, a sentence each."""
    enrolled: bool
    compared: bool
    outdated: bool
    """The template was made with a face reader that the school doesn't use any more."""

    @property
    def said_yes(self) -> bool:
        return self.answer is not None and self.answer.kind == Kind.GIVEN

    @property
    def in_the_way(self) -> bool:
        """Something other than the viewer's own answer decides; a page says what."""
        return self.waits or self.objected or self.child_said_no or self.no_on_paper or not self.on_roll


@require_safe
@signed_in
def children(request: SignedInRequest) -> HttpResponse:
    """List the viewer's children, of whichever school, with what was answered for each."""
    at = clock.now()
    found = [(student, _standings(student, request.user, at)) for student in children_of(request.user)]
    confirmed = addresses.is_confirmed(request.user)
    return render(request, "family/children.html", {"children": found, "confirmed": confirmed})


@require_safe
@signed_in
def child(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show one child: the answers that stand, what is held, the attendance, and what happened lately."""
    at, found = clock.now(), child_of(request.user, student)
    school = found.school
    audit.record_read("child", school=school, subject=found.id, viewer=request.user, at=at)
    current = AttendanceMark.objects.filter(student=found, replaced_by__isnull=True)
    marks = current.exclude(code=AttendanceMark.Code.CLEARED).select_related("register")
    context = {
        "student": found,
        "standings": _standings(found, request.user, at),
        "held": [
            (entry, calendar.local_date(school, entry.since) if entry.since else None)
            for entry in subjects.held(found, at)
        ],
        "latest": [
            (entry, calendar.local_date(school, entry.at), calendar.local_time(school, entry.at))
            for entry in subjects.recent(found, LATEST_SHOWN)
        ],
        "marks": marks.order_by("-register__opens_at")[:MARKS_SHOWN],
    }
    return render(request, "family/child.html", context)


@require_POST
@signed_in
def withdraw(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Take the viewer's Yes back, at once and without a reason. A second click changes nothing more."""
    at, found = clock.now(), child_of(request.user, student)
    purpose = request.POST.get("about") or Purpose.GATE_ACCESS
    if purpose not in questions.ASKED:
        raise Http404
    try:
        receipt = answers.take_back(student=found, guardian=request.user, purpose=purpose, at=at)
    except consent.NotAGuardian as error:
        raise Http404 from error
    if receipt is None:
        messages.success(request, _("Your answer was no already. Nothing is held."))
        return redirect("family_child", found.id)
    return redirect("family_receipt", found.id)


def children_of(user: User) -> QuerySet[Person]:
    """Return the students whose guardian a user is now."""
    bond = {"guardianships__guardian": user, "guardianships__ended_at__isnull": True}
    return Person.objects.filter(kind=Person.Kind.STUDENT, **bond).select_related("school").order_by("name")


def child_of(user: User, student: UUID) -> Person:
    """Return one of a user's children; anybody else's is a 404."""
    found = children_of(user).filter(id=student).first()
    if found is None:
        raise Http404
    return found


def _standings(student: Person, guardian: User, at: datetime) -> list[Standing]:
    standing = consent.standing_answer(student, guardian)
    said = {Purpose.GATE_ACCESS.value: standing.kind} if standing else {}
    asked = [one for one in questions.of(student) if questions.asked_after(said, one.purpose)]
    return [standing_of(student, guardian, question, at) for question in asked]


def standing_of(student: Person, guardian: User, question: Question, at: datetime) -> Standing:
    """Return where things stand about one question."""
    answer = consent.standing_answer(student, guardian, question.purpose)
    policy = policies.of(student.school)
    known, status = facts.read(student, policy, at, question.purpose), consent.status_of(student, question.purpose, at)
    held = permits.standing(student.id, at) if question.purpose == Purpose.GATE_ACCESS else None
    others = [said for who, said in known.last_answers(at).items() if who != guardian.id]
    return Standing(
        student=student,
        question=question,
        answer=answer,
        answered_on=calendar.local_date(student.school, answer.at) if answer else None,
        counts_on=windows.counts_on(guardian, student.school, at),
        waits=answer is not None and answer.kind == Kind.GIVEN and _waits(answer, policy, at),
        objected=any(said.kind != Kind.GIVEN for said in others),
        child_said_no="child_no" in status.causes and question.purpose == Purpose.GATE_ACCESS,
        no_on_paper="no_on_paper" in status.causes,
        on_roll=known.on_roll(at),
        agreed=status.process or status.state == State.CONSENTED,
        why=causes.in_words(status.causes),
        enrolled=Reference.objects.filter(student=student, purpose=question.purpose).exists(),
        compared=held is not None and not held.outdated,
        outdated=held is not None and held.outdated,
    )


def _waits(answer: ConsentEvent, policy: policies.Policy, at: datetime) -> bool:
    counts_from = facts.counts_from(answer.address, answer.student, policy)
    return counts_from is None or at < counts_from
