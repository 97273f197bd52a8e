"""What a family's answers amount to, and the only code that turns them into a permit.

Read `may_hold` and `may_process` first: they are the whole rule, as functions of immutable facts, a policy
and the clock. Silence is no consent. One guardian with parental responsibility signs; any guardian's No
stops everything, and only that guardian lifts it by a later Yes. The child's own No stops everything too,
whatever the guardians said, and only the child lifts it (`enrollment.assent`). Withdrawing is one call, needs
nobody's approval, and works in the transaction that records it. So does a No on paper: nothing is compared from
the moment it is typed in. The second person decides only whether it is final, and then all is destroyed.

Through the web a Yes comes from an address of the guardian's own. While an address that was changed on paper
awaits its confirmation, a Yes through it counts for nothing; a No always counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from campus import addresses, audit, people, presence
from campus.models import Guardianship, Person, School, SignInAddress, User
from enrollment import erasure, receipts, tombstones
from enrollment.models import ChildAnswer, ConsentEvent, Notice, PaperAnswer, Permit, Purpose, Receipt, Reference

Kind = ConsentEvent.Kind
EARLIEST_ZONE = timedelta(hours=14)
"""How far ahead of UTC the first place on Earth is."""


@dataclass(frozen=True)
class Policy:
    """What a school's policy pack says about references."""

    biometrics_allowed: bool = True
    lasts: timedelta = timedelta(days=365)
    identification: bool = False
    """Whether a face may be looked for among all references of the school, at a kiosk and without a card."""
    duplicates: bool = False
    """Whether a newly enrolled face is compared, once, with all references of the school."""


@dataclass(frozen=True)
class Answer:
    """One guardian's answer at one moment."""

    guardian: int
    kind: str
    at: datetime
    confirmed: bool = True
    """False while nobody has confirmed the address through which it came."""

    @property
    def counts(self) -> bool:
        return self.confirmed or self.kind != Kind.GIVEN


@dataclass(frozen=True)
class Facts:
    """Everything the rule looks at, for one student and one purpose."""

    answers: tuple[Answer, ...]
    """In the order in which they were recorded."""
    guardians: frozenset[int]
    """Users who hold parental responsibility now."""
    on_roll: bool
    child_refused: bool = False
    """The child's own last word is No."""
    no_on_paper: bool = False
    """A guardian's No, or withdrawal, was typed in from paper, and a second person has yet to look at it."""

    def last_answers(self) -> dict[int, Answer]:
        """Return what each guardian said last that counts: it stands until the same guardian gives another."""
        return {answer.guardian: answer for answer in self.answers if answer.counts}


def may_hold(facts: Facts, policy: Policy, at: datetime) -> bool:
    """Tell whether a reference of this student may exist."""
    if not policy.biometrics_allowed or not facts.on_roll or facts.child_refused:
        return False
    if any(answer.kind != Kind.GIVEN for answer in facts.last_answers().values()):
        return False
    expires = expires_at(facts, policy)
    return expires is not None and at < expires


def may_process(facts: Facts, policy: Policy, at: datetime) -> bool:
    """Tell whether a reference of this student may be compared."""
    return may_hold(facts, policy, at) and not facts.no_on_paper


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


class NotDecided(Exception):
    """An answer on paper was to be taken that two of the office haven't confirmed."""


@transaction.atomic
def give(*, student: Person, guardian: User, notice: Notice, at: datetime) -> Receipt:
    """Record a guardian's Yes to what a notice says. Raises `guardians.Refused` where the address is shared."""
    if notice.school_id != student.school_id:
        raise NoNotice
    return _answer(student, guardian, _Said(Kind.GIVEN, notice, notice.purpose), at)


@transaction.atomic
def refuse(
    *, student: Person, guardian: User, notice: Notice | None, at: datetime, purpose: str = Purpose.GATE_ACCESS
) -> Receipt:
    """Record a guardian's No. It stops everything at once, whoever else said Yes."""
    return _answer(student, guardian, _Said(Kind.REFUSED, notice, purpose), at)


@transaction.atomic
def withdraw(*, student: Person, guardian: User, at: datetime, purpose: str = Purpose.GATE_ACCESS) -> Receipt:
    """Record that a guardian takes the Yes back: the reference is gone when this transaction commits."""
    return _answer(student, guardian, _Said(Kind.WITHDRAWN, None, purpose), at)


@transaction.atomic
def take_from_paper(*, paper: PaperAnswer, at: datetime) -> ConsentEvent:
    """Record what a guardian answered on paper. Only `enrollment.paper` asks for it, when two have confirmed it."""
    if paper.decided_by is None or paper.decided_by_id == paper.recorded_by_id:
        raise NotDecided
    said = _Said(paper.kind, paper.notice, paper.purpose, ConsentEvent.Method.PAPER)
    return _answer(paper.student, paper.guardian, said, at).answers.latest("id")


