"""The end of a renewal meets a new enrolment, a withdrawal, and itself: whoever comes first, nothing new is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from campus import clock, presence
from campus.models import AuditEvent
from enrollment import attempts, consent, references, renewal
from enrollment.models import Receipt, Reference, Renewal
from enrollment.vault.models import DataKey
from tests.concurrency.conftest import FACES, Hall, settle
from tests.concurrency.meeting import Callers, pause_before, result, wait_for_a_blocked_caller
from tests.drawn import RedrawnEngine, pictures

WILLING = FACES["willing"]


@pytest.fixture
def over(hall: Hall, renewing: None, settings: Settings) -> Hall:
    """The renewal is over, and both students of the hall were enrolled before it."""
    settings.FACE_RENEWAL_UNTIL = "2020-01-01"
    until = datetime(2020, 1, 1, tzinfo=UTC)
    seen = until - timedelta(days=30)
    Renewal.objects.create(before_engine="drawn-1", now_engine="drawn-2", until=until, seen_at=seen)
    return hall


def end() -> int:
    return renewal.end(engine=RedrawnEngine.version, at=clock.now())


def enroll_anew(hall: Hall) -> str:
    student, at = hall.world.willing.person, clock.now()
    attempt = attempts.begin(student=student, operator=hall.world.office, at=at)
    return references.enroll(attempt=attempt, images=pictures(face=WILLING), engine=RedrawnEngine(), at=at)


def engines_of(hall: Hall) -> list[str]:
    return list(Reference.objects.filter(student=hall.world.willing.person).values_list("engine", flat=True))


def test_an_end_that_waits_for_a_new_enrolment_leaves_what_it_made(
    over: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        keeping = pause_before(patch, attempts, "close")  # It holds the student's lock there.
        enrolled = callers.start(enroll_anew, over)
        keeping.reached()
        ended = callers.start(end)
        wait_for_a_blocked_caller()
        keeping.go_on()
        assert result(enrolled) == ""
        result(ended)
    assert engines_of(over) == ["drawn-2"]
    assert not Receipt.objects.filter(student=over.world.willing.person, cause="renewal").exists()


def test_an_enrolment_after_the_end_is_kept_with_its_key(over: Hall) -> None:
    assert end() == len(FACES)
    assert enroll_anew(over) == ""
    settle()
    kept = Reference.objects.get()
    assert kept.engine == "drawn-2"
    assert list(DataKey.objects.values_list("reference", flat=True)) == [kept.id]


def test_two_ends_at_once_destroy_and_tell_once(over: Hall, callers: Callers) -> None:
    assert sum(callers.at_once(end, end)) == len(FACES)
    assert not Reference.objects.exists()
    assert Receipt.objects.filter(cause="renewal").count() == len(FACES)


def test_a_withdrawal_that_comes_first_has_the_only_receipt(
    over: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    pupil = over.world.willing
    with monkeypatch.context() as patch:
        locking = pause_before(patch, presence, "lock")
        ended = callers.start(end)
        locking.reached()
        consent.withdraw(student=pupil.person, guardian=pupil.parent, at=clock.now())
        locking.go_on()
        result(ended)
    assert engines_of(over) == []
    causes = Receipt.objects.filter(student=pupil.person, destroyed=True).values_list("cause", flat=True)
    assert list(causes) == ["answer"]


def test_two_sweeps_at_once_write_a_renewal_down_once(
    hall: Hall, renewing: None, settings: Settings, callers: Callers
) -> None:
    settings.FACE_RENEWAL_UNTIL = "2999-01-01"

    def note() -> bool:
        return renewal.note(engine=RedrawnEngine.version, at=clock.now())

    assert sorted(callers.at_once(note, note)) == [False, True]
    assert Renewal.objects.count() == 1
    assert AuditEvent.objects.filter(kind="renewal.began").count() == 1
