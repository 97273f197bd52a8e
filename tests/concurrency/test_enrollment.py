"""Enrolment against withdrawal, against another enrolment, and families that answer at the same moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campus import addresses, clock
from campus.models import User
from enrollment import consent, erasure, opening, references
from enrollment.models import ConsentEvent, Permit, Reference, ReferenceCiphertext
from enrollment.vault.models import DataKey
from tests.concurrency.conftest import Hall, enroll, settle
from tests.concurrency.meeting import Callers, pause_after, pause_before, result, wait_for_a_blocked_caller
from tests.personas import name_parent

FACE = 7
ORDERS = [("yes", "no"), ("no", "yes")]


def withdraw(hall: Hall) -> None:
    pupil = hall.world.willing
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=clock.now())


def keys_of_nobody() -> set[object]:
    """Return the keys for which there is no reference."""
    kept = set(Reference.objects.values_list("id", flat=True))
    return {key for key in DataKey.objects.values_list("reference", flat=True) if key not in kept}


def test_a_withdrawal_before_the_reference_is_kept_wins(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping = pause_before(monkeypatch, references, "_keep")
    enrolled = callers.start(enroll, hall.world, hall.world.willing, FACE)
    keeping.reached()
    withdraw(hall)
    keeping.go_on()
    assert result(enrolled) == "no_consent"
    assert not Reference.objects.filter(student=hall.world.willing.person).exists()
    settle()
    assert keys_of_nobody() == set()


def test_a_withdrawal_that_waits_for_an_enrolment_takes_its_reference(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    permitted = pause_after(monkeypatch, consent, "reconcile")
    enrolled = callers.start(enroll, hall.world, hall.world.willing, FACE)
    permitted.reached()
    withdrawn = callers.start(withdraw, hall)
    wait_for_a_blocked_caller()
    permitted.go_on()
    assert result(enrolled) == ""
    result(withdrawn)
    assert not Reference.objects.filter(student=hall.world.willing.person).exists()
    assert not Permit.objects.filter(student=hall.world.willing.person, live=True).exists()
    settle()
    assert keys_of_nobody() == set()


def test_an_enrolment_that_dies_before_it_is_kept_leaves_no_key(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*args: object, **kwargs: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(references, "_keep", die)
    with pytest.raises(KeyboardInterrupt):
        enroll(hall.world, hall.world.willing, FACE)
    assert keys_of_nobody() == set()


def test_two_enrolments_at_once_leave_one_reference_with_its_key(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = hall.world.willing.person
    keeping = pause_before(monkeypatch, erasure, "destroy_references")
    first = callers.start(enroll, hall.world, hall.world.willing, FACE)
    keeping.reached()
    second = callers.start(enroll, hall.world, hall.world.willing, FACE)
    wait_for_a_blocked_caller()
    keeping.go_on()
    assert [result(first), result(second)] == ["", ""]
    kept = Reference.objects.get(student=person)
    assert ReferenceCiphertext.objects.filter(school=person.school).count() == 2  # This one and the latecomer's.
    settle()
    assert keys_of_nobody() == set()
    opened = opening.open_for_comparison(person.id, clock.now())
    assert opened is not None
    assert opened.id == kept.id


@pytest.mark.parametrize("order", ORDERS)
def test_of_two_guardians_at_once_the_one_who_says_no_is_heard(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]
) -> None:
    student = hall.world.unanswered.person
    answers: dict[str, tuple[Any, User]] = {
        "yes": (consent.give, _guardian(hall, "one")),
        "no": (consent.refuse, _guardian(hall, "other")),
    }
    answering = pause_before(monkeypatch, consent, "reconcile")
    calls: list[Any] = []
    for place, word in enumerate(order):
        act, guardian = answers[word]
        calls.append(callers.start(act, student=student, guardian=guardian, notice=hall.world.notice, at=clock.now()))
        answering.reached() if place == 0 else wait_for_a_blocked_caller()
    answering.go_on()
    for call in calls:
        result(call)
    assert ConsentEvent.objects.filter(student=student).count() == 2
    assert not Permit.objects.filter(student=student, live=True).exists()


def test_two_guardians_who_say_yes_at_once_make_one_permit(hall: Hall, callers: Callers) -> None:
    student, notice = hall.world.unanswered.person, hall.world.notice
    guardians = [_guardian(hall, "one"), _guardian(hall, "other")]
    callers.at_once(
        *[
            lambda guardian=guardian: consent.give(student=student, guardian=guardian, notice=notice, at=clock.now())
            for guardian in guardians
        ]
    )
    assert Permit.objects.filter(student=student).count() == 1


def _guardian(hall: Hall, name: str) -> User:
    guardian = User.objects.create_user(name=name)
    name_parent(hall.world.unanswered.person, guardian, at=clock.now())
    addresses.bind_known(guardian=guardian, email=f"{name}@families.example", at=clock.now() - timedelta(days=30))
    return guardian
