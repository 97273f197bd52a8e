"""The record: one transaction that takes a capture, reads the facts, asks for the decision, writes it all.

Whoever comes second to a capture, a decision or the web's time-out, changes nothing and reads what the
first one wrote. What a comparison found counts only if the very reference is still permitted under the
person's lock, so a withdrawal wins every race.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from campus import audit, calendar, clock, people, presence, registers
from campus.models import AttendanceMark, Person, Presence
from enrollment import consent, identification, permits
from enrollment.search import Search
from gates import claims, history, turnstiles
from gates.decision import Card, CardAlone, Claim, Decision, Facts, Outcome, Reason, Trouble, decide
from gates.models import Capture, Direction, Kiosk, Opening, Passage


@dataclass(frozen=True)
class Compared:
    """What one comparison was of, and what it was held against."""

    reference: UUID
    engine: str
    distance: float
    frames: int
    """How many frames the probe was made of: the threshold depends on that, and on the reference's pictures."""
    threshold: float
    threshold_version: str


@dataclass(frozen=True)
class Searched:
    """What looking for a face without a card found: the nearest student, and how clearly the nearest."""

    person: UUID | None = None
    lead: float | None = None
    """By how much nearer than the second one; None if there is no second."""
    margin: float = 0.0


@dataclass(frozen=True)
class Finding:
    """What intake or verification found out about a capture, before anything was locked."""

    claim: Claim = Claim.NONE
    unknown_card: bool = False
    trouble: Trouble | None = None
    compared: Compared | None = None
    search: Search = Search.OFF
    """Whether faces may be looked for without a card."""
    searched: Searched | None = None
    queue_ms: int | None = None
    extract_ms: int | None = None
    decide_ms: int | None = None


def record(capture_id: UUID, finding: Finding, *, at: datetime) -> Capture:
    """Decide a pending capture and write what follows, all or nothing; return the capture as it then stands."""
    with transaction.atomic():
        taken = _take(capture_id, finding.searched)
        if taken is not None:
            capture, here = taken
            finding, permitted = _as_it_counts(capture, finding, at)
            decision = decide(_facts(capture, finding, permitted, at))
            if capture.identify and decision.reason != Reason.IDENTIFIED:
                # Whom it was near to, and how near, is nobody's business.
                finding = replace(finding, compared=None, searched=None)
            _write(capture, finding, decision, here, at)
    return Capture.objects.get(id=capture_id)


def time_out(capture_id: UUID, *, at: datetime) -> bool:
    """End a capture that nobody decided in time, and tell whether this call did it."""
    return bool(
        Capture.objects.filter(id=capture_id, state=Capture.State.PENDING).update(
            state=Capture.State.TIMED_OUT, outcome=Outcome.USE_CARD, reason=Trouble.TIMEOUT, decided_at=at
        )
    )


def _take(capture_id: UUID, searched: Searched | None) -> tuple[Capture, Presence | None] | None:
    """Lock a capture that is still pending and then its person; None if somebody else has ended it.

    Without a card the kiosk is locked too, so that its tries are counted one after the other, and the person is
    whom the search has found.

    What the decision rests on is read after that: whoever held the person's lock may have revoked the card.
    """
    pending = Capture.objects.select_for_update().filter(id=capture_id, state=Capture.State.PENDING)
    found = pending.values_list("person_id", "identify", "kiosk_id").first()
    if found is None:
        return None
    owner, identify, kiosk_id = found
    if identify:
        Kiosk.objects.select_for_update(no_key=True).get(id=kiosk_id)
    person = (searched.person if searched else None) if identify else owner
    here = presence.lock(person) if person else None
    capture = Capture.objects.select_related("kiosk__gate", "credential", "person", "school").get(id=capture_id)
    # The card is its person's and all of it the school's, by the database's own keys: each row is read once.
    if capture.person is not None:
        capture.person.school = capture.school
        if capture.credential is not None and capture.credential.person_id == capture.person_id:
            capture.credential.person = capture.person
    return capture, here


