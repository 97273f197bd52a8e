"""What a card alone is answered, at the door and at the exit; and what a repeated call is answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from campus import calendar, cards, clock
from campus.cards import Card
from campus.models import AttendanceMark, Person
from enrollment.models import Reference
from gates import answers
from gates.models import Capture, Claim, Gate, Opening, Passage
from tests.gates.lane import Lane, later, make_lane
from tests.personas import make_school

UNKNOWN_CARD = str(Card(bytes(16), bytes(32)))


def leave(person: Person, day: Any) -> None:
    Person.objects.filter(id=person.id).update(left_on=day)


# ------------------------------------------------------------ coming in by card


@pytest.mark.parametrize("who", ["refusing", "withdrawn", "unanswered", "willing"])
def test_whoever_has_no_reference_is_granted_by_the_card_in_one_call(lane: Lane, who: str) -> None:
    pupil = lane.world.pupils[who]
    answer = lane.send(pupil).json()
    assert (answer["outcome"], answer["reason"]) == ("granted", "card")
    assert answer["person"] == {"id": str(pupil.person.id), "display_name": pupil.person.name}
    assert answer["attendance"] == {"session": "morning", "code": "present", "minutes_late": None}
    assert answer["passage_id"] == str(Passage.objects.get().id)
    assert answer["claim"] is None


def test_an_enrolled_student_is_asked_to_look_and_nobody_is_named_yet(lane: Lane, reference: Reference) -> None:
    answer = lane.send(lane.world.willing).json()
    assert (answer["outcome"], answer["reason"]) == ("look", "consented")
    assert answer["claim"]
    assert answer["person"] is answer["attendance"] is answer["passage_id"] is None
    assert not Passage.objects.exists()


def test_without_a_calibration_nobody_is_asked_to_look_and_the_card_opens_when_shown_again(
    lane: Lane, reference: Reference, settings: Settings
) -> None:
    settings.FACE_CALIBRATIONS = []
    answers = [lane.send(lane.world.willing).json() for _ in range(2)]
    assert [(one["outcome"], one["reason"]) for one in answers] == [
        ("use_card", "reference_outdated"),
        ("granted", "card"),
    ]


def test_a_face_not_offered_is_a_card_alone(lane: Lane, reference: Reference) -> None:
    answer = lane.send(lane.world.willing, face="declined").json()
    assert (answer["outcome"], answer["reason"]) == ("granted", "card")
    assert Capture.objects.get().face_declined


def test_the_late_group_is_granted_and_late_with_the_minutes(lane: Lane) -> None:
    answer = lane.send(lane.world.latecomer).json()
    assert answer["outcome"] == "granted"
    assert answer["attendance"] == {"session": "morning", "code": "late", "minutes_late": 60}


def test_a_kiosk_calls_people_what_they_are_called(lane: Lane) -> None:
    Person.objects.filter(id=lane.world.refusing.person.id).update(known_as="Remy")
    assert lane.send(lane.world.refusing).json()["person"]["display_name"] == "Remy"


@pytest.mark.parametrize(("card_alone", "reason"), [("pin", "pin_needed"), ("staff", "staff_needed")])
def test_where_a_card_alone_does_not_open_everybody_goes_to_the_desk(
    lane: Lane, reference: Reference, card_alone: str, reason: str
) -> None:
    Gate.objects.update(card_alone=card_alone)
    for pupil in (lane.world.refusing, lane.world.unanswered, lane.world.willing):
        answer = lane.send(pupil, face="declined").json()
        assert (answer["outcome"], answer["reason"]) == ("desk", reason)
        assert answer["person"] is answer["passage_id"] is None
    assert not Passage.objects.exists()


def test_a_call_without_a_card_is_asked_for_one(lane: Lane) -> None:
    answer = lane.send().json()
    assert (answer["outcome"], answer["reason"]) == ("use_card", "no_card")
    assert not Passage.objects.exists()


# ------------------------------------------------------------ cards that are no good


def test_an_unknown_card_is_denied_and_the_denial_is_a_row_about_nobody(lane: Lane) -> None:
    for text in (UNKNOWN_CARD, "CG1", "hello", "\0", "x" * 128):
        answer = lane.send(credential=text).json()
        assert (answer["outcome"], answer["reason"]) == ("denied", "unknown_card")
        assert answer["person"] is answer["attendance"] is None
        passage = Passage.objects.get(id=answer["passage_id"])
        assert (passage.outcome, passage.reason, passage.person) == ("denied", "unknown_card", None)
    assert not Opening.objects.exists()


def test_a_revoked_card_is_denied_and_the_denial_names_whose_it_was(lane: Lane) -> None:
    cards.issue(person=lane.world.refusing.person, by=lane.world.office, at=lane.world.at)
    answer = lane.send(lane.world.refusing).json()
    assert (answer["outcome"], answer["reason"]) == ("denied", "card_revoked")
    assert answer["person"] is answer["attendance"] is None
    assert Passage.objects.get().person == lane.world.refusing.person
    assert not AttendanceMark.objects.exists()


@pytest.mark.parametrize(("days", "reason"), [(-1, "not_on_roll"), (0, "not_on_roll"), (1, "card")])
def test_the_card_of_somebody_who_left_is_denied_from_the_day_of_leaving_on(lane: Lane, days: int, reason: str) -> None:
    leave(lane.world.refusing.person, calendar.local_date(lane.world.school, lane.world.at) + timedelta(days))
    assert lane.send(lane.world.refusing).json()["reason"] == reason


def test_pictures_of_somebody_who_left_are_not_wanted(lane: Lane, reference: Reference) -> None:
    claim = lane.claim(lane.world.willing)
    leave(lane.world.willing.person, calendar.local_date(lane.world.school, lane.world.at))
    answer = lane.send(pictures=2, claim=claim).json()
    assert (answer["outcome"], answer["reason"]) == ("denied", "not_on_roll")
    assert Capture.objects.latest("received_at").frames == 0


def test_a_card_of_another_school_is_unknown_here(lane: Lane) -> None:
    other = make_school(name="Lowland")
    answer = lane.send(other.refusing).json()
    assert (answer["outcome"], answer["reason"]) == ("denied", "unknown_card")
    assert Passage.objects.get().person is None


# ------------------------------------------------------------ going out


@pytest.mark.parametrize("card_alone", ["open", "pin", "staff"])
def test_the_exit_is_free_for_everybody(lane: Lane, card_alone: str) -> None:
    Gate.objects.update(card_alone=card_alone)
    for text in ("", UNKNOWN_CARD, "hello"):
        answer = lane.send(credential=text, direction="out").json()
        assert (answer["outcome"], answer["reason"]) == ("granted", "exit_free")
        assert answer["person"] is answer["attendance"] is None


def test_the_exit_is_free_with_a_revoked_card_of_somebody_who_left_and_with_pictures(
    lane: Lane, reference: Reference
) -> None:
    claim = lane.claim(lane.world.willing)
    cards.revoke(person=lane.world.willing.person, by=None, at=lane.world.at)
    leave(lane.world.willing.person, lane.world.at.date())
    for fields in ({}, {"pictures": 3}, {"pictures": 1, "claim": claim}, {"pictures": 1, "claim": "forged"}):
        answer = lane.send(lane.world.willing, direction="out", **fields).json()
        assert (answer["outcome"], answer["reason"]) == ("granted", "exit_free")
    assert not Capture.objects.filter(frames__gt=0).exists()


def test_going_out_leaves_the_register_alone(lane: Lane) -> None:
    answer = lane.send(lane.world.refusing, direction="out").json()
    assert answer["person"]["id"] == str(lane.world.refusing.person.id)
    assert answer["attendance"] is None
    assert not AttendanceMark.objects.exists()


# ------------------------------------------------------------ the kiosk's clock


def test_a_kiosk_s_clock_is_believed_within_a_minute(lane: Lane) -> None:
    table = [(-61, True), (-60, False), (0, False), (60, False), (60.001, True), (86_400, True)]
    for seconds, suspect in table:
        captured_at = later(lane.world.at, seconds)
        answer = lane.send(lane.world.refusing, captured_at=captured_at.isoformat()).json()
        passage = Passage.objects.select_related("capture").get(id=answer["passage_id"])
        assert passage.capture.clock_suspect is suspect, seconds
        assert passage.capture.captured_at == captured_at
        assert passage.occurred_at == (lane.world.at if suspect else captured_at)


def test_lateness_is_measured_at_the_kiosk_where_its_clock_is_believed(
    lane: Lane, frozen: Callable[[datetime], None]
) -> None:
    limit = lane.world.at.replace(hour=8, minute=30)
    frozen(later(limit, 30))
    answer = lane.send(lane.world.latecomer, captured_at=limit.isoformat()).json()
    assert answer["attendance"]["code"] == "present"


# ------------------------------------------------------------ distances are for tuning


def test_a_distance_is_told_to_a_diagnostic_kiosk_in_development_only(
    lane: Lane, reference: Reference, settings: Settings
) -> None:
    capture = lane.tries(lane.world.willing, distance=0.31, at=lane.world.at)
    for diagnostic, debug in ((False, False), (False, True), (True, False), (True, True)):
        settings.DEBUG, lane.kiosk.diagnostic = debug, diagnostic
        told = answers.answer(capture, lane.kiosk)
        assert told.distance == (0.31 if diagnostic and debug else None)
        assert (told.outcome, told.reason) == ("granted", "match")


# ------------------------------------------------------------ the same call again

AGAIN: dict[str, Any] = {"capture_id": "0190a5f0-0000-7000-8000-000000000001"}


@pytest.mark.parametrize("who", ["willing", "refusing"])
def test_the_same_call_again_gets_the_same_answer_and_nothing_twice(
    lane: Lane, reference: Reference, frozen: Callable[[datetime], None], who: str
) -> None:
    sent = AGAIN | {"captured_at": lane.world.at.isoformat()}
    first = lane.send(lane.world.pupils[who], **sent)
    frozen(later(lane.world.at, 3600))
    again = lane.send(lane.world.pupils[who], **sent)
    assert (again.status_code, again.json()) == (200, first.json())
    assert Capture.objects.count() == 1
    passed = 1 if who == "refusing" else 0
    assert Passage.objects.count() == Opening.objects.count() == AttendanceMark.objects.count() == passed
    assert Claim.objects.count() == 1 - passed


def test_the_same_call_again_opens_the_gate_once(lane: Lane, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gates.turnstiles.simulated"):
        for _ in range(2):
            lane.send(lane.world.refusing, **AGAIN, captured_at=lane.world.at.isoformat())
    assert len(caplog.records) == 1
    assert Opening.objects.get().state == Opening.State.OPENED


def test_another_body_under_the_same_id_is_refused(lane: Lane) -> None:
    sent = AGAIN | {"captured_at": lane.world.at.isoformat()}
    assert lane.send(lane.world.refusing, **sent).status_code == 200
    changes: list[dict[str, Any]] = [
        {"captured_at": "2026-03-04T09:29:59+00:00"},
        {"direction": "out"},
        {"credential": ""},
        {"credential": UNKNOWN_CARD},
        {"face": "declined"},
        {"claim": "forged", "face": "declined"},
        {"challenge": "left"},
        {"pictures": 1},
    ]
    for change in changes:
        response = lane.send(lane.world.refusing, **sent | change)
        assert (response.status_code, response.json()["field"]) == (409, "capture_id"), change
    assert Capture.objects.count() == 1


def test_two_kiosks_may_choose_the_same_id(lane: Lane) -> None:
    other = make_lane(lane.world, name="Side gate")
    assert lane.send(lane.world.refusing, **AGAIN).status_code == 200
    assert other.send(lane.world.unanswered, **AGAIN).json()["outcome"] == "granted"


def test_a_repeated_call_is_answered_in_a_flood_too(lane: Lane, settings: Settings) -> None:
    sent: dict[str, Any] = {"capture_id": str(uuid4()), "captured_at": clock.now().isoformat()}
    assert lane.send(lane.world.refusing, **sent).status_code == 200
    settings.CAPTURES_PER_KIOSK_IN_10_SECONDS = 1
    assert lane.send(lane.world.refusing, **sent).status_code == 200
    assert lane.send(lane.world.refusing).status_code == 429
