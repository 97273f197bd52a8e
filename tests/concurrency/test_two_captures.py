"""Two captures of one student at the same moment: one after the other under the person's lock, whichever is first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campus import registers
from campus.models import AttendanceMark
from gates import claims, extraction, intake, verification
from gates.intake import Call
from gates.models import Capture, Claim, Opening, Passage
from gates.parcels import Errand
from tests.concurrency.conftest import FACES, STRANGER, Hall, Sends, card_of, face_of
from tests.concurrency.meeting import Callers, pause_after, pause_before, result, wait_for_a_blocked_caller

WILLING = FACES["willing"]
ORDERS = [(0, 1), (1, 0)]


@pytest.mark.parametrize(("first", "second"), ORDERS)
def test_one_claim_lets_one_of_two_captures_look(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch, first: int, second: int
) -> None:
    claim = hall.claim(hall.world.willing)
    calls = [face_of(WILLING, claim), face_of(WILLING, claim)]
    used = pause_after(monkeypatch, claims, "use")
    earlier = callers.start(intake.receive, hall.kiosks[0], calls[first])
    used.reached()
    later = callers.start(intake.receive, hall.kiosks[0], calls[second])
    wait_for_a_blocked_caller()
    used.go_on()
    assert (result(later).outcome, result(later).reason) == ("use_card", "claim_spent")
    _work_off(calls[first])
    assert (result(earlier).outcome, result(earlier).reason) == ("granted", "match")
    assert Claim.objects.get(capture__credential=result(earlier).credential).used_by == result(earlier)
    assert Passage.objects.filter(person=hall.world.willing.person).count() == 1


@pytest.mark.parametrize(("first", "second"), ORDERS)
def test_two_entries_are_two_passages_and_one_mark(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch, first: int, second: int
) -> None:
    pupil = hall.world.refusing
    marking = pause_before(monkeypatch, registers, "mark_arrival")
    earlier = callers.start(hall.show, pupil, first)
    marking.reached()
    later = callers.start(hall.show, pupil, second)
    wait_for_a_blocked_caller()
    marking.go_on()
    assert [result(call).outcome for call in (earlier, later)] == ["granted", "granted"]
    mark = AttendanceMark.objects.get(student=pupil.person)
    assert {passage.mark_id for passage in Passage.objects.filter(person=pupil.person)} == {mark.id}
    assert Passage.objects.filter(person=pupil.person).count() == 2
    assert Opening.objects.filter(state="opened").count() == 2


def test_going_in_and_out_at_once_ends_where_the_last_one_went(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    pupil = hall.world.refusing
    going_in, going_out = card_of(pupil), replace(card_of(pupil), direction="out")
    marking = pause_before(monkeypatch, registers, "mark_arrival")
    entered = callers.start(intake.receive, hall.kiosks[0], going_in)
    marking.reached()
    left = callers.start(intake.receive, hall.kiosks[1], going_out)
    wait_for_a_blocked_caller()
    marking.go_on()
    assert (result(entered).reason, result(left).reason) == ("card", "exit_free")
    pupil.person.presence.refresh_from_db()
    assert pupil.person.presence.where == "outside"


def test_two_probes_of_one_card_are_counted_one_after_the_other(hall: Hall, send: Sends, callers: Callers) -> None:
    pupil = hall.world.willing
    sent = [send(pupil, STRANGER) for _ in range(3)]
    callers.at_once(*[lambda capture=capture: verification.verify(capture.id) for capture in sent])
    answers = [result(capture.answer) for capture in sent]
    assert {capture.outcome for capture in answers} == {"denied"}
    assert Passage.objects.filter(person=pupil.person, reason="no_match").count() == 3
    assert hall.show(pupil).reason == "tries_spent"


def _work_off(call: Call) -> None:
    """Do what the extracting and the deciding process do with a capture."""
    capture = Capture.objects.get(capture_id=call.capture_id)
    extraction.extract(Errand.of(capture))
    verification.verify(capture.id)
