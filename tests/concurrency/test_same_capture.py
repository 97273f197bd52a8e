"""The same capture twice at the same moment, as a kiosk sends it whose first call seemed lost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from campus import audit
from campus.models import AttendanceMark
from gates import extraction, intake, passages, verification
from gates.answers import answer
from gates.models import Capture, Opening, Passage
from gates.parcels import Errand
from tests.concurrency.conftest import FACES, Hall, card_of, face_of
from tests.concurrency.meeting import Callers, pause_before, result, wait_for_a_blocked_caller


def told(hall: Hall, capture: Capture) -> dict[str, Any]:
    return answer(capture, hall.kiosks[0]).dict()


@pytest.mark.parametrize("moment", [(passages, "record"), (audit, "record")], ids=["taken in", "decided"])
def test_a_card_sent_twice_at_once_is_decided_once(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch, moment: tuple[object, str]
) -> None:
    call = card_of(hall.world.refusing)
    place, name = moment
    stage = pause_before(monkeypatch, place, name)
    first = callers.start(intake.receive, hall.kiosks[0], call)
    stage.reached()
    second = callers.start(intake.receive, hall.kiosks[0], call)
    wait_for_a_blocked_caller()
    stage.go_on()
    assert told(hall, result(first)) == told(hall, result(second))
    assert result(first).outcome == "granted"
    assert Capture.objects.filter(capture_id=call.capture_id).count() == 1
    assert Passage.objects.filter(capture__capture_id=call.capture_id).count() == 1
    assert Opening.objects.filter(state="opened").count() == 1


def test_both_callers_of_a_face_hear_the_decision_when_it_is_made(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = face_of(FACES["willing"], hall.claim(hall.world.willing))
    calls = []
    for _ in range(2):
        with monkeypatch.context() as patch:
            waiting = pause_before(patch, intake, "_wait")
            calls.append(callers.start(intake.receive, hall.kiosks[0], call))
            waiting.reached()
            waiting.go_on()
    capture = Capture.objects.get(capture_id=call.capture_id)
    extraction.extract(Errand.of(capture))
    verification.verify(capture.id)
    decided = time.monotonic()
    answers = [told(hall, result(future)) for future in calls]
    assert time.monotonic() - decided < 10.0  # Not the twenty seconds after which either would have given up.
    assert answers[0] == answers[1]
    assert answers[0]["outcome"] == "granted"
    assert answers[0]["reason"] == "match"
    assert Passage.objects.filter(capture=capture).count() == 1
    assert Opening.objects.filter(passage__capture=capture).count() == 1


def test_many_repeats_at_once_are_one_passage_and_one_mark(hall: Hall, callers: Callers) -> None:
    call = card_of(hall.world.refusing)
    captures = callers.at_once(*[lambda: intake.receive(hall.kiosks[0], call)] * 6)
    assert len({str(told(hall, capture)) for capture in captures}) == 1
    assert Passage.objects.filter(person=hall.world.refusing.person).count() == 1
    assert AttendanceMark.objects.filter(student=hall.world.refusing.person).count() == 1
    assert Opening.objects.count() == 1
