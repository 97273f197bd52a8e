"""Face tries are counted from the rows: three a visit, five failures pause, fifty a day end it for the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from campus.models import AttendanceMark
from enrollment import consent
from enrollment.models import Reference
from gates import answers, history, passages
from gates.decision import Claim, Trouble
from gates.models import Capture, Opening, Passage
from gates.passages import Finding
from tests.drawn import ENGINE, enroll
from tests.gates.lane import Lane, compared, later

WRONG, RIGHT = 0.8, 0.2
Frozen = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def enrolled(reference: Reference) -> None:
    """The willing pupil is enrolled, in all of these."""


def told(capture: Capture, lane: Lane) -> answers.Answer:
    return answers.answer(capture, lane.kiosk)


def fails(lane: Lane, times: int, *, since: datetime, every: float) -> datetime:
    """Let the willing pupil's face fail so many times and return when the last one was."""
    at = since
    for number in range(times):
        at = later(since, number * every)
        lane.tries(lane.world.willing, distance=WRONG, at=at)
    return at


def shows_card(lane: Lane, frozen: Frozen, at: datetime, **fields: Any) -> tuple[str, str]:
    frozen(at)
    answer = lane.send(lane.world.willing, **fields).json()
    return answer["outcome"], answer["reason"]


# ------------------------------------------------------------ one try


def test_the_right_face_passes_is_marked_and_named(lane: Lane) -> None:
    answer = told(lane.tries(lane.world.willing, distance=RIGHT, at=lane.world.at), lane)
    assert (answer.outcome, answer.reason, answer.message) == ("granted", "match", "Welcome.")
    assert answer.person is not None
    assert answer.attendance is not None
    assert answer.attendance.code == "present"
    assert answer.claim is None
    passage = Passage.objects.get()
    assert (passage.distance, passage.engine, passage.threshold_version) == (RIGHT, ENGINE, "drawn")
    assert passage.reference == Reference.objects.get().id


def test_another_s_face_is_denied_names_nobody_and_may_try_again(lane: Lane) -> None:
    answer = told(lane.tries(lane.world.willing, distance=WRONG, at=lane.world.at), lane)
    assert (answer.outcome, answer.reason) == ("denied", "no_match")
    assert (answer.person, answer.attendance, answer.distance) == (None, None, None)
    assert answer.claim
    assert not AttendanceMark.objects.exists()
    assert not Opening.objects.exists()
    assert Passage.objects.get().distance == WRONG


@pytest.mark.parametrize("trouble", [Trouble.NO_FACE, Trouble.SEVERAL_FACES, Trouble.UNREADABLE, Trouble.TOO_LARGE])
def test_a_picture_that_shows_nothing_is_tried_again_and_leaves_no_passage(lane: Lane, trouble: Trouble) -> None:
    answer = told(lane.tries(lane.world.willing, distance=None, trouble=trouble, at=lane.world.at), lane)
    assert (answer.outcome, answer.reason) == ("retry", trouble)
    assert answer.claim
    assert not Passage.objects.exists()


def test_a_try_is_never_followed_by_an_alert_or_an_absence(lane: Lane) -> None:
    lane.tries(lane.world.willing, distance=WRONG, at=lane.world.at)
    assert not AttendanceMark.objects.filter(code="absent").exists()


# ------------------------------------------------------------ a visit


def test_after_three_tries_the_card_is_asked_for(lane: Lane, frozen: Frozen) -> None:
    captures = [lane.tries(lane.world.willing, distance=WRONG, at=later(lane.world.at, n)) for n in range(3)]
    assert [bool(told(capture, lane).claim) for capture in captures] == [True, True, False]
    assert told(captures[-1], lane).message == "That did not work. Please use your card."
    assert shows_card(lane, frozen, later(lane.world.at, 4)) == ("use_card", "tries_spent")


def test_whoever_was_told_to_use_the_card_and_shows_it_passes(lane: Lane, frozen: Frozen) -> None:
    fails(lane, 3, since=lane.world.at, every=1)
    shows_card(lane, frozen, later(lane.world.at, 4))
    assert shows_card(lane, frozen, later(lane.world.at, 5)) == ("granted", "card_after_no_match")
    assert shows_card(lane, frozen, later(lane.world.at, 6)) == ("look", "consented")


def test_a_spent_claim_asks_for_the_card_and_not_for_the_card_alone(lane: Lane, frozen: Frozen) -> None:
    assert lane.send(lane.world.willing, claim="forged", pictures=1).json()["reason"] == "claim_spent"
    assert shows_card(lane, frozen, later(lane.world.at, 1)) == ("look", "consented")


def test_after_a_time_out_the_card_opens(lane: Lane, frozen: Frozen) -> None:
    claim = lane.claim(lane.world.willing)
    assert lane.send(claim=claim, pictures=1).json()["reason"] == "timeout"
    assert shows_card(lane, frozen, later(lane.world.at, 2)) == ("granted", "card")


