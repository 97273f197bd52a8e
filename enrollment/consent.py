"""What a family's answers amount to, and the only code that turns them into a permit.

Read `may_hold` and `may_process` first: they are the whole rule, as functions of immutable facts, a policy
and the clock. Silence is no consent. One guardian with parental responsibility signs; any guardian's No
stops everything, and only that guardian lifts it by a later Yes. Withdrawing is one call, needs nobody's
approval, and works in the transaction that records it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from campus import audit, people, presence
from campus.models import Guardianship, Person, User
from enrollment import erasure
from enrollment.models import ConsentEvent, Notice, Permit, Purpose

Kind = ConsentEvent.Kind
EARLIEST_ZONE = timedelta(hours=14)
"""How far ahead of UTC the first place on Earth is."""


@dataclass(frozen=True)
class Policy:
    """What a school's policy pack says about references."""

    biometrics_allowed: bool = True
    lasts: timedelta = timedelta(days=365)


@dataclass(frozen=True)
class Answer:
    """One guardian's answer at one moment."""

    guardian: int
    kind: str
    at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything the rule looks at, for one student and one purpose."""

    answers: tuple[Answer, ...]
    """In the order in which they were recorded."""
    guardians: frozenset[int]
    """Users who hold parental responsibility now."""
    on_roll: bool

    def last_answers(self) -> dict[int, Answer]:
        """Return what each guardian said last: an answer stands until the same guardian gives another."""
        return {answer.guardian: answer for answer in self.answers}


def may_hold(facts: Facts, policy: Policy, at: datetime) -> bool:
    """Tell whether a reference of this student may exist."""
    if not policy.biometrics_allowed or not facts.on_roll:
        return False
    if any(answer.kind != Kind.GIVEN for answer in facts.last_answers().values()):
        return False
    expires = expires_at(facts, policy)
    return expires is not None and at < expires


def may_process(facts: Facts, policy: Policy, at: datetime) -> bool:
    """Tell whether a reference of this student may be compared."""
    return may_hold(facts, policy, at)


def expires_at(facts: Facts, policy: Policy) -> datetime | None:
    """Return when the latest Yes of a present guardian lapses, or None where there is none."""
    given = [
        answer.at + policy.lasts
        for answer in facts.last_answers().values()
        if answer.kind == Kind.GIVEN and answer.guardian in facts.guardians
    ]
    return max(given, default=None)


class NotAGuardian(Exception):
    """Somebody who is no guardian of the student tried to answer for the family."""


class NoNotice(Exception):
    """A Yes was offered without the notice that was read."""


@transaction.atomic
def give(*, student: Person, guardian: User, notice: Notice, at: datetime) -> None:
    """Record a guardian's Yes to what a notice says."""
    if notice.school_id != student.school_id:
        raise NoNotice
    _answer(student, guardian, Kind.GIVEN, notice, at)


@transaction.atomic
def refuse(*, student: Person, guardian: User, notice: Notice | None, at: datetime) -> None:
    """Record a guardian's No. It stops everything at once, whoever else said Yes."""
    _answer(student, guardian, Kind.REFUSED, notice, at)


@transaction.atomic
def withdraw(*, student: Person, guardian: User, at: datetime) -> None:
    """Record that a guardian takes the Yes back: the reference is gone when this transaction commits."""
    _answer(student, guardian, Kind.WITHDRAWN, None, at)


def _answer(student: Person, guardian: User, kind: str, notice: Notice | None, at: datetime) -> None:
    presence.lock(student.id)
    if not people.is_guardian(guardian, student):
        raise NotAGuardian
    ConsentEvent.objects.create(
        school=student.school,
        student=student,
        purpose=Purpose.GATE_ACCESS,
        kind=kind,
        guardian=guardian,
        notice=notice,
        at=at,
    )
    audit.record(f"consent.{kind}", school=student.school, subject=student.id, actor=guardian, at=at)
    reconcile(student=student, at=at)


@transaction.atomic
def reconcile(*, student: Person, at: datetime) -> Permit | None:
    """Make the permit equal to the rule, destroy what it no longer allows, and return it if it lives."""
    presence.lock(student.id)
    facts, policy = facts_of(student, at), policy_of(student)
    permit = Permit.objects.filter(student=student, live=True).first()
    expires = expires_at(facts, policy)
    if not may_hold(facts, policy, at) or expires is None:
        if permit is not None:
            erasure.destroy_references(student, at)
            Permit.objects.filter(id=permit.id, live=True).update(live=False, compare=False)
            audit.record("permit.ended", school=student.school, subject=student.id, actor=None, at=at)
        return None
    compare = may_process(facts, policy, at)
    if permit is None:
        permit = Permit(school=student.school, student=student, began_at=at)
        audit.record("permit.began", school=student.school, subject=student.id, actor=None, at=at)
    permit.compare, permit.expires_at = compare, expires
    permit.save()
    return permit


def facts_of(student: Person, at: datetime) -> Facts:
    """Read the facts of one student from the database."""
    events = ConsentEvent.objects.filter(student=student, purpose=Purpose.GATE_ACCESS).order_by("id")
    bonds = Guardianship.objects.filter(student=student, ended_at__isnull=True, parental_responsibility=True)
    return Facts(
        answers=tuple(Answer(event.guardian_id, event.kind, event.at) for event in events),
        guardians=frozenset(bonds.values_list("guardian_id", flat=True)),
        on_roll=student.kind == Person.Kind.STUDENT and people.is_on_roll(student, at),
    )


def policy_of(student: Person) -> Policy:
    """Return what the policy of the student's school says about references."""
    return Policy()


def standing_answer(student: Person, guardian: User) -> ConsentEvent | None:
    """Return what a guardian said last, or None for a family that hasn't answered."""
    return ConsentEvent.objects.filter(student=student, guardian=guardian).order_by("-id").first()


def expired_students(at: datetime) -> Sequence[Person]:
    """Return the students whose live permit has run out, and those who have left while theirs lived."""
    # Every school that has this date already may have lost the student; `reconcile` asks the school's own date.
    left = Q(left_on__lte=(at + EARLIEST_ZONE).date())
    expired = Q(permits__expires_at__lte=at)
    return list(Person.objects.filter(expired | left, permits__live=True).select_related("school"))
