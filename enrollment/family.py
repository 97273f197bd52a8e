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

from campus import addresses, audit, calendar, clock, guardians, people, subjects
from campus.models import AttendanceMark, Guardianship, Person, School, User
from campus.sign_in import SignedInRequest, signed_in
from campus.subjects import Asked
from enrollment import ages, answers, causes, consent, facts, permits, policies, questions, receipts
from enrollment.facts import Answer
from enrollment.models import ConsentEvent, Purpose, Reference, State
from enrollment.questions import Question

MARKS_SHOWN = LATEST_SHOWN = 5

Kind = ConsentEvent.Kind


@dataclass(frozen=True)
class Standing:
    """Where things stand between one guardian, one child and one of the school's questions."""

    student: Person
    question: Question
    answer: ConsentEvent | None
    answered_on: date | None
    counts_on: date | None
    """From which day the viewer's Yes counts, where it doesn't yet: its address was new."""
    waits: bool
    """The viewer's Yes came through an address that is still to be confirmed."""
    objected: bool
    """Another guardian says no. Who that is isn't told."""
    child_said_no: bool
    """The child's own last word is no."""
    no_on_paper: bool
    """A no on paper has been typed in and stops everything until a second person has looked at it."""
    on_roll: bool
    """The child is at this school, or a court keeps the viewer from knowing that it has left."""
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
    at, user = clock.now(), request.user
    found = children_of(user, at)
    context = {
        "children": [(one, _standings(one, user, at), Asked(one, user)) for one in found],
        "grown": [(one, receipts.latest(one, user)) for one in grown_children_of(user, at)],
        "confirmed": addresses.is_confirmed(user),
    }
    return render(request, "family/children.html", context)


@require_safe
@signed_in
def child(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Show one child: the answers that stand, what is held, the attendance, and what happened lately."""
    at = clock.now()
    found = child_of(request.user, student, at)
    school, asked = found.school, Asked(found, request.user)
    audit.record_read("child", school=school, subject=found.id, viewer=request.user, at=at)
    seen = not asked.is_restricted
    context = {
        "student": found,
        "asked": asked,
        "standings": _standings(found, request.user, at),
        "held": [
            (entry, calendar.local_date(school, entry.since) if entry.since else None)
            for entry in subjects.held(found, at, whereabouts=seen)
        ],
        "latest": [
            (entry, calendar.local_date(school, entry.at), calendar.local_time(school, entry.at))
            for entry in subjects.recent(found, LATEST_SHOWN, whereabouts=seen)
        ],
        "marks": current_marks(found).order_by("-register__opens_at")[:MARKS_SHOWN] if seen else [],
    }
    return render(request, "family/child.html", context)


def current_marks(student: Person) -> QuerySet[AttendanceMark]:
    """Return the marks that stand."""
    current = AttendanceMark.objects.filter(student=student, replaced_by__isnull=True)
    return current.exclude(code=AttendanceMark.Code.CLEARED).select_related("register")


@require_POST
@signed_in
def withdraw(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Take the viewer's Yes back, at once and without a reason. A second click changes nothing more."""
    at = clock.now()
    found = child_of(request.user, student, at)
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


def children_of(user: User, at: datetime) -> list[Person]:
    """Return the students whose guardian a user is now; those who are of age are there for themselves only."""
    return [bond.student for bond in _bonds_of(user) if not _is_over(bond, at)]


def grown_children_of(user: User, at: datetime) -> list[Person]:
    """Return those who have come of age: the guardian keeps the own receipts, and sees nothing else."""
    return [bond.student for bond in _bonds_of(user) if _is_over(bond, at)]


def child_of(user: User, student: UUID, at: datetime) -> Person:
    """Return one of a user's children; anybody else's is a 404."""
    found = next((one for one in children_of(user, at) if one.id == student), None)
    if found is None:
        raise Http404
    return found


def _bonds_of(user: User) -> QuerySet[Guardianship]:
    bonds = Guardianship.objects.filter(guardian=user, ended_at__isnull=True, student__kind=Person.Kind.STUDENT)
    return bonds.select_related("student__school").order_by("student__name")


def _is_over(bond: Guardianship, at: datetime) -> bool:
    """Tell whether the student is of age, and the bond somebody else's than the student's own.

    A date of birth that was typed in lately closes no page on which a guardian may object to it.
    """
    today = calendar.local_date(bond.student.school, at)
    grown = people.is_aged(bond.student, guardians.OF_AGE, today) and not ages.was_just_typed_in(bond.student, at)
    return bond.capacity != Guardianship.Capacity.STUDENT and grown


def _standings(student: Person, guardian: User, at: datetime) -> list[Standing]:
    standing = consent.standing_answer(student, guardian)
    said = {Purpose.GATE_ACCESS.value: standing.kind} if standing else {}
    asked = [one for one in questions.of(student) if questions.asked_after(said, one.purpose)]
    return [standing_of(student, guardian, question, at) for question in asked]


def standing_of(student: Person, guardian: User, question: Question, at: datetime) -> Standing:
    """Return where things stand about one question."""
    answer = consent.standing_answer(student, guardian, question.purpose)
    policy = policies.of(student.school)
    known, status = facts.read(student, policy, at)[question.purpose], consent.status_of(student, question.purpose, at)
    on_roll, kept_away = known.on_roll(at), guardians.is_restricted(guardian, student)
    held = permits.standing(student.id, at) if question.purpose == Purpose.GATE_ACCESS else None
    own = next((said for said in reversed(known.answers) if said.guardian == guardian.id), None)
    others = [said for who, said in known.last_answers(at).items() if who != guardian.id]
    return Standing(
        student=student,
        question=question,
        answer=answer,
        answered_on=calendar.local_date(student.school, answer.at) if answer else None,
        waits=own is not None and own.counts_from is None,
        counts_on=_counts_on(own, student.school, at),
        objected=any(said.kind != Kind.GIVEN for said in others),
        child_said_no="child_no" in status.causes and question.purpose == Purpose.GATE_ACCESS,
        no_on_paper="no_on_paper" in status.causes,
        on_roll=on_roll or kept_away,
        agreed=status.process or status.state == State.CONSENTED,
        why=causes.in_words(status.causes) if on_roll or not kept_away else [],
        enrolled=Reference.objects.filter(student=student, purpose=question.purpose).exists(),
        compared=held is not None and not held.outdated,
        outdated=held is not None and held.outdated,
    )


def _counts_on(answer: Answer | None, school: School, at: datetime) -> date | None:
    """Return the day on which an answer begins to count, where that is still to come."""
    begins = answer.counts_from if answer else None
    return calendar.local_date(school, begins) if begins is not None and begins > at else None