def test_going_out_ends_no_visit(lane: Lane, frozen: Frozen) -> None:
    """Or three more tries would cost one press of the exit's button."""
    fails(lane, 3, since=lane.world.at, every=1)
    frozen(later(lane.world.at, 3))
    assert lane.send(lane.world.willing, direction="out").json()["outcome"] == "granted"
    assert shows_card(lane, frozen, later(lane.world.at, 4)) == ("use_card", "tries_spent")


def test_pictures_without_a_face_are_tries_too(lane: Lane, frozen: Frozen) -> None:
    for number in range(2):
        lane.tries(lane.world.willing, distance=None, trouble=Trouble.NO_FACE, at=later(lane.world.at, number))
    third = lane.tries(lane.world.willing, distance=None, trouble=Trouble.NO_FACE, at=later(lane.world.at, 3))
    assert (third.outcome, third.reason) == ("use_card", "tries_spent")
    assert shows_card(lane, frozen, later(lane.world.at, 4)) == ("granted", "card")


def holds_up_a_print(lane: Lane, times: int, *, since: datetime, every: float) -> datetime:
    """Hold a print of the willing pupil up to the camera so many times and return when the last one was."""
    at = since
    for number in range(times):
        at = later(since, number * every)
        lane.tries(lane.world.willing, distance=None, trouble=Trouble.NOT_LIVE, at=at)
    return at


def test_a_print_held_up_is_told_to_use_the_card_and_what_the_card_opens_says_so(lane: Lane, frozen: Frozen) -> None:
    tried = lane.tries(lane.world.willing, distance=None, trouble=Trouble.NOT_LIVE, at=lane.world.at)
    answer = told(tried, lane)
    assert (answer.outcome, answer.reason, answer.claim) == ("use_card", "not_live", None)
    assert answer.message == "Please use your card."
    assert not Passage.objects.exists()
    assert shows_card(lane, frozen, later(lane.world.at, 5)) == ("granted", "card_after_no_match")


def test_five_prints_rest_the_face_path_of_the_card(lane: Lane, frozen: Frozen) -> None:
    fourth = holds_up_a_print(lane, 4, since=lane.world.at, every=60)
    assert shows_card(lane, frozen, later(fourth, 40)) == ("look", "consented")
    fifth = holds_up_a_print(lane, 1, since=later(fourth, 60), every=0)
    assert shows_card(lane, frozen, later(fifth, 20), face="declined") == ("granted", "card_after_no_match")
    right = lane.tries(lane.world.willing, distance=RIGHT, at=later(fifth, 25))
    assert (right.outcome, right.reason) == ("granted", "card_after_no_match")


def test_the_right_face_ends_the_row_of_prints(lane: Lane, frozen: Frozen) -> None:
    fourth = holds_up_a_print(lane, 4, since=lane.world.at, every=60)
    assert lane.tries(lane.world.willing, distance=RIGHT, at=later(fourth, 60)).reason == "match"
    again = holds_up_a_print(lane, 1, since=later(fourth, 120), every=0)
    assert shows_card(lane, frozen, later(again, 40)) == ("look", "consented")


def test_a_fourth_picture_is_not_compared_even_if_it_would_match(lane: Lane) -> None:
    fails(lane, 3, since=lane.world.at, every=1)
    fourth = lane.tries(lane.world.willing, distance=RIGHT, at=later(lane.world.at, 4))
    assert (fourth.outcome, fourth.reason) == ("use_card", "tries_spent")


def test_then_the_card_alone_opens_and_the_passage_says_what_went_before(lane: Lane, frozen: Frozen) -> None:
    fails(lane, 3, since=lane.world.at, every=1)
    at = later(lane.world.at, 5)
    assert shows_card(lane, frozen, at, face="declined") == ("granted", "card_after_no_match")
    assert Passage.objects.latest("recorded_at").reason == "card_after_no_match"


@pytest.mark.parametrize(("seconds", "reason"), [(119, "card_after_no_match"), (120, "card")])
def test_what_went_before_is_forgotten_after_two_minutes(
    lane: Lane, frozen: Frozen, seconds: float, reason: str
) -> None:
    fails(lane, 1, since=lane.world.at, every=1)
    assert shows_card(lane, frozen, later(lane.world.at, seconds), face="declined")[1] == reason


def test_a_match_is_what_went_before_too(lane: Lane, frozen: Frozen) -> None:
    fails(lane, 1, since=lane.world.at, every=1)
    lane.tries(lane.world.willing, distance=RIGHT, at=later(lane.world.at, 2))
    assert shows_card(lane, frozen, later(lane.world.at, 5), face="declined") == ("granted", "card")


@pytest.mark.parametrize(("seconds", "outcome"), [(30, "use_card"), (30.1, "look")])
def test_a_visit_is_over_half_a_minute_after_its_last_try(
    lane: Lane, frozen: Frozen, seconds: float, outcome: str
) -> None:
    last = fails(lane, 3, since=lane.world.at, every=1)
    assert shows_card(lane, frozen, later(last, seconds))[0] == outcome


