"""Passages written straight into the database, for tests of what is made of them."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from campus.models import AttendanceMark, Person
from gates.decision import Outcome, Reason
from gates.models import Capture, Direction, Gate, Kiosk, Passage


def came(
    person: Person,
    at: datetime,
    *,
    outcome: Outcome = Outcome.GRANTED,
    reason: Reason = Reason.MATCH,
    mark: AttendanceMark | None = None,
    direction: str = Direction.IN,
) -> Passage:
    """Write that somebody was at the main gate at a moment, and what became of it."""
    gate, _ = Gate.objects.get_or_create(school=person.school, name="Main gate")
    kiosk, _ = Kiosk.objects.get_or_create(
        school=person.school, gate=gate, name="Kiosk", defaults={"key_digest": uuid4().bytes * 2}
    )
    capture = Capture.objects.create(
        school=person.school,
        kiosk=kiosk,
        capture_id=uuid4(),
        digest=bytes(32),
        direction=direction,
        person=person,
        captured_at=at,
        received_at=at,
        clock_suspect=False,
        state=Capture.State.DECIDED,
        outcome=outcome,
        reason=reason,
        decided_at=at,
    )
    return Passage.objects.create(
        school=person.school,
        gate=gate,
        capture=capture,
        person=person,
        credential=person.credentials.filter(revoked_at__isnull=True).first(),  # By card, as most are.
        direction=direction,
        outcome=outcome,
        reason=reason,
        mark=mark,
        occurred_at=at,
        recorded_at=at,
    )
