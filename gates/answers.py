"""A decided capture as the kiosk reads it. A repeated call gets the same answer, built from the same rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from ninja import Schema

from campus.models import AttendanceMark, Person
from gates import claims, turnstiles
from gates.decision import Outcome, Reason
from gates.messages import message
from gates.models import Capture, Kiosk, Passage


class PersonSeen(Schema):
    """Who passed, told only when granted."""

    id: UUID
    display_name: str


class Attendance(Schema):
    """The mark that now stands, told only when granted."""

    session: str
    code: str
    minutes_late: int | None


class Timings(Schema):
    """Where the time went, in milliseconds; null where a step was not taken."""

    queue: int | None
    extract: int | None
    decide: int | None
    total: int


class Answer(Schema):
    """What the kiosk is told."""

    capture_id: UUID
    outcome: Outcome
    reason: str
    message: str
    claim: str | None
    person: PersonSeen | None
    attendance: Attendance | None
    passage_id: UUID | None
    distance: float | None
    timings_ms: Timings


def answer(capture: Capture, kiosk: Kiosk) -> Answer:
    """Return the answer to a decided capture."""
    passage = (
        Passage.objects.select_related("person", "mark__register", "opening").filter(capture=capture).first()
        if capture.outcome in (Outcome.GRANTED, Outcome.DENIED)
        else None
    )
    granted = passage is not None and passage.outcome == Outcome.GRANTED
    if passage is not None and granted and turnstiles.did_not_open(passage):
        return _gate_is_stuck(capture, passage)
    earned = not granted and hasattr(capture, "claim_earned")
    return Answer(
        capture_id=capture.capture_id,
        outcome=Outcome(capture.outcome),
        reason=capture.reason,
        message=message(capture.reason, another_look=earned),
        claim=claims.token(capture) if earned else None,
        person=_person(passage.person) if passage and granted else None,
        attendance=_attendance(passage.mark) if passage and granted else None,
        passage_id=passage.id if passage else None,
        distance=passage.distance if passage and kiosk.diagnostic and settings.DEBUG else None,
        timings_ms=_timings(capture),
    )


def _gate_is_stuck(capture: Capture, passage: Passage) -> Answer:
    """Return the answer to somebody who may pass and whose gate didn't open: nobody is left standing there."""
    return Answer(
        capture_id=capture.capture_id,
        outcome=Outcome.DESK,
        reason=Reason.GATE_STUCK,
        message=message(Reason.GATE_STUCK, another_look=False),
        claim=None,
        person=None,
        attendance=None,
        passage_id=passage.id,
        distance=None,
        timings_ms=_timings(capture),
    )


def _person(person: Person | None) -> PersonSeen | None:
    return PersonSeen(id=person.id, display_name=person.display_name) if person else None


def _attendance(mark: AttendanceMark | None) -> Attendance | None:
    if mark is None:
        return None
    return Attendance(session=mark.register.kind, code=mark.code, minutes_late=mark.minutes_late)


def _timings(capture: Capture) -> Timings:
    took: Any = (capture.decided_at or capture.received_at) - capture.received_at
    total = round(took.total_seconds() * 1000)
    return Timings(queue=capture.queue_ms, extract=capture.extract_ms, decide=capture.decide_ms, total=total)
