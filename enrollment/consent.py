"""What a family's answers amount to, and the only code that turns them into a permit.

Read `state_of` first: it is the whole rule, as a function of immutable facts (`enrollment.facts`), a policy pack and
the clock; `docs/consent.md` draws it. In words:

A face is compared only if the law's pack allows it, an approved impact assessment is in date, the student is on the
roll, every parent was told in writing and had five school days to object, one of them said Yes to the notice in
force, and the child said Yes too. Silence is no consent. Any guardian's No stops everything, and only that guardian
lifts it by a later Yes; the child's own No does too, and only the child lifts it (`enrollment.assent`). A No that was
only spoken, a new parent, a changed notice, an assessment that ran out and a question about a court's order suspend:
nothing is compared, what is held stays locked, and is destroyed if that lasts. From the age of self-consent the
student's own answer counts and the guardians' does not.

Withdrawing is one call, needs nobody's approval and no reason, and works in the transaction that records it.

Through the web a Yes comes from an address of the guardian's own, and counts when the family had time to notice that
the address was linked. A No always counts, at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from campus import addresses, audit, people, presence
from campus.models import Person, SignInAddress, User
from enrollment import erasure, facts, policies, receipts, tombstones
from enrollment.facts import Answer, Facts, Stop
from enrollment.models import (
    ChildAnswer,
    ConsentEvent,
    ConsentStanding,
    Notice,
    PaperAnswer,
    Permit,
    Purpose,
    Receipt,
    Reference,
    State,
)
from enrollment.policies import Policy

Kind = ConsentEvent.Kind
FAR = datetime.max.replace(tzinfo=UTC)
IN_FORCE = (State.READY, State.ENROLLED)

# ------------------------------------------------------------ the rule


@dataclass(frozen=True)
class Status:
    """What the facts amount to at one moment."""

    state: State
    causes: tuple[str, ...] = ()
    """Why it isn't in force: codes, for which `enrollment.causes` has words."""
    hold: bool = False
    """Whether a reference may exist."""
    ends_at: datetime | None = None
    """Until when what is held may be held, by the clock alone."""
    process_until: datetime | None = None
    """Until when it may be compared, by the clock alone."""
    review_at: datetime | None = None
    """When the clock alone changes something next."""

    @property
    def process(self) -> bool:
        """Whether a reference may be compared."""
        return self.state in IN_FORCE


def state_of(known: Facts, policy: Policy, at: datetime) -> Status:
    """Return what the facts amount to at a moment: the whole rule, in the order in which it is asked."""
    if not policy.biometrics:
        return Status(State.NOT_OFFERED, ("not_offered",))
    if not known.on_roll(at):
        return Status(State.CLOSED, ("left",))
    if known.child_says_no(at):
        return Status(State.BLOCKED_BY_CHILD, ("child_no",))
    answers = [one for who, one in known.last_answers(at).items() if known.decides(who, at)]
    if any(answer.kind != Kind.GIVEN for answer in answers):
        return Status(State.BLOCKED_BY_GUARDIAN, ("guardian_no",))
    objections = [stop for stop in known.standing_stops(at) if stop.guardian is not None]
    if objections and not known.enrolled:
        return Status(State.SUSPENDED, _causes(objections))
    agreed = [one for one in answers if one.guardian in known.guardians or one.guardian == known.student]
    in_date = [one for one in agreed if at < one.ends_at]
    if not in_date:
        # What ran out is the past once the school has begun anew with another notice.
        return _nobody_agreed(known, at, ran_out=any(one.version >= known.notice_version for one in agreed))
    stops = list(_stops(known, policy, at, in_date))
    if stops:
        return _stopped(known, stops, at)
    if not known.assents(at):
        return Status(State.CONSENTED, ("not_asked",))
    return Status(State.ENROLLED if known.enrolled else State.READY, hold=True)


def may_hold(known: Facts, policy: Policy, at: datetime) -> bool:
    """Tell whether a reference of this student may exist."""
    return state_of(known, policy, at).hold


def may_process(known: Facts, policy: Policy, at: datetime) -> bool:
    """Tell whether a reference of this student may be compared."""
    return state_of(known, policy, at).process


