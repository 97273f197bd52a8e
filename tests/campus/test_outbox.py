"""An effect is owed exactly when its transaction commits, and undoes itself when it fails half-way."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from campus import outbox
from campus.models import Outbox, School
from enrollment import erasure, tasks
from tests.personas import World


def test_an_effect_is_owed_only_if_its_transaction_commits(world: World) -> None:
    with transaction.atomic():
        outbox.owe("test", school=world.school, subject=uuid4(), at=world.at)
        transaction.set_rollback(True)
    assert not Outbox.objects.filter(topic="test").exists()


def test_an_effect_that_fails_half_way_leaves_nothing_half_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(subject: UUID) -> None:
        School.objects.create(slug="half", name="Half", timezone="UTC")
        raise RuntimeError

    monkeypatch.setitem(outbox._handlers, "test", half)
    outbox.owe("test", school=world.school, subject=uuid4(), at=world.at)
    outbox.settle(at=world.at)
    assert not School.objects.filter(slug="half").exists()
    assert Outbox.objects.get(topic="test").attempts == 1


def test_what_is_done_says_when(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(outbox._handlers, "test", lambda subject: None)
    outbox.owe("test", school=world.school, subject=uuid4(), at=world.at)
    outbox.settle(at=world.at + timedelta(seconds=3))
    row = Outbox.objects.get(topic="test")
    assert (row.status, row.done_at) == (Outbox.Status.DONE, world.at + timedelta(seconds=3))


@pytest.mark.parametrize("wrong", [{"status": "done"}, {"status": "owed", "done_at": "2026-03-04T09:30:00Z"}], ids=str)
def test_the_database_refuses_anything_in_between(world: World, wrong: dict[str, str]) -> None:
    outbox.owe("test", school=world.school, subject=uuid4(), at=world.at)
    with pytest.raises(IntegrityError, match="outbox_done_says_when"):
        Outbox.objects.update(**wrong)


def test_the_desk_knows_how_to_destroy_a_key() -> None:
    assert outbox._handlers[erasure.DESTROY_KEY] is tasks.destroy_key
