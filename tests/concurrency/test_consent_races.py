"""Two things about one family at the same moment: in whatever order they come, a No is what remains."""

from __future__ import annotations

import pytest
from django.db import transaction

from campus import clock
from campus.models import Role, School, User
from enrollment import consent, holds, reviewing
from enrollment.models import ConsentStanding, Hold, Permit, Reference, State
from gates import passages, verification
from gates.models import Passage
from tests.concurrency.conftest import FACES, Hall, Sends, enroll
from tests.concurrency.meeting import Callers, pause_before, result, wait_for_a_blocked_caller
from tests.concurrency.test_withdrawal import WILLING, assert_nothing_was_compared, withdraw
from tests.protection_staff import member


def assert_nothing_is_left(hall: Hall) -> None:
    student = hall.world.willing.person
    assert not Reference.objects.filter(student=student).exists()
    assert not Permit.objects.filter(student=student, live=True).exists()
    assert consent.status_of(student, "gate_access", clock.now()).state == State.BLOCKED_BY_GUARDIAN


def suspend(hall: Hall) -> Hold:
    """Let a question about a court's order stand."""
    officer = member(hall.world, "Protection", Role.Kind.PROTECTION_OFFICER)
    return holds.record_query(student=hall.world.willing.person, by=officer, at=clock.now())


def clear(hold: Hold) -> None:
    """Clear it, as the protection officer does."""
    holds.clear(hold=hold, reason="No such order.", by=hold.recorded_by, at=clock.now())


def test_an_enrolment_that_waits_for_a_withdrawal_sees_it(hall: Hall, callers: Callers) -> None:
    """LAW 11."""
    with transaction.atomic():
        withdraw(hall)
        enrolled = callers.start(enroll, hall.world, hall.world.willing, FACES["willing"])
        wait_for_a_blocked_caller()
    assert result(enrolled) == "no_consent"
    assert_nothing_is_left(hall)


@pytest.mark.parametrize("first", ["the withdrawal", "the clearing"])
def test_a_withdrawal_wins_against_a_hold_that_is_being_cleared(hall: Hall, callers: Callers, first: str) -> None:
    """LAW 8."""
    hold = suspend(hall)
    with transaction.atomic():
        if first == "the withdrawal":
            withdraw(hall)
            second = callers.start(clear, hold)
        else:
            clear(hold)
            second = callers.start(withdraw, hall)
        wait_for_a_blocked_caller()
    result(second)
    assert_nothing_is_left(hall)


def test_a_pack_that_changes_between_measuring_and_recording_wins(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 1, 11."""
    sent = send(hall.world.willing, WILLING)
    measured = pause_before(monkeypatch, passages, "record")
    verified = callers.start(verification.verify, sent.id)
    measured.reached()
    School.objects.filter(id=hall.world.school.id).update(policy_pack="us-ny")
    measured.go_on()
    result(verified)
    assert_nothing_was_compared(Passage.objects.get(capture=sent.id))
    assert Reference.objects.filter(student=hall.world.willing.person).exists(), "destroying it is the sweep's"
    reviewing.review(clock.now())
    assert not Reference.objects.exists()


def test_a_new_parent_who_is_named_while_a_face_is_measured_stops_it(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 10."""
    sent = send(hall.world.willing, WILLING)
    measured = pause_before(monkeypatch, passages, "record")
    verified = callers.start(verification.verify, sent.id)
    measured.reached()
    with transaction.atomic():
        user = User.objects.create_user(name="New")
        hall.world.willing.person.guardianships.create(school=hall.world.school, guardian=user, began_at=clock.now())
        consent.reconcile(student=hall.world.willing.person, at=clock.now())
    measured.go_on()
    result(verified)
    assert_nothing_was_compared(Passage.objects.get(capture=sent.id))


def test_whoever_read_the_facts_before_the_school_took_something_back_writes_nothing_after_it(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 34: otherwise one child would go on being compared without an assessment."""
    student = hall.world.willing.person
    read = pause_before(monkeypatch, consent, "_write_standings")
    looked_at = callers.start(consent.reconcile, student=student, at=clock.now())
    read.reached()
    taken_back = callers.start(reviewing.reconcile_school, school=hall.world.school, at=clock.now())
    wait_for_a_blocked_caller()
    read.go_on()
    result(looked_at)
    result(taken_back)
    assert not Permit.objects.get(student=student, live=True).compare
    assert ConsentStanding.objects.filter(student=student, review_at__lte=clock.now()).count() == 2
