"""Races of a face without a card: a withdrawal wins, a claim is good once, and being quick gives no more tries."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from pytest_django import Settings

from campus import clock
from campus.guardians import Refused
from campus.models import School, User
from enrollment import consent, galleries, identification, look_alikes
from enrollment.faces.drawn_engine import draw
from enrollment.galleries import OURS
from enrollment.models import LookAlike, Reference
from gates import claims, extraction, intake, passages, verification
from gates.intake import Call
from gates.models import Capture, Passage
from gates.parcels import Errand
from tests.concurrency.conftest import FACES, STRANGER, Hall, enroll
from tests.concurrency.meeting import Callers, pause_before, result, wait_for_a_blocked_caller
from tests.galleries import write_calibration

WILLING = FACES["willing"]
Sends = Callable[[int], tuple[UUID, Future[Capture]]]


@pytest.fixture
def looking(hall: Hall, settings: Settings, tmp_path: Path) -> Iterator[Hall]:
    """A school that looks for its two enrolled students."""
    settings.FACE_CALIBRATIONS = [write_calibration(tmp_path)]
    School.objects.update(identifies=True)
    for kiosk in hall.kiosks:
        kiosk.school.refresh_from_db()
    OURS.forget()
    yield hall
    OURS.forget()


@pytest.fixture
def send(looking: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch) -> Sends:
    """Bring a look without a card so far that only the decision is missing; return the capture's id."""

    def sent(identity: int) -> tuple[UUID, Future[Capture]]:
        kiosk = looking.kiosks[0]
        asked = Call(capture_id=uuid4(), captured_at=clock.now(), identify=True)
        claim = claims.token(intake.receive(kiosk, asked))
        call = Call(capture_id=uuid4(), captured_at=clock.now(), claim=claim, images=(draw(identity, 3),))
        with monkeypatch.context() as patch:
            on_its_way = pause_before(patch, intake, "_answered")
            answer = callers.start(intake.receive, kiosk, call)
            on_its_way.reached()
            on_its_way.go_on()
        capture = Capture.objects.get(capture_id=call.capture_id)
        extraction.extract(Errand.of(capture))
        return capture.id, answer

    return sent


def withdraw(hall: Hall) -> None:
    pupil = hall.world.willing
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=clock.now())


def nobody_was_named(capture_id: UUID) -> None:
    passage = Passage.objects.get(capture=capture_id)
    assert (passage.outcome, passage.reason) == ("denied", "no_match")
    assert (passage.person, passage.reference, passage.distance) == (None, None, None)


def test_whoever_is_there_and_clearly_the_nearest_passes(looking: Hall, send: Sends) -> None:
    capture_id, answer = send(WILLING)
    verification.verify(capture_id)
    assert result(answer).reason == "identified"
    assert Passage.objects.get().person == looking.world.willing.person


def test_a_withdrawal_between_searching_and_recording_wins(
    looking: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture_id, answer = send(WILLING)
    searched = pause_before(monkeypatch, passages, "record")
    verified = callers.start(verification.verify, capture_id)
    searched.reached()
    withdraw(looking)
    searched.go_on()
    result(verified)
    result(answer)
    nobody_was_named(capture_id)


def test_a_record_that_waits_for_a_withdrawal_sees_it(looking: Hall, send: Sends, callers: Callers) -> None:
    capture_id, answer = send(WILLING)
    with transaction.atomic():
        withdraw(looking)
        verified = callers.start(verification.verify, capture_id)
        wait_for_a_blocked_caller()
    result(verified)
    result(answer)
    nobody_was_named(capture_id)


def test_a_withdrawal_while_the_gallery_is_being_filled_is_seen_at_the_next_search(
    looking: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling = pause_before(monkeypatch, galleries, "opened")
    tidied = callers.start(OURS.tidy, clock.now())
    filling.reached()
    withdraw(looking)
    filling.go_on()
    result(tidied)
    monkeypatch.undo()
    held = OURS._copies[looking.world.school.id].number
    assert held < identification.version_of(looking.world.school)
    OURS.tidy(clock.now())
    assert OURS.sizes() == {looking.world.school.id: 1}


def test_of_two_captures_with_one_claim_one_is_looked_at(looking: Hall, callers: Callers, settings: Settings) -> None:
    settings.CAPTURE_WAIT_SECONDS = 0.2
    kiosk = looking.kiosks[0]
    asked = intake.receive(kiosk, Call(capture_id=uuid4(), captured_at=clock.now(), identify=True))
    calls = [
        Call(capture_id=uuid4(), captured_at=clock.now(), claim=claims.token(asked), images=(draw(WILLING, n),))
        for n in range(2)
    ]
    done = callers.at_once(*[lambda call=call: intake.receive(kiosk, call) for call in calls])
    assert sorted(capture.reason for capture in done) == ["claim_spent", "timeout"]
    assert Capture.objects.filter(frames__gt=0).count() == 1


def test_strangers_who_are_quick_get_no_more_looks(looking: Hall, send: Sends, callers: Callers) -> None:
    ids, answers = zip(*[send(STRANGER) for _ in range(3)], strict=True)
    callers.at_once(*[lambda capture_id=capture_id: verification.verify(capture_id) for capture_id in ids])
    for answer in answers:
        result(answer)
    last = Capture.objects.filter(identify=True, frames__gt=0).order_by("decided_at").last()
    assert last is not None
    assert not hasattr(last, "claim_earned")
    again = intake.receive(looking.kiosks[0], Call(capture_id=uuid4(), captured_at=clock.now(), identify=True))
    assert again.reason == "tries_spent"


def says_two_people(pair: LookAlike, by: User) -> None:
    """Say it, or be told that the pair has ended meanwhile."""
    with contextlib.suppress(Refused):
        look_alikes.say(pair=pair, word=LookAlike.Word.TWO_PEOPLE, by=by, at=clock.now())


def test_two_look_alikes_enrolled_and_withdrawn_at_once_neither_wait_for_ever_nor_leave_a_pair(
    looking: Hall, callers: Callers
) -> None:
    """Each takes the locks of both students in one order, and the shared number is counted last."""
    world = looking.world
    School.objects.update(checks_duplicates=True)
    for pupil in world.pupils.values():
        pupil.person.refresh_from_db()
    for _ in range(5):
        callers.at_once(lambda: enroll(world, world.latecomer, WILLING), lambda: withdraw(looking))
        assert not LookAlike.objects.exists()
        assert not Reference.objects.filter(student=world.willing.person).exists()
        pupil = world.willing
        consent.give(student=pupil.person, guardian=pupil.parent, notice=world.notice, at=clock.now())
        assert enroll(world, pupil, WILLING) == ""
        pair = LookAlike.objects.select_related("student__school", "other__school").get()
        looked = callers.start(says_two_people, pair, world.office)
        assert enroll(world, world.latecomer, 8) == ""
        result(looked)
        assert not LookAlike.objects.exists()
