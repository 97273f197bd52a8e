"""What a family reads about the key of what was destroyed, and when: never before it is true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as mails
from django.db import OperationalError

from campus import outbox
from campus.models import AuditEvent, Outbox
from enrollment import answers, epoch_end, erasure, tasks
from enrollment.models import Erasure, Reference
from enrollment.vault import epochs, keys
from enrollment.vault.models import DataKey
from tests import half_a_minute
from tests.drawn import enroll
from tests.personas import AT, SignIn, World

FINAL = (
    "The key is destroyed; no backup made by this system can open the reference. "
    "Whole-disk snapshots taken outside it are the operator’s."
)
Frozen = Callable[[datetime], None]


@pytest.fixture
def reference(world: World) -> Reference:
    return enroll(world.willing.person, operator=world.office, at=AT)


def withdraw(world: World) -> None:
    answers.take_back(student=world.willing.person, guardian=world.willing.parent, purpose="gate_access", at=AT)


def test_the_receipt_says_within_a_minute_and_then_that_it_is_done(
    world: World, reference: Reference, signed_in: SignIn, frozen: Frozen
) -> None:
    """LAW 28."""
    browser, address = signed_in(world.willing.parent), f"/family/{world.willing.person.id}/receipt/"
    withdraw(world)
    page = browser.get(address).content.decode()
    assert "is destroyed within a minute" in page
    assert FINAL not in page
    frozen(half_a_minute.passes(AT))
    page = browser.get(address).content.decode()
    assert FINAL in page
    assert "within a minute" not in page


def test_a_receipt_whose_key_takes_longer_says_so(
    world: World, reference: Reference, signed_in: SignIn, frozen: Frozen
) -> None:
    withdraw(world)
    frozen(AT + timedelta(minutes=1))
    page = signed_in(world.willing.parent).get(f"/family/{world.willing.person.id}/receipt/").content.decode()
    assert "That takes longer than usual" in page
    assert "within a minute" not in page


def test_the_mail_waits_for_the_key_and_comes_once(world: World, reference: Reference) -> None:
    """LAW 28."""
    withdraw(world)
    outbox.settle(at=AT)
    assert not mails.outbox
    later = half_a_minute.passes(AT)
    (letter,) = mails.outbox
    assert isinstance(letter, mails.EmailMultiAlternatives)
    for body in (str(letter.body), str(letter.alternatives[0][0])):
        assert " ".join(body.split()).count(FINAL) == 1
    half_a_minute.passes(later)
    assert len(mails.outbox) == 1


def test_an_answer_that_destroys_nothing_is_mailed_at_once(world: World) -> None:
    withdraw(world)
    outbox.settle(at=AT)
    (letter,) = mails.outbox
    assert "key" not in str(letter.body)


def test_the_log_says_when_the_key_was_destroyed_and_when_the_epoch_began(
    world: World, reference: Reference, frozen: Frozen
) -> None:
    """LAW 35."""
    withdraw(world)
    tasks.destroy_key(reference.id)
    tasks.renew_epoch()
    assert not AuditEvent.objects.filter(kind__in=["key.destroyed", "epoch.began"]).exists()
    later = AT + epochs.GATHER
    for _ in range(2):
        frozen(later)
        tasks.renew_epoch()
    event = AuditEvent.objects.get(kind="key.destroyed")
    assert (event.at, event.subject, event.payload.body) == (
        later,
        world.willing.person.id,
        {"reference": str(reference.id)},
    )
    assert AuditEvent.objects.get(kind="epoch.began").at == later
    assert Erasure.objects.get().key_destroyed_at == later


def test_nothing_is_said_of_a_key_that_was_not_destroyed_yet(world: World, reference: Reference) -> None:
    withdraw(world)  # And the desk has not come to it.
    epochs.renew(AT + timedelta(minutes=5), at_once=True)
    assert epoch_end.pass_on(AT + timedelta(minutes=5)) == 0
    assert DataKey.objects.exists()


def test_when_the_keys_come_back_after_an_hour_the_key_is_destroyed_within_a_minute(
    world: World, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 25."""
    withdraw(world)

    def gone(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError

    at = AT
    with monkeypatch.context() as patch:
        patch.setattr(keys, "destroy", gone)
        while at < AT + timedelta(hours=1):
            outbox.settle(at=at)
            at += timedelta(seconds=1)
    back = at
    while DataKey.objects.exists():
        outbox.settle(at=at)
        at += timedelta(seconds=1)
    epochs.renew(at + epochs.GATHER)
    assert epoch_end.pass_on(at + epochs.GATHER) == 1
    assert at + epochs.GATHER - back < timedelta(minutes=1) - timedelta(seconds=10)  # The beat's ten come on top.


def test_what_must_happen_within_a_minute_never_rests_for_longer() -> None:
    for topic in (erasure.DESTROY_KEY, "guardians.changed"):
        assert outbox.wait_after(outbox.MOST_ATTEMPTS, topic) <= timedelta(seconds=10)
    assert outbox.wait_after(outbox.MOST_ATTEMPTS, "consent.mail_receipt") == timedelta(hours=1)


def test_of_two_erasures_each_family_is_told_once(world: World, reference: Reference) -> None:
    enroll(world.latecomer.person, operator=world.office, at=AT, face=8)
    withdraw(world)
    pupil = world.latecomer
    answers.take_back(student=pupil.person, guardian=pupil.parent, purpose="gate_access", at=AT)
    half_a_minute.passes(AT)
    assert sorted(letter.to[0] for letter in mails.outbox) == sorted([world.willing.parent.email, pupil.parent.email])
    assert AuditEvent.objects.filter(kind="epoch.began").count() <= 1
    assert not Outbox.objects.filter(status=Outbox.Status.OWED).exists()