@dataclass(frozen=True)
class _Said:
    """What was said, about what, and how it came."""

    kind: str
    notice: Notice | None
    purpose: str
    method: str = ConsentEvent.Method.WEB


def _answer(student: Person, guardian: User, said: _Said, at: datetime) -> Receipt:
    presence.lock(student.id)
    if not people.is_guardian(guardian, student):
        raise NotAGuardian
    by_web = said.method == ConsentEvent.Method.WEB
    if by_web and said.kind == Kind.GIVEN:
        addresses.check_private(guardian.email, user=guardian, school=student.school)
    receipt = receipts.open_for(student=student, guardian=guardian, at=at)
    event = ConsentEvent.objects.create(
        school=student.school,
        student=student,
        purpose=said.purpose,
        kind=said.kind,
        guardian=guardian,
        notice=said.notice,
        method=said.method,
        address=addresses.current(guardian) if by_web else None,
        receipt=receipt,
        at=at,
    )
    tombstones.of_answer(event)
    audit.record(
        f"consent.{said.kind}",
        school=student.school,
        subject=student.id,
        actor=guardian,
        at=at,
        purpose=said.purpose,
        method=said.method,
    )
    held = Reference.objects.filter(student=student).exists()
    reconcile(student=student, at=at)
    if held and not Reference.objects.filter(student=student).exists():
        receipts.note_destruction(receipt)
    return receipt


@transaction.atomic
def reconcile(*, student: Person, at: datetime) -> Permit | None:
    """Make the permit equal to the rule, destroy what it no longer allows, and return it if it lives."""
    presence.lock(student.id)
    # What the caller holds may be older than the lock: the student may have left since.
    student = Person.objects.select_related("school").get(id=student.id)
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
    permit.compare, permit.compare_until, permit.expires_at = compare, expires, expires
    permit.save()
    return permit


def facts_of(student: Person, at: datetime, purpose: str = Purpose.GATE_ACCESS) -> Facts:
    """Read the facts of one student and one purpose from the database."""
    events = ConsentEvent.objects.filter(student=student, purpose=purpose).select_related("address")
    bonds = Guardianship.objects.filter(student=student, ended_at__isnull=True, capacity=Guardianship.Capacity.PARENT)
    return Facts(
        answers=tuple(
            Answer(event.guardian_id, event.kind, event.at, is_confirmed(event.address, at))
            for event in events.order_by("id")
        ),
        guardians=frozenset(bonds.values_list("guardian_id", flat=True)),
        on_roll=student.kind == Person.Kind.STUDENT and people.is_on_roll(student, at),
        child_refused=_child_refused(student),
        no_on_paper=_no_on_paper(student, purpose),
    )


def _child_refused(student: Person) -> bool:
    last = ChildAnswer.objects.filter(student=student, purpose=Purpose.GATE_ACCESS).order_by("-id").first()
    return last is not None and last.kind == ChildAnswer.Kind.NO


def _no_on_paper(student: Person, purpose: str) -> bool:
    waiting = PaperAnswer.objects.filter(student=student, purpose=purpose, status=PaperAnswer.Status.WAITING)
    return waiting.exclude(kind=Kind.GIVEN).exists()


def is_confirmed(address: SignInAddress | None, at: datetime) -> bool:
    """Tell whether a Yes through an address counts; paper has none, and counts by its two signatures."""
    return address is None or (address.confirmed_at is not None and address.confirmed_at <= at)


def policy_of(student: Person) -> Policy:
    """Return what the policy of the student's school says about references."""
    return policy_of_school(student.school)


def policy_of_school(school: School) -> Policy:
    """Return what a school's policy says. What loosens it is off until an administrator has switched it on."""
    return Policy(identification=school.identifies, duplicates=school.checks_duplicates)


def standing_answer(student: Person, guardian: User, purpose: str = Purpose.GATE_ACCESS) -> ConsentEvent | None:
    """Return what a guardian said last about a purpose, or None for one who hasn't answered."""
    said = ConsentEvent.objects.filter(student=student, guardian=guardian, purpose=purpose)
    return said.order_by("-id").first()


def expired_students(at: datetime) -> Sequence[Person]:
    """Return the students whose live permit has run out, and those who have left while theirs lived."""
    # Every school that has this date already may have lost the student; `reconcile` asks the school's own date.
    left = Q(left_on__lte=(at + EARLIEST_ZONE).date())
    expired = Q(permits__expires_at__lte=at)
    return list(Person.objects.filter(expired | left, permits__live=True).select_related("school"))