def status(known: Facts, policy: Policy, at: datetime) -> Status:
    """Return what the facts amount to at a moment, and until when if nothing but the clock moves.

    The clock's part is found by asking the same rule again at each moment at which something begins or ends.
    """
    now = state_of(known, policy, at)
    later = [(moment, state_of(known, policy, moment)) for moment in sorted(set(known.moments(policy))) if moment > at]
    return replace(
        now,
        ends_at=next((moment for moment, then in later if not then.hold), None) if now.hold else None,
        process_until=next((moment for moment, then in later if not then.process), None) if now.process else None,
        review_at=next((moment for moment, then in later if then != now), None),
    )


def _nobody_agreed(known: Facts, at: datetime, *, ran_out: bool) -> Status:
    if ran_out:
        return Status(State.EXPIRED, ("expired",))
    said_yes = [one for one in known.answers if one.kind == Kind.GIVEN]
    if any(known.decides(one.guardian, at) and not one.counts(at) for one in said_yes):
        return Status(State.NOTIFIED if known.told(at) else State.NONE, ("address_too_new",))
    if known.of_age(at) and said_yes and not any(one.guardian == known.student for one in said_yes):
        return Status(State.EXPIRED, ("of_age",))
    return Status(State.NOTIFIED if known.told(at) else State.NONE, ("no_yes",))


def _stops(known: Facts, policy: Policy, at: datetime, agreed: list[Answer]) -> Iterator[Stop]:
    """Yield what suspends although somebody agreed, and until when what is held is held all the same."""
    if known.assessed_until is None:
        yield Stop("no_assessment", at, at)
    elif known.assessed_until <= at:
        yield Stop("assessment", known.assessed_until, known.assessed_until + policy.suspended)
    changed = known.notice_changed_at
    if changed and all(answer.version < known.notice_version for answer in agreed):
        yield Stop("notice_changed", changed, changed + policy.suspended)
    for parent in () if known.of_age(at) else (*known.parents, *known.ended):
        if parent.window_ends is None:
            yield Stop("not_told", parent.since, parent.since + policy.suspended)
        elif at < parent.window_ends:
            yield Stop("window", parent.since, parent.since + policy.suspended)
    if not known.gate:
        yield Stop("gate", at, at)
    yield from known.standing_stops(at)


def _stopped(known: Facts, stops: list[Stop], at: datetime) -> Status:
    """Return what is suspended where something is held, and what isn't agreed yet where nothing is."""
    if known.enrolled:
        return Status(State.SUSPENDED, _causes(stops), hold=at < min(stop.ends_at for stop in stops))
    return Status(State.NOTIFIED if known.told(at) else State.NONE, _causes(stops))


def _causes(stops: list[Stop]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stop.cause for stop in stops))


# ------------------------------------------------------------ what a family does


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
    _write(said, receipt, addresses.current(guardian) if by_web else None)
    if said.purpose == Purpose.GATE_ACCESS and said.kind != Kind.GIVEN:
        _end_what_rests_on_it(said, receipt)
    held = Reference.objects.filter(student=student).exists()
    reconcile(student=student, at=at)
    if held and not Reference.objects.filter(student=student).exists():
        receipts.note_destruction(receipt)
    return receipt


def _write(said: _Said, receipt: Receipt, address: SignInAddress | None) -> None:
    student, guardian = receipt.student, receipt.guardian
    event = ConsentEvent.objects.create(
        school=student.school,
        student=student,
        purpose=said.purpose,
        kind=said.kind,
        guardian=guardian,
        notice=said.notice,
        method=said.method,
        address=address,
        receipt=receipt,
        at=receipt.at,
    )
    tombstones.of_answer(event)
    audit.record(
        f"consent.{said.kind}",
        school=student.school,
        subject=student.id,
        actor=guardian,
        at=receipt.at,
        purpose=said.purpose,
        method=said.method,
    )


def _end_what_rests_on_it(said: _Said, receipt: Receipt) -> None:
    """Take back what the same guardian agreed to for the register: it was asked only because the gate was agreed to."""
    before = standing_answer(receipt.student, receipt.guardian, Purpose.ATTENDANCE)
    if before is not None and before.kind == Kind.GIVEN:
        _write(_Said(Kind.WITHDRAWN, None, Purpose.ATTENDANCE, said.method), receipt, before.address)


def standing_answer(student: Person, guardian: User, purpose: str = Purpose.GATE_ACCESS) -> ConsentEvent | None:
    """Return what a guardian said last about a purpose, or None for one who hasn't answered."""
    said = ConsentEvent.objects.filter(student=student, guardian=guardian, purpose=purpose)
    return said.order_by("-id").first()


