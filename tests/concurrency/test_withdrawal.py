"""A withdrawal wins every race: whoever comes first, nothing is compared after it and nothing of it is stored."""

from __future__ import annotations

import pytest
from django.db import transaction

from campus import audit, broker, cards, clock
from campus.models import AuditEvent, Outbox
from enrollment import consent, opening
from enrollment.models import Reference, ReferenceCiphertext
from enrollment.vault import keys
from enrollment.vault.models import DataKey
from gates import intake, passages, verification
from gates.models import Opening, Passage
from gates.parcels import FRAMES_BYTES
from tests.concurrency.conftest import FACES, Hall, Sends, face_of
from tests.concurrency.meeting import Callers, pause_after, pause_before, result, wait_for_a_blocked_caller

WILLING = FACES["willing"]


def withdraw(hall: Hall) -> None:
    pupil = hall.world.willing
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=clock.now())


def assert_nothing_was_compared(passage: Passage) -> None:
    assert (passage.outcome, passage.reason) == ("granted", "card")
    assert (passage.distance, passage.reference, passage.engine, passage.threshold_version) == (None, None, "", "")


def test_a_withdrawal_before_the_pictures_are_sealed_leaves_them_unread(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = face_of(WILLING, hall.claim(hall.world.willing))
    taken_in = pause_before(monkeypatch, intake, "_look_at")
    answered = callers.start(intake.receive, hall.kiosks[0], call)
    taken_in.reached()
    withdraw(hall)
    taken_in.go_on()
    capture = result(answered)
    assert (capture.outcome, capture.reason) == ("granted", "card")
    assert broker.take_parcel(f"frames:{capture.id}", at_most=FRAMES_BYTES) is None


def test_a_withdrawal_between_measuring_and_recording_wins(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(hall.world.willing, WILLING)
    measured = pause_before(monkeypatch, passages, "record")
    verified = callers.start(verification.verify, sent.id)
    measured.reached()
    withdraw(hall)
    measured.go_on()
    result(verified)
    assert_nothing_was_compared(Passage.objects.get(capture=sent.id))
    assert not Reference.objects.filter(student=hall.world.willing.person).exists()
    assert (result(sent.answer).outcome, result(sent.answer).reason) == ("granted", "card")


def test_a_record_that_waits_for_a_withdrawal_sees_it(hall: Hall, send: Sends, callers: Callers) -> None:
    sent = send(hall.world.willing, WILLING)
    with transaction.atomic():
        withdraw(hall)
        verified = callers.start(verification.verify, sent.id)
        wait_for_a_blocked_caller()
    result(verified)
    assert_nothing_was_compared(Passage.objects.get(capture=sent.id))


def test_a_withdrawal_after_the_record_leaves_the_passage_and_takes_the_reference(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(hall.world.willing, WILLING)
    reference = Reference.objects.get(student=hall.world.willing.person)
    recording = pause_before(monkeypatch, audit, "record")
    verified = callers.start(verification.verify, sent.id)
    recording.reached()
    withdrawn = callers.start(withdraw, hall)
    wait_for_a_blocked_caller()
    recording.go_on()
    result(verified)
    result(withdrawn)
    passage = Passage.objects.get(capture=sent.id)
    assert (passage.outcome, passage.reason, passage.reference) == ("granted", "match", reference.id)
    assert passage.distance is not None
    assert not ReferenceCiphertext.objects.filter(reference_id=reference.id).exists()
    assert Outbox.objects.filter(topic="vault.destroy_key", subject=reference.id).count() == 1


def test_a_reference_withdrawn_while_it_is_being_opened_is_not_opened(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(hall.world.willing, WILLING)
    permitted = pause_after(monkeypatch, opening, "comparable")
    verified = callers.start(verification.verify, sent.id)
    permitted.reached()
    withdraw(hall)
    permitted.go_on()
    result(verified)
    assert_nothing_was_compared(Passage.objects.get(capture=sent.id))


def test_a_key_destroyed_while_its_reference_is_being_opened_compares_nothing(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(hall.world.willing, WILLING)
    reading = pause_before(monkeypatch, keys, "decrypt")
    verified = callers.start(verification.verify, sent.id)
    reading.reached()
    withdraw(hall)
    DataKey.objects.all().delete()
    reading.go_on()
    result(verified)
    assert_nothing_was_compared(Passage.objects.get(capture=sent.id))


def test_a_card_revoked_between_measuring_and_recording_opens_nothing(
    hall: Hall, send: Sends, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = send(hall.world.willing, WILLING)
    measured = pause_before(monkeypatch, passages, "record")
    verified = callers.start(verification.verify, sent.id)
    measured.reached()
    cards.revoke(person=hall.world.willing.person, by=None, at=clock.now())
    measured.go_on()
    result(verified)
    passage = Passage.objects.get(capture=sent.id)
    assert (passage.outcome, passage.reason) == ("denied", "card_revoked")
    assert not Opening.objects.filter(passage=passage).exists()


def test_a_record_that_waits_for_a_card_s_revocation_sees_it(hall: Hall, send: Sends, callers: Callers) -> None:
    sent = send(hall.world.willing, WILLING)
    with transaction.atomic():
        cards.revoke(person=hall.world.willing.person, by=None, at=clock.now())
        verified = callers.start(verification.verify, sent.id)
        wait_for_a_blocked_caller()
    result(verified)
    passage = Passage.objects.get(capture=sent.id)
    assert (passage.outcome, passage.reason) == ("denied", "card_revoked")
    assert not Opening.objects.filter(passage=passage).exists()


def test_the_audit_log_holds_each_side_once(hall: Hall, send: Sends, callers: Callers) -> None:
    sent = send(hall.world.willing, WILLING)
    callers.at_once(lambda: verification.verify(sent.id), lambda: withdraw(hall))
    kinds = [event.kind for event in AuditEvent.objects.filter(subject=hall.world.willing.person.id).order_by("at")]
    assert kinds.count("passage.granted") == 1
    assert kinds.count("consent.withdrawn") == 1
    assert kinds.count("reference.destroyed") == 1
