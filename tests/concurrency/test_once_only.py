"""What several processes may want to do at the same moment, and what is done once: registers, effects, seals, cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from campus import audit, cards, clock, outbox, registers
from campus.models import AttendanceMark, AuditEvent, AuditSeal, Credential, Outbox, Register
from gates import turnstiles
from gates.models import Opening, Passage
from tests.concurrency.conftest import Hall
from tests.concurrency.meeting import Callers, Pause, pause_after, pause_before, result, wait_for_a_blocked_caller


def test_two_gates_that_open_the_day_s_register_make_one(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing, withdrawn = hall.world.refusing, hall.world.withdrawn
    made = pause_after(monkeypatch, registers, "open_registers")
    first = callers.start(hall.show, refusing, 0)
    made.reached()
    second = callers.start(hall.show, withdrawn, 1)
    wait_for_a_blocked_caller()
    made.go_on()
    assert {result(first).outcome, result(second).outcome} == {"granted"}
    register = Register.objects.get()
    marked = AttendanceMark.objects.filter(register=register).values_list("student", flat=True)
    assert set(marked) == {refusing.person.id, withdrawn.person.id}


def test_a_gate_makes_the_register_that_another_failed_to_make(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_registers, made = registers.open_registers, Pause()

    def fail_the_first_time(**kwargs: Any) -> list[Register]:
        found = open_registers(**kwargs)
        if made.stand():
            raise Failed
        return found

    monkeypatch.setattr(registers, "open_registers", fail_the_first_time)
    first = callers.start(hall.show, hall.world.refusing, 0)
    made.reached()
    second = callers.start(hall.show, hall.world.withdrawn, 1)
    wait_for_a_blocked_caller()
    made.go_on()
    with pytest.raises(Failed):
        result(first)
    assert result(second).outcome == "granted"
    assert AttendanceMark.objects.get(register=Register.objects.get()).student == hall.world.withdrawn.person


def test_an_effect_that_two_workers_want_to_do_is_done_once(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[UUID] = []
    doing = Pause()

    def do(subject: UUID) -> None:
        doing.stand()
        done.append(subject)

    monkeypatch.setitem(outbox._handlers, "test", do)
    subject = uuid4()
    outbox.owe("test", school=hall.world.school, subject=subject, at=clock.now())
    first = callers.start(outbox.settle, at=clock.now())
    doing.reached()
    assert outbox.settle(at=clock.now()) == 0
    doing.go_on()
    assert result(first) == 1
    assert done == [subject]
    assert Outbox.objects.get(topic="test").attempts == 1


def test_two_sealers_at_once_make_one_chain(hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    events = AuditEvent.objects.count()
    chaining = pause_before(monkeypatch, AuditSeal.objects, "bulk_create")
    first = callers.start(audit.seal)
    chaining.reached()
    assert audit.seal() == 0
    chaining.go_on()
    assert result(first) == events > 0
    assert list(audit.flaws()) == []


def test_an_event_that_commits_after_a_later_one_was_sealed_is_sealed_too(hall: Hall, callers: Callers) -> None:
    with transaction.atomic():
        audit.record("test.slow", school=hall.world.school, subject=None, actor=None, at=hall.world.at)
        assert result(callers.start(audit.seal)) > 0
    assert audit.seal() == 1
    assert list(audit.flaws()) == []


def test_two_cards_issued_at_once_leave_one_that_works(hall: Hall, callers: Callers) -> None:
    person = hall.world.refusing.person
    issued = callers.at_once(*[lambda: cards.issue(person=person, by=None, at=clock.now())] * 3)
    live = Credential.objects.get(person=person, revoked_at__isnull=True)
    found = [cards.find(card) for card in issued]
    assert [card.revoked_at is None for card in found if card].count(True) == 1
    assert live in found


def test_a_passage_opens_the_turnstile_once_however_often_it_is_asked_for(hall: Hall, callers: Callers) -> None:
    with transaction.atomic():  # The opening that follows the commit is one of those that meet here.
        hall.show(hall.world.refusing)
        passage = Passage.objects.get(person=hall.world.refusing.person)
        assert result(callers.start(turnstiles.open_for, passage.id)) is False  # Not committed.
    assert [turnstiles.open_for(passage.id) for _ in range(2)] == [False, False]
    assert Opening.objects.get(passage=passage).state == "opened"


def test_one_of_many_requests_at_once_opens_the_turnstile(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(turnstiles, "open_for", lambda passage: False)  # The process died after the commit.
        hall.show(hall.world.refusing)
    passage = Passage.objects.get(person=hall.world.refusing.person)
    opened = callers.at_once(*[lambda: turnstiles.open_for(passage.id)] * 5)
    assert opened.count(True) == 1


class Failed(Exception):
    """A fault that a test brings about."""