def test_a_visit_is_over_once_let_through(lane: Lane, frozen: Frozen) -> None:
    fails(lane, 2, since=lane.world.at, every=1)
    lane.tries(lane.world.willing, distance=RIGHT, at=later(lane.world.at, 2))
    assert shows_card(lane, frozen, later(lane.world.at, 3)) == ("look", "consented")
    assert history.of(Capture.objects.latest("received_at").credential_id, later(lane.world.at, 3)).tries == 0


def test_the_tries_of_one_card_are_not_another_s(lane: Lane, frozen: Frozen) -> None:
    enroll(lane.world.latecomer.person, operator=lane.world.office, at=lane.world.at)
    fails(lane, 3, since=lane.world.at, every=1)
    frozen(later(lane.world.at, 4))
    assert lane.send(lane.world.latecomer).json()["outcome"] == "look"


# ------------------------------------------------------------ the pause, and the end of the day


@pytest.mark.parametrize(("failures", "outcome"), [(4, "look"), (5, "granted")])
def test_five_failures_in_a_row_pause_the_face_path(lane: Lane, frozen: Frozen, failures: int, outcome: str) -> None:
    last = fails(lane, failures, since=lane.world.at, every=31)
    assert shows_card(lane, frozen, later(last, 29.9))[0] == outcome


def test_the_pause_ends_after_thirty_seconds(lane: Lane, frozen: Frozen) -> None:
    last = fails(lane, 5, since=lane.world.at, every=31)
    assert shows_card(lane, frozen, later(last, 30.1)) == ("look", "consented")


def test_the_failure_that_begins_the_pause_asks_for_no_other_look(lane: Lane) -> None:
    last = fails(lane, 4, since=lane.world.at, every=31)
    fifth = lane.tries(lane.world.willing, distance=WRONG, at=later(last, 31))
    assert (fifth.outcome, fifth.reason) == ("denied", "no_match")
    assert told(fifth, lane).claim is None


def test_a_match_ends_the_row_of_failures(lane: Lane, frozen: Frozen) -> None:
    last = fails(lane, 4, since=lane.world.at, every=31)
    lane.tries(lane.world.willing, distance=RIGHT, at=later(last, 31))
    last = fails(lane, 1, since=later(last, 62), every=1)
    assert shows_card(lane, frozen, later(last, 1)) == ("look", "consented")


def test_fifty_failures_a_day_end_it_for_the_day_and_not_for_the_next(lane: Lane, frozen: Frozen) -> None:
    last = fails(lane, 49, since=lane.world.at, every=40)
    assert shows_card(lane, frozen, later(last, 600)) == ("look", "consented")
    last = fails(lane, 1, since=later(last, 700), every=1)
    assert shows_card(lane, frozen, later(last, 3600)) == ("granted", "card")
    assert shows_card(lane, frozen, later(lane.world.at, 86_399)) == ("granted", "card")
    assert shows_card(lane, frozen, later(lane.world.at, 86_401)) == ("look", "consented")


# ------------------------------------------------------------ what changed between measuring and deciding


def test_a_comparison_does_not_count_once_consent_is_withdrawn(lane: Lane) -> None:
    capture, reference = lane.capture(lane.world.willing, at=lane.world.at), Reference.objects.get()
    finding = Finding(claim=Claim.GOOD, compared=compared(reference.id, RIGHT))
    consent.withdraw(student=lane.world.willing.person, guardian=lane.world.willing.parent, at=lane.world.at)
    decided = passages.record(capture.id, finding, at=lane.world.at)
    assert (decided.outcome, decided.reason) == ("granted", "card")
    passage = Passage.objects.get()
    assert (passage.reference, passage.distance, passage.engine, passage.threshold_version) == (None, None, "", "")


def test_a_comparison_with_a_reference_replaced_meanwhile_does_not_count(lane: Lane) -> None:
    capture, old = lane.capture(lane.world.willing, at=lane.world.at), Reference.objects.get()
    enroll(lane.world.willing.person, operator=lane.world.office, at=lane.world.at)
    finding = Finding(claim=Claim.GOOD, compared=compared(old.id, RIGHT))
    decided = passages.record(capture.id, finding, at=lane.world.at)
    assert decided.reason != "match"
    assert Passage.objects.filter(distance__isnull=False).count() == 0


def test_a_match_measured_too_late_asks_for_the_card(lane: Lane, frozen: Frozen) -> None:
    capture, reference = lane.capture(lane.world.willing, at=lane.world.at), Reference.objects.get()
    finding = Finding(claim=Claim.GOOD, compared=compared(reference.id, RIGHT))
    decided = passages.record(capture.id, finding, at=later(lane.world.at, 2.1))
    assert (decided.outcome, decided.reason) == ("use_card", "timeout")
    assert not Passage.objects.exists()
