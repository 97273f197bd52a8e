"""Passing without a card: a button, a look, and whoever is clearly the nearest; and nobody else, ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from campus.models import AttendanceMark, AuditEvent, Presence, School
from enrollment import consent, galleries
from enrollment.models import LookAlike, Reference
from gates import claims, passages, tasks_decide
from gates.answers import answer
from gates.decision import FAILURES_BEFORE_PAUSE, Trouble
from gates.models import Capture, Claim, Passage
from tests.drawn import ENGINE, enroll
from tests.galleries import write_calibration
from tests.gates.lane import FACES, Lane, later, make_lane

STRANGER = 99
BUTTON: dict[str, Any] = {"identify": "yes"}


def button(lane: Lane, **fields: Any) -> dict[str, Any]:
    """Touch the button and return the answer."""
    return dict(lane.send(**(BUTTON | fields)).json())


def outcome(capture: Capture) -> tuple[str, str]:
    return capture.outcome, capture.reason


# ------------------------------------------------------------ the way in


def test_the_button_is_answered_with_a_look_and_pictures_are_then_looked_at(looking: Lane) -> None:
    said = button(looking)
    assert (said["outcome"], said["reason"], said["person"]) == ("look", "asked", None)
    sent = looking.send(pictures=2, claim=said["claim"]).json()
    assert (sent["outcome"], sent["reason"]) == ("use_card", "timeout")  # Nobody works here.
    capture = Capture.objects.get(capture_id=sent["capture_id"])
    assert (capture.identify, capture.frames, capture.credential, capture.person) == (True, 2, None, None)


def test_whoever_is_found_passes_and_the_passage_says_by_what(looking: Lane, looks: Callable[..., Capture]) -> None:
    student, at = looking.world.willing.person, looking.world.at
    capture = looks(7)
    assert outcome(capture) == ("granted", "identified")
    passage = Passage.objects.get(capture=capture)
    assert (passage.person, passage.credential, passage.outcome, passage.reason) == (
        student,
        None,
        "granted",
        "identified",
    )
    assert passage.reference == Reference.objects.get(student=student).id
    assert (passage.engine, passage.threshold_version) == (ENGINE, "drawn")
    assert passage.distance is not None
    assert 0 < passage.distance < 0.4
    assert passage.mark is None, "the family was not asked whether the face may mark attendance"
    assert not AttendanceMark.objects.exists()
    assert Presence.objects.get(person=student).where == "inside"
    event = AuditEvent.objects.get(kind="passage.granted")
    assert (event.subject, event.at) == (student.id, at)


def test_the_kiosk_is_told_who_passed(looking: Lane, looks: Callable[..., Capture]) -> None:
    said = answer(looks(8), looking.kiosk)
    assert said.person is not None
    assert said.person.id == looking.world.latecomer.person.id
    assert said.attendance is None


# ------------------------------------------------------------ nobody is named


def nobody(capture: Capture) -> None:
    """Assert that nothing says whom a capture was near to."""
    assert (capture.person, capture.credential) == (None, None)
    passage = Passage.objects.filter(capture=capture).first()
    if passage is not None:
        said = (passage.person, passage.reference, passage.distance, passage.engine, passage.threshold_version)
        assert said == (None, None, None, "", "")
        event = AuditEvent.objects.get(kind="passage.denied", payload__body__passage=str(passage.id))
        assert event.subject is None
    assert not Presence.objects.filter(where="inside").exists()
    assert not AttendanceMark.objects.exists()


def test_a_stranger_is_not_named_and_may_try_again(looks: Callable[..., Capture]) -> None:
    capture = looks(STRANGER)
    assert outcome(capture) == ("denied", "no_match")
    assert hasattr(capture, "claim_earned")
    nobody(capture)


def test_a_family_that_said_no_is_a_stranger(looking: Lane, looks: Callable[..., Capture]) -> None:
    """There is no reference of that child, so nothing could be found, and nothing is kept."""
    before = set(Reference.objects.values_list("id", flat=True))
    nobody(looks(55))
    assert set(Reference.objects.values_list("id", flat=True)) == before


def test_two_who_are_too_close_both_need_their_cards(looking: Lane, looks: Callable[..., Capture]) -> None:
    pupil = looking.world.unanswered
    consent.give(student=pupil.person, guardian=pupil.parent, notice=looking.world.notice, at=looking.world.at)
    enroll(pupil.person, operator=looking.world.office, at=looking.world.at, face=7)
    capture = looks(7)
    assert outcome(capture) == ("use_card", "too_close")
    nobody(capture)


def test_a_pair_of_look_alikes_is_never_found(looking: Lane, looks: Callable[..., Capture]) -> None:
    one, other = sorted(Reference.objects.all(), key=lambda row: row.id)
    LookAlike.objects.create(
        school=looking.world.school,
        student=one.student,
        reference=one,
        other=other.student,
        other_reference=other,
        found_at=looking.world.at,
    )
    for face in FACES.values():
        capture = looks(face)
        assert outcome(capture) == ("use_card", "gallery_empty")
        nobody(capture)


def test_whoever_withdrew_after_the_search_is_nobody(
    looking: Lane, looks: Callable[..., Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    record, pupil = passages.record, looking.world.willing

    def withdrawn_first(*args: Any, **kwargs: Any) -> Capture:
        consent.withdraw(student=pupil.person, guardian=pupil.parent, at=looking.world.at)
        return record(*args, **kwargs)

    monkeypatch.setattr(passages, "record", withdrawn_first)
    capture = looks(7)
    assert outcome(capture) == ("denied", "no_match")
    nobody(capture)


def test_a_school_that_switches_it_off_after_the_search_asks_for_the_card(
    looking: Lane, looks: Callable[..., Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = passages.record

    def switched_off_first(*args: Any, **kwargs: Any) -> Capture:
        School.objects.update(identifies=False)
        return record(*args, **kwargs)

    monkeypatch.setattr(passages, "record", switched_off_first)
    capture = looks(7)
    assert outcome(capture) == ("use_card", "identification_off")
    nobody(capture)


@pytest.mark.parametrize("trouble", [Trouble.NO_FACE, Trouble.SEVERAL_FACES, Trouble.NOT_ONE_PERSON])
def test_a_picture_of_nobody_or_of_several_is_worth_another_look(
    looks: Callable[..., Capture], trouble: Trouble
) -> None:
    capture = looks(trouble=trouble.value, template=b"")
    assert outcome(capture) == ("retry", trouble)
    nobody(capture)


def test_a_probe_of_an_engine_that_is_not_in_use_finds_nobody(looks: Callable[..., Capture]) -> None:
    capture = looks(7, engine="older")
    assert outcome(capture)[0] == "use_card"
    nobody(capture)


# ------------------------------------------------------------ where it is not allowed


def test_it_is_off_until_a_school_switches_it_on(lane: Lane, gallery_shown: None) -> None:
    enroll(lane.world.willing.person, operator=lane.world.office, at=lane.world.at)
    said = button(lane)
    assert (said["outcome"], said["reason"], said["claim"]) == ("use_card", "identification_off", None)


def test_a_gallery_that_was_not_shown_asks_for_the_card(looking: Lane, settings: Settings, tmp_path: Path) -> None:
    settings.FACE_CALIBRATIONS = [Path("enrollment/faces/drawn.toml")]
    assert button(looking)["reason"] == "gallery_not_shown"
    settings.FACE_CALIBRATIONS = [write_calibration(tmp_path, largest=1)]
    assert button(looking)["reason"] == "gallery_too_large"


def test_pictures_are_dropped_unread_once_it_is_switched_off(looking: Lane) -> None:
    claim = button(looking)["claim"]
    School.objects.update(identifies=False)
    said = looking.send(pictures=1, claim=claim).json()
    assert (said["outcome"], said["reason"]) == ("use_card", "identification_off")
    assert not Capture.objects.filter(frames__gt=0).exists()


def test_pictures_with_the_button_and_without_a_claim_are_dropped_unread(
    looking: Lane, broker_gained: Callable[[], list[bytes]]
) -> None:
    said = looking.send(pictures=2, **BUTTON).json()
    assert (said["outcome"], broker_gained()) == ("look", [])
    assert not Capture.objects.filter(frames__gt=0).exists()


# ------------------------------------------------------------ claims, replays, tries


def test_a_claim_is_good_once_at_its_own_kiosk_and_for_ten_seconds(
    looking: Lane, frozen: Callable[[datetime], None]
) -> None:
    claim = button(looking)["claim"]
    other = make_lane(looking.world, name="Side gate")
    assert other.send(pictures=1, claim=claim).status_code == 403
    reasons = [looking.send(pictures=1, claim=claim).json()["reason"] for _ in range(2)]
    assert reasons == ["timeout", "claim_spent"]
    late = button(looking)["claim"]
    frozen(later(looking.world.at, claims.LASTS.total_seconds()))
    assert looking.send(pictures=1, claim=late).json()["reason"] == "claim_spent"


def test_a_claim_without_a_card_is_worth_nothing_with_one(looking: Lane) -> None:
    claim = button(looking)["claim"]
    said = looking.send(looking.world.willing, pictures=1, claim=claim).json()
    assert (said["outcome"], said["reason"]) == ("use_card", "claim_spent")
    assert Claim.objects.get(token_digest=claims._digest(claim)).used_by is None


def test_a_card_s_claim_is_no_leave_to_look_for_somebody(looking: Lane) -> None:
    claim = looking.claim(looking.world.willing)
    sent = looking.send(pictures=1, claim=claim).json()
    capture = Capture.objects.get(capture_id=sent["capture_id"])
    assert (capture.identify, capture.person) == (False, looking.world.willing.person)


def test_the_same_touch_again_is_the_same_answer(looking: Lane) -> None:
    call = {"capture_id": str(uuid4()), "captured_at": looking.world.at.isoformat(), **BUTTON}
    first, second = (looking.send(**call).json() for _ in range(2))
    assert first == second
    assert Capture.objects.count() == Claim.objects.count() == 1
    other = looking.send(**(call | {"identify": "no"}))
    assert (other.status_code, other.json()["error"]) == (409, "conflict")


@pytest.mark.parametrize("field", ["credential", "claim"])
def test_the_button_and_a_card_or_a_claim_are_two_things(looking: Lane, field: str) -> None:
    said: dict[str, Any] = BUTTON | {field: "anything"}
    response = looking.send(pictures=1, **said)
    assert (response.status_code, response.json()["field"]) == (422, "identify")


def test_the_database_refuses_a_card_to_whoever_is_looked_for(looking: Lane) -> None:
    with pytest.raises(IntegrityError, match="capture_identifies_without_a_card"), transaction.atomic():
        looking.capture(looking.world.willing, identify=True, at=looking.world.at)


def test_three_tries_and_then_the_card_whoever_stands_there(looking: Lane, looks: Callable[..., Capture]) -> None:
    tried = [looks(STRANGER) for _ in range(3)]
    assert [hasattr(capture, "claim_earned") for capture in tried] == [True, True, False]
    assert button(looking)["reason"] == "tries_spent"
    assert outcome(looks(7)) == ("use_card", "tries_spent")


def test_another_kiosk_has_tries_of_its_own(looking: Lane, looks: Callable[..., Capture]) -> None:
    for _ in range(3):
        looks(STRANGER)
    assert button(make_lane(looking.world, name="Side gate"))["outcome"] == "look"


def test_the_next_visit_begins_after_half_a_minute_or_when_somebody_was_let_in(
    looking: Lane, looks: Callable[..., Capture], frozen: Callable[[datetime], None]
) -> None:
    at = looking.world.at
    for _ in range(3):
        looks(STRANGER)
    assert button(looking)["reason"] == "tries_spent"
    frozen(later(at, 1))
    assert looking.send(looking.world.refusing).json()["outcome"] == "granted"
    frozen(later(at, 2))
    assert button(looking)["outcome"] == "look"
    frozen(later(at, 100))
    assert button(looking)["outcome"] == "look"


def test_asking_again_and_again_does_not_lengthen_the_visit(
    looking: Lane, looks: Callable[..., Capture], frozen: Callable[[datetime], None]
) -> None:
    for _ in range(3):
        looks(STRANGER)
    for seconds in (10, 20, 30):
        frozen(later(looking.world.at, seconds))
        assert button(looking)["reason"] == "tries_spent"
    frozen(later(looking.world.at, 30.1))
    assert button(looking)["outcome"] == "look"


def test_five_failures_in_a_row_rest_the_kiosk_for_half_a_minute(
    looking: Lane, looks: Callable[..., Capture], frozen: Callable[[datetime], None]
) -> None:
    at = looking.world.at
    for number in range(FAILURES_BEFORE_PAUSE):
        moment = at + timedelta(minutes=number)
        frozen(moment)
        last = looks(STRANGER, at=moment)
    assert not hasattr(last, "claim_earned")
    frozen(later(moment, 29))
    assert button(looking)["reason"] == "tries_spent"
    frozen(later(moment, 31))
    assert button(looking)["outcome"] == "look"


def test_the_exit_is_free_for_whoever_touches_anything(lane: Lane) -> None:
    said = lane.send(**BUTTON, direction="out").json()
    assert (said["outcome"], said["reason"]) == ("granted", "exit_free")


# ------------------------------------------------------------ what is written about it


def test_a_look_without_a_card_says_nothing_of_anybody_in_a_log(
    looks: Callable[..., Capture], caplog: pytest.LogCaptureFixture
) -> None:
    looks(7)
    looks(STRANGER)
    assert not caplog.records


def test_no_template_is_left_in_the_broker(looks: Callable[..., Capture], broker_gained: Callable[[], Any]) -> None:
    looks(7)
    assert not [key for key in broker_gained() if b"probe" in key]


@pytest.mark.parametrize(("process", "started"), [("decide", 1), ("web", 0), ("desk", 0)])
def test_only_the_process_that_compares_keeps_galleries(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, process: str, started: int
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(galleries, "keep_tidy", lambda: begun.append(process))
    settings.PROCESS = process
    tasks_decide.keep_galleries_tidy()
    assert len(begun) == started
