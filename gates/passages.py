"""The record: one transaction that takes a capture, reads the facts, asks for the decision, writes it all.

Whoever comes second to a capture, a decision or the web's time-out, changes nothing and reads what the
first one wrote. What a comparison found counts only if the very reference is still permitted under the
person's lock, so a withdrawal wins every race.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from campus import audit, clock, people, presence, registers
from campus.models import AttendanceMark, Person, Presence
from enrollment import identification, permits
from enrollment.search import Search
from gates import claims, history, turnstiles
from gates.decision import Card, CardAlone, Claim, Decision, Facts, Outcome, Reason, Trouble, decide
from gates.models import Capture, Direction, Kiosk, Opening, Passage


@dataclass(frozen=True)
class Finding:
    """What intake or verification found out about a capture, before anything was locked."""

    claim: Claim = Claim.NONE
    unknown_card: bool = False
    trouble: Trouble | None = None
    reference: UUID | None = None
    engine: str = ""
    distance: float | None = None
    search: Search = Search.OFF
    """Whether faces may be looked for without a card. What follows is of a capture that was: whom it found."""
    searched: bool = False
    person: UUID | None = None
    lead: float | None = None
    margin: float = 0.0
    threshold: float | None = None
    threshold_version: str = ""
    queue_ms: int | None = None
    extract_ms: int | None = None
    decide_ms: int | None = None


def record(capture_id: UUID, finding: Finding, *, at: datetime) -> Capture:
    """Decide a pending capture and write what follows, all or nothing; return the capture as it then stands."""
    with transaction.atomic():
        taken = _take(capture_id, finding.person)
        if taken is not None:
            capture, here = taken
            permitted = _still_permitted(capture, finding, at)
            if not permitted:
                finding = replace(finding, reference=None, engine="", distance=None)
            decision = decide(_facts(capture, finding, permitted, at))
            if capture.identify and decision.reason != Reason.IDENTIFIED:
                # Whom it was near to, and how near, is nobody's business.
                finding = replace(finding, person=None, reference=None, engine="", distance=None)
            _write(capture, finding, decision, here, at)
    return Capture.objects.get(id=capture_id)


def time_out(capture_id: UUID, *, at: datetime) -> bool:
    """End a capture that nobody decided in time, and tell whether this call did it."""
    return bool(
        Capture.objects.filter(id=capture_id, state=Capture.State.PENDING).update(
            state=Capture.State.TIMED_OUT, outcome=Outcome.USE_CARD, reason=Trouble.TIMEOUT, decided_at=at
        )
    )


def _take(capture_id: UUID, found: UUID | None) -> tuple[Capture, Presence | None] | None:
    """Lock a capture that is still pending and then its person; None if somebody else has ended it.

    Without a card the kiosk is locked too, so that its tries are counted one after the other, and the person is
    whom the search has `found`.

    What the decision rests on is read after that: whoever held the person's lock may have revoked the card.
    """
    pending = Capture.objects.select_for_update().filter(id=capture_id, state=Capture.State.PENDING).first()
    if pending is None:
        return None
    if pending.identify:
        Kiosk.objects.select_for_update(no_key=True).get(id=pending.kiosk_id)
    person = found if pending.identify else pending.person_id
    here = presence.lock(person) if person else None
    known = Capture.objects.select_related("kiosk__gate", "credential__person__school", "person__school", "school")
    return known.get(id=capture_id), here


def _still_permitted(capture: Capture, finding: Finding, at: datetime) -> bool:
    """Tell whether this person may be compared now, and by the reference that was compared, if one was."""
    if capture.identify:
        found, reference_id = finding.person, finding.reference
        return identification.still_finds(capture.school, student=found, reference=reference_id, at=at)
    if capture.person_id is None:
        return False
    reference = permits.comparable(capture.person_id, at)
    return reference is not None and finding.reference in (None, reference.id)


def _facts(capture: Capture, finding: Finding, permitted: bool, at: datetime) -> Facts:
    late = (at - capture.received_at).total_seconds() > settings.CAPTURE_WAIT_SECONDS
    past = history.at_kiosk(capture.kiosk_id, at) if capture.identify else history.of(capture.credential_id, at)
    return Facts(
        card=_card(capture, finding, at),
        card_alone=CardAlone(capture.kiosk.gate.card_alone),
        leaving=capture.direction == Direction.OUT,
        face_declined=capture.face_declined,
        claim=finding.claim,
        may_compare=permitted,
        trouble=Trouble.TIMEOUT if late else finding.trouble,
        distance=finding.distance,
        threshold=finding.threshold if capture.identify else settings.FACE_THRESHOLD,
        told_to_use_card=past.told_to_use_card,
        tries=past.tries,
        failures_in_a_row=past.failures_in_a_row,
        seconds_since_failure=past.seconds_since_failure,
        failures_today=past.failures_today,
        no_match_lately=past.no_match_lately,
        identify=capture.identify,
        search=identification.still_allowed(capture.school, finding.search),
        searched=finding.searched,
        lead=finding.lead,
        margin=finding.margin,
    )


def _card(capture: Capture, finding: Finding, at: datetime) -> Card:
    credential = capture.credential
    if credential is None:
        return Card.UNKNOWN if finding.unknown_card else Card.NONE
    if credential.revoked_at is not None:
        return Card.REVOKED
    return Card.VALID if people.is_on_roll(credential.person, at) else Card.LEFT


def _write(capture: Capture, finding: Finding, decision: Decision, here: Presence | None, at: datetime) -> None:
    if decision.another_look:
        claims.give(capture, at=at)
    if decision.outcome in (Outcome.GRANTED, Outcome.DENIED):
        _write_passage(capture, finding, decision, here, at)
    taken = Capture.objects.filter(id=capture.id, state=Capture.State.PENDING).update(
        state=Capture.State.DECIDED,
        outcome=decision.outcome,
        reason=decision.reason,
        decided_at=clock.now(),  # Not `at`: a capture's timings say when the work was done, not when it began.
        queue_ms=finding.queue_ms,
        extract_ms=finding.extract_ms,
        decide_ms=finding.decide_ms,
    )
    assert taken == 1, "the capture was locked, so nobody else can have ended it"


def _write_passage(capture: Capture, finding: Finding, decision: Decision, here: Presence | None, at: datetime) -> None:
    granted = decision.outcome is Outcome.GRANTED
    occurred_at = capture.received_at if capture.clock_suspect else capture.captured_at
    person = Person.objects.get(id=finding.person) if finding.person else capture.person
    passage = Passage.objects.create(
        school=capture.school,
        gate=capture.kiosk.gate,
        capture=capture,
        person=person,
        credential=capture.credential,
        direction=capture.direction,
        outcome=decision.outcome,
        reason=decision.reason,
        mark=_mark(capture, person, occurred_at) if granted else None,
        occurred_at=occurred_at,
        recorded_at=at,
        reference=finding.reference,
        engine=finding.engine,
        threshold_version=_threshold_version(capture, finding),
        distance=finding.distance,
    )
    audit.record(
        f"passage.{decision.outcome}",
        school=capture.school,
        subject=person.id if person else None,
        actor=None,
        at=at,
        passage=str(passage.id),
        kiosk=str(capture.kiosk_id),
        reason=str(decision.reason),
    )
    if granted:
        if here is not None:
            presence.move(here, where=_where(capture), at=occurred_at)
        Opening.objects.create(passage=passage, school=capture.school, asked_at=at)
        transaction.on_commit(partial(turnstiles.open_for, passage.id))


def _threshold_version(capture: Capture, finding: Finding) -> str:
    if finding.reference is None:
        return ""
    return finding.threshold_version if capture.identify else settings.THRESHOLD_VERSION


def _mark(capture: Capture, person: Person | None, occurred_at: datetime) -> AttendanceMark | None:
    """Mark the arrival of a student; going out, and everybody else, leaves the register alone."""
    if person is None or person.kind != Person.Kind.STUDENT or capture.direction != Direction.IN:
        return None
    return registers.mark_arrival(school=capture.school, student=person, at=occurred_at)


def _where(capture: Capture) -> Presence.Where:
    return Presence.Where.INSIDE if capture.direction == Direction.IN else Presence.Where.OUTSIDE