def _as_it_counts(capture: Capture, finding: Finding, at: datetime) -> tuple[Finding, bool]:
    """Return the finding as far as it counts now, and whether this person may be compared.

    A comparison counts if the very reference that was compared still may be, and its engine is still in use.
    """
    if capture.identify:
        permitted = _still_found(capture, finding, at)
        return (finding if permitted else replace(finding, compared=None)), permitted
    bound = capture.kiosk.gate.card_bound
    standing = permits.standing(capture.person_id, at, only_bound=bound) if capture.person_id else None
    if standing is None or (finding.compared and finding.compared.reference != standing.reference.id):
        return replace(finding, compared=None), False
    if standing.outdated:
        return replace(finding, compared=None, trouble=finding.trouble or Trouble.REFERENCE_OUTDATED), True
    return finding, True


def _still_found(capture: Capture, finding: Finding, at: datetime) -> bool:
    """Tell whether the search may have found whom it found, now that nobody else changes that person."""
    searched, compared = finding.searched, finding.compared
    if searched is None or compared is None:
        return False
    return identification.still_finds(capture.school, student=searched.person, reference=compared.reference, at=at)


def _facts(capture: Capture, finding: Finding, permitted: bool, at: datetime) -> Facts:
    late = (at - capture.received_at).total_seconds() > settings.CAPTURE_WAIT_SECONDS
    past = history.at_kiosk(capture.kiosk_id, at) if capture.identify else history.of(capture.credential_id, at)
    compared, searched = finding.compared, finding.searched
    return Facts(
        card=_card(capture, finding, at),
        card_alone=CardAlone(capture.kiosk.gate.card_alone),
        leaving=capture.direction == Direction.OUT,
        face_declined=capture.face_declined,
        claim=finding.claim,
        may_compare=permitted,
        trouble=Trouble.TIMEOUT if late else finding.trouble,
        distance=compared.distance if compared else None,
        threshold=compared.threshold if compared else None,
        told_to_use_card=past.told_to_use_card,
        tries=past.tries,
        failures_in_a_row=past.failures_in_a_row,
        seconds_since_failure=past.seconds_since_failure,
        failures_today=past.failures_today,
        no_match_lately=past.no_match_lately,
        identify=capture.identify,
        search=identification.still_allowed(capture.school, finding.search, at),
        searched=searched is not None,
        lead=searched.lead if searched else None,
        margin=searched.margin if searched else 0.0,
    )


def _card(capture: Capture, finding: Finding, at: datetime) -> Card:
    credential = capture.credential
    if credential is None:
        return Card.UNKNOWN if finding.unknown_card else Card.NONE
    if credential.revoked_at is not None:
        return Card.REVOKED
    return Card.VALID if people.is_on_roll(credential.person, at) else Card.LEFT


def _write(capture: Capture, finding: Finding, decision: Decision, here: Presence | None, at: datetime) -> None:
    if finding.compared is not None:
        permits.note_use(finding.compared.reference, on=calendar.local_date(capture.school, at))
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
    found = finding.searched.person if finding.searched else None
    person = Person.objects.get(id=found) if found else capture.person
    passage = Passage.objects.create(
        school=capture.school,
        gate=capture.kiosk.gate,
        capture=capture,
        person=person,
        credential=capture.credential,
        direction=capture.direction,
        outcome=decision.outcome,
        reason=decision.reason,
        mark=_mark(capture, person, occurred_at, at) if granted else None,
        occurred_at=occurred_at,
        recorded_at=at,
        **asdict(finding.compared) if finding.compared else {},
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


def _mark(capture: Capture, person: Person | None, occurred_at: datetime, at: datetime) -> AttendanceMark | None:
    """Mark the arrival of a student; going out, and everybody else, leaves the register alone.

    A card that was shown marks by itself. The face alone does only where the family agreed to that too; otherwise
    the teacher marks by hand, and nothing here ever marks an absence.
    """
    if person is None or person.kind != Person.Kind.STUDENT or capture.direction != Direction.IN:
        return None
    if capture.credential is None and not consent.may_mark(person, at):
        return None
    return registers.mark_arrival(school=capture.school, student=person, at=occurred_at)


def _where(capture: Capture) -> Presence.Where:
    return Presence.Where.INSIDE if capture.direction == Direction.IN else Presence.Where.OUTSIDE
