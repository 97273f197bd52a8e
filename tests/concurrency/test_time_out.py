"""The web's time-out against the decision: exactly one of them ends a capture, and the other reads its answer."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction

from campus import audit, clock
from gates import passages, verification
from gates.models import Capture, Opening, Passage
from gates.passages import Finding
from tests.concurrency.conftest import FACES, Hall, Sends
from tests.concurrency.meeting import Callers, pause_before, result, wait_for_a_blocked_caller

WILLING = FACES["willing"]
ROUNDS = 30


def test_a_time_out_that_waits_for_a_decision_changes_nothing(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(hall.world.willing, WILLING)
    writing = pause_before(monkeypatch, audit, "record")
    verified = callers.start(verification.verify, sent.id)
    writing.reached()
    timed_out = callers.start(passages.time_out, sent.id, at=clock.now())
    wait_for_a_blocked_caller()
    writing.go_on()
    result(verified)
    assert result(timed_out) is False
    assert (result(sent.answer).state, result(sent.answer).outcome) == ("decided", "granted")
    assert Opening.objects.filter(passage__capture=sent.id, state="opened").count() == 1


def test_a_decision_that_waits_for_a_time_out_writes_nothing(hall: Hall, send: Sends, callers: Callers) -> None:
    sent = send(hall.world.willing, WILLING)
    with transaction.atomic():
        assert passages.time_out(sent.id, at=clock.now()) is True
        verified = callers.start(verification.verify, sent.id)
        wait_for_a_blocked_caller()
    result(verified)
    capture = result(sent.answer)
    assert (capture.state, capture.outcome, capture.reason) == ("timed_out", "use_card", "timeout")
    assert not Passage.objects.filter(capture=sent.id).exists()
    assert not Opening.objects.exists()


def test_a_late_decision_opens_nothing(hall: Hall, send: Sends) -> None:
    sent = send(hall.world.willing, WILLING)
    passages.time_out(sent.id, at=clock.now())
    verification.verify(sent.id)
    assert result(sent.answer).reason == "timeout"
    assert not Passage.objects.exists()


def test_exactly_one_of_them_wins_however_they_meet(hall: Hall, callers: Callers) -> None:
    winners = []
    for _ in range(ROUNDS):
        capture = _pending(hall)
        recorded = callers.start(passages.record, capture.id, Finding(), at=clock.now())
        timed_out = callers.start(passages.time_out, capture.id, at=clock.now())
        found, ended = result(recorded), result(timed_out)
        capture.refresh_from_db()
        assert capture.state == found.state
        assert ended is (capture.state == "timed_out")
        decided = capture.state == "decided"
        assert Passage.objects.filter(capture=capture).exists() is decided
        assert Opening.objects.filter(passage__capture=capture).exists() is decided
        winners.append(capture.state)
    assert set(winners) <= {"decided", "timed_out"}


def _pending(hall: Hall) -> Capture:
    """Return a capture of a card that is taken in and not decided yet."""
    at, kiosk, person = clock.now(), hall.kiosks[0], hall.world.refusing.person
    return Capture.objects.create(
        school=kiosk.school,
        kiosk=kiosk,
        capture_id=uuid4(),
        digest=bytes(32),
        direction="in",
        credential=person.credentials.get(),
        person=person,
        captured_at=at,
        received_at=at,
        clock_suspect=False,
    )