# ------------------------------------------------------------ what follows from it


@transaction.atomic
def reconcile(*, student: Person, at: datetime) -> Permit | None:
    """Make the permit equal to the rule, destroy what it no longer allows, and return it if it lives."""
    presence.lock(student.id)
    # What the caller holds may be older than the lock: the student may have left since.
    student = Person.objects.select_related("school").get(id=student.id)
    presence.take_turns(student.school_id, alone=False)
    policy = policies.of(student.school)
    found = _both(student, policy, at)
    permit = Permit.objects.filter(student=student, live=True).first()
    if permit is not None and _lasts_until(found) is None:
        _end(permit, student, found[Purpose.GATE_ACCESS], at)
        # Nothing is held any more, so nothing is suspended: the Yes to what nobody used stands, and begins anew.
        permit, found = None, _both(student, policy, at)
    _write_standings(student, found, at)
    gate, ends_at = found[Purpose.GATE_ACCESS], _lasts_until(found)
    if ends_at is None:
        return None
    if permit is None:
        permit = Permit(school=student.school, student=student, began_at=at)
        _record(student, "permit.began", at)
    permit.compare, permit.policy = gate.process, policy.digest
    permit.compare_until, permit.expires_at = gate.process_until or ends_at, ends_at
    permit.save()
    return permit


def _lasts_until(found: dict[str, Status]) -> datetime | None:
    """Return until when a permit may live on what was found; None if none may."""
    gate = found[Purpose.GATE_ACCESS]
    return gate.ends_at if gate.hold else None


def _end(permit: Permit, student: Person, gate: Status, at: datetime) -> None:
    """End a permit and destroy what was held by it."""
    if erasure.destroy_references(student, at):
        receipts.of_what_stopped(student=student, causes=gate.causes, at=at)
    Permit.objects.filter(id=permit.id, live=True).update(live=False, compare=False)
    _record(student, "permit.ended", at, state=str(gate.state))


def status_of(student: Person, purpose: str, at: datetime) -> Status:
    """Return where one student stands about one purpose now, from the facts themselves."""
    return _both(student, policies.of(student.school), at)[purpose]


def may_be_asked(student: Person, at: datetime) -> bool:
    """Tell whether everything but the student's own word allows a picture, whatever the student said before."""
    policy = policies.of(student.school)
    known = facts.read(student, policy, at)[Purpose.GATE_ACCESS]
    return may_process(replace(known, assent=ChildAnswer.Kind.YES, assent_ends_at=FAR), policy, at)


def may_mark(student: Person, at: datetime) -> bool:
    """Tell whether a passage by face alone may write this student's register."""
    return status_of(student, Purpose.ATTENDANCE, at).process


def _both(student: Person, policy: Policy, at: datetime) -> dict[str, Status]:
    """Return where a student stands about each purpose: the register by face rests on the gate too."""
    known = facts.read(student, policy, at)
    gate = status(known[Purpose.GATE_ACCESS], policy, at)
    own = replace(policy, biometrics=policy.biometrics and policy.attendance_by_face)
    marks = status(replace(known[Purpose.ATTENDANCE], enrolled=False, gate=gate.process), own, at)
    marks = replace(
        marks,
        review_at=_earlier(marks.review_at, gate.review_at),
        process_until=_earlier(marks.process_until, gate.process_until) if marks.process else None,
    )
    return {Purpose.GATE_ACCESS: gate, Purpose.ATTENDANCE: marks}


def _earlier(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _write_standings(student: Person, found: dict[str, Status], at: datetime) -> None:
    before = {standing.purpose: standing for standing in ConsentStanding.objects.filter(student=student)}
    for purpose, now in found.items():
        standing = before.get(purpose) or ConsentStanding(school=student.school, student=student, purpose=purpose)
        if standing.state != now.state:
            standing.since = at
            _record(student, f"standing.{now.state}", at, purpose=str(purpose), causes=list(now.causes))
        standing.state, standing.process_until, standing.review_at = now.state, now.process_until, now.review_at
        standing.save()


def _record(student: Person, kind: str, at: datetime, **body: Any) -> None:
    audit.record(kind, school=student.school, subject=student.id, actor=None, at=at, **body)
