"""What is owed since a commit is done in the end, and an effect that keeps failing holds nothing up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from campus import outbox
from campus.models import Outbox
from tests.personas import World


class Failed(Exception):
    """A fault that a test brings about."""


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Two topics: one that can be done, and one whose every effect fails."""
    subjects: list[UUID] = []

    def fail(subject: UUID) -> None:
        raise Failed

    monkeypatch.setitem(outbox._handlers, "possible", subjects.append)
    monkeypatch.setitem(outbox._handlers, "impossible", fail)
    return subjects


def owe(world: World, topic: str, *, minutes: int = 0) -> UUID:
    subject = uuid4()
    outbox.owe(topic, school=world.school, subject=subject, at=world.at + timedelta(minutes=minutes))
    return subject


def test_it_does_what_is_owed_once_and_in_order(world: World, done: list[UUID]) -> None:
    later, earlier = owe(world, "possible", minutes=1), owe(world, "possible")
    assert outbox.settle(at=world.at) == 2
    assert outbox.settle(at=world.at) == 0
    assert done == [earlier, later]


def test_a_failing_effect_stays_owed(world: World, done: list[UUID]) -> None:
    owe(world, "impossible")
    assert outbox.settle(at=world.at) == 0
    row = Outbox.objects.get(topic="impossible")
    assert (row.status, row.attempts, row.done_at) == ("owed", 1, None)


def test_what_failed_rests_twice_as_long_after_each_failure_and_an_hour_at_most(world: World, done: list[UUID]) -> None:
    owe(world, "impossible")
    tried = []
    for second in range(20):
        before = Outbox.objects.get().attempts
        outbox.settle(at=world.at + timedelta(seconds=second))
        if Outbox.objects.get().attempts > before:
            tried.append(second)
    assert tried == [0, 2, 6, 14]
    assert outbox.wait_after(11) == timedelta(seconds=2048)
    assert outbox.wait_after(12) == outbox.wait_after(outbox.MOST_ATTEMPTS) == timedelta(hours=1)


def test_what_rests_is_done_when_its_time_has_come(
    world: World, done: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = owe(world, "impossible")
    outbox.settle(at=world.at)
    monkeypatch.setitem(outbox._handlers, "impossible", done.append)
    assert outbox.settle(at=world.at + timedelta(seconds=1)) == 0
    assert outbox.settle(at=world.at + timedelta(seconds=2)) == 1
    assert done == [subject]


def test_an_effect_that_nobody_knows_stays_owed(world: World) -> None:
    owe(world, "unheard-of")
    assert outbox.settle(at=world.at) == 0
    assert Outbox.objects.get(topic="unheard-of").status == "owed"


def test_many_failing_effects_hold_nothing_up(world: World, done: list[UUID]) -> None:
    for _ in range(3):
        owe(world, "impossible")
    possible = owe(world, "possible", minutes=1)
    outbox.settle(at=world.at, limit=3)
    outbox.settle(at=world.at, limit=3)
    assert done == [possible]


def test_an_effect_that_failed_all_night_is_tried_on_and_holds_nothing_up(world: World, done: list[UUID]) -> None:
    owe(world, "impossible")
    Outbox.objects.update(attempts=outbox.MOST_ATTEMPTS)
    possible = owe(world, "possible", minutes=1)
    assert outbox.settle(at=world.at) == 1
    assert outbox.settle(at=world.at) == 0
    assert done == [possible]
    assert Outbox.objects.get(topic="impossible").attempts == outbox.MOST_ATTEMPTS


def test_what_must_follow_at_once_does_not_wait_for_letters(
    world: World, done: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 25: a school has written to a thousand families, and somebody withdraws."""
    monkeypatch.setattr(outbox, "MAILING", timedelta(0))
    monkeypatch.setitem(outbox._mail_handlers, "letter", lambda subject, user: done.append(subject))
    letters = [uuid4() for _ in range(3)]
    for second, subject in enumerate(letters):
        at = world.at + timedelta(seconds=second)
        outbox.owe("letter", school=world.school, subject=subject, at=at, to=world.office)
    key = owe(world, "possible", minutes=1)
    outbox.settle(at=world.at)
    assert done == [key, letters[0]], "one round writes no longer than it may"
    outbox.settle(at=world.at)
    assert done == [key, *letters[:2]]
