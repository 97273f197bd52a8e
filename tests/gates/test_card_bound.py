"""Where a school binds references to cards: they open with the student's own card, and with nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import IntegrityError, connections, transaction
from pytest_django import Settings

from campus import broker, cards, clock, sealing
from campus.models import Credential, Outbox, School
from enrollment import card_bound, desk, duplicates, identification, opening, replays, sessions
from enrollment.faces.distance import template_to_bytes
from enrollment.models import EnrollmentAttempt, Receipt, Reference, ReferenceCiphertext
from enrollment.vault import epoch_file, epochs, keys
from enrollment.vault.models import DataKey
from gates import extraction, intake, verification
from gates.models import Capture
from gates.parcels import Errand, Extracted
from tests import half_a_minute
from tests.drawn import ENGINE, FACE, enroll
from tests.enrollment.sitting import Desk, url
from tests.galleries import probe_of
from tests.gates.bound_desk import key_of, looks, send, sit
from tests.gates.lane import Lane
from tests.personas import AT, Pupil, World

OTHER_FACE = 8
COOKIE = "sitting_card"


@pytest.fixture
def bound(world: World, desk_here: None) -> None:
    """The school binds references to cards; this process is web and desk at once."""
    School.objects.update(card_bound=True)
    world.school.refresh_from_db()
    for pupil in world.pupils.values():
        pupil.person.school.refresh_from_db()


# ------------------------------------------------------------ with the card and without


def test_a_bound_reference_opens_with_its_own_card_and_with_nothing_else(
    world: World, bound: None, sitting: Desk
) -> None:
    """LAW 38."""
    assert sit(sitting, world.willing) == ""
    assert Reference.objects.get().card == Credential.objects.get(person=world.willing.person)
    opened = opening.open_for_comparison(world.willing.person.id, AT, card_key=key_of(world.willing))
    assert opened is not None
    with pytest.raises(opening.CardNeeded):
        opening.open_for_comparison(world.willing.person.id, AT)
    with pytest.raises(opening.Unusable):
        opening.open_for_comparison(world.willing.person.id, AT, card_key=key_of(world.latecomer))


def test_everything_stored_on_the_server_opens_no_bound_reference(world: World, bound: None, sitting: Desk) -> None:
    """LAW 38. Both databases, the epoch file, the root key: what a thief of the machine at rest has."""
    sit(sitting, world.willing)
    row, ring = DataKey.objects.get(), epoch_file.read()
    inner = epochs.unwrapped(row, ring)  # As far as the server's own keys go.
    blob = bytes(ReferenceCiphertext.objects.get().blob)
    reference = Reference.objects.get()
    binding = keys.Binding(reference.school_id, reference.student_id, reference.purpose, reference.engine)
    token_mac = bytes(Credential.objects.get(person=world.willing.person).token_mac)
    for key in (*ring.keys.values(), ring.root, inner[:32], inner[-32:], token_mac):
        with pytest.raises(sealing.Tampered):
            sealing.unseal(key, inner, bound_to=f"card|{reference.id}")
        with pytest.raises(sealing.Tampered):
            sealing.unseal(key, blob, bound_to=str(binding))
    (data_key,) = sealing.unseal(key_of(world.willing), inner, bound_to=f"card|{reference.id}")
    assert sealing.unseal(data_key, blob, bound_to=str(binding))  # With the card it would have been seen to open.


def test_the_card_s_key_is_stored_nowhere(world: World, bound: None, sitting: Desk, settings: Settings) -> None:
    """LAW 38. Not in the sitting's row nor in the session, nor in clear in the browser or the broker."""
    nonce = sitting.sit(world.willing)
    said = sitting.operator.cookies[COOKIE]
    assert (said["httponly"], said["samesite"], said["path"]) == (True, "Strict", url(world.willing))
    send(sitting, world.willing, nonce)
    key, text = key_of(world.willing), world.willing.card
    secret = cards.parse(text).secret
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        carried = b"".join(client.dump(name) or b"" for name in client.scan_iter())
    assert b"parcel:enrollment" in b"".join(redis.Redis.from_url(settings.REDIS_URL).scan_iter())
    stored = said.value.encode() + carried + dumped("default") + dumped("keys")
    for form in (key, secret):
        assert form not in stored
        assert form.hex().encode() not in stored
    assert text.encode() not in stored
    assert nonce  # What was looked through held the sitting, its student and its card.
    assert str(EnrollmentAttempt.objects.get().id).encode() in stored


def dumped(alias: str) -> bytes:
    """Return every row of a database as text, bytes as hexadecimal."""
    rows = []
    with connections[alias].cursor() as cursor:
        for table in connections[alias].introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows).encode()


def test_another_sitting_s_cookie_and_a_browser_without_one_enrol_nobody(
    world: World, bound: None, sitting: Desk
) -> None:
    nonce = sitting.sit(world.willing)
    own = sitting.operator.cookies[COOKIE].value
    for value in ("", "nonsense", own[:-6] + "AAAA=="):
        sitting.operator.cookies[COOKIE] = value
        response = send(sitting, world.willing, nonce)
        assert (response.status_code, "card is needed again" in response.content.decode()) == (409, True)
    assert not EnrollmentAttempt.objects.exists()
    sitting.operator.cookies[COOKIE] = own
    assert send(sitting, world.willing, nonce).status_code == 200


def test_without_a_sitting_nobody_is_enrolled_where_references_are_bound(world: World, bound: None) -> None:
    with pytest.raises(AssertionError, match="card_again"):
        enroll(world.willing.person, operator=world.office, at=AT)
    assert not DataKey.objects.exists()


def test_where_cards_bind_nothing_no_cookie_is_given(world: World, sitting: Desk) -> None:
    sitting.begin(world.willing)
    assert COOKIE not in sitting.operator.cookies


def test_a_card_that_ended_during_the_sitting_binds_nothing(world: World, bound: None, sitting: Desk) -> None:
    send(sitting, world.willing, sitting.sit(world.willing))
    cards.issue(person=world.willing.person, by=None, at=AT)
    desk.finish(EnrollmentAttempt.objects.get().id, at=AT)
    assert EnrollmentAttempt.objects.get().reason == "not_their_card"
    assert not DataKey.objects.exists()


def test_the_database_binds_nobody_s_reference_to_another_s_card(world: World, bound: None, sitting: Desk) -> None:
    sit(sitting, world.willing)
    other = Credential.objects.get(person=world.latecomer.person)
    with pytest.raises(IntegrityError, match="reference_bound_to_the_own_card"), transaction.atomic():
        Reference.objects.update(card=other)


# ------------------------------------------------------------ at the gate


def test_the_student_with_the_card_is_known_at_the_gate(world: World, bound: None, sitting: Desk, lane: Lane) -> None:
    sit(sitting, world.willing)
    assert looks(lane, world.willing, world.willing.card) == ("granted", "match")
    assert looks(lane, world.willing, world.willing.card, face=OTHER_FACE)[1] == "no_match"


def test_pictures_without_the_card_are_compared_with_nothing(
    world: World, bound: None, sitting: Desk, lane: Lane
) -> None:
    sit(sitting, world.willing)
    assert looks(lane, world.willing, "") == ("use_card", "card_not_sent")


def test_a_card_with_another_secret_opens_nothing(world: World, bound: None, sitting: Desk, lane: Lane) -> None:
    sit(sitting, world.willing)
    forged = str(cards.Card(cards.parse(world.willing.card).token, b"s" * 32))
    assert looks(lane, world.willing, forged) == ("use_card", "reference_unusable")


def test_the_key_of_a_card_is_good_for_one_capture(world: World, bound: None, sitting: Desk, lane: Lane) -> None:
    sit(sitting, world.willing)
    before = Errand.of(lane.capture(world.willing, at=AT))
    sealed = intake._card_key(intake.Call(lane.kiosk.id, AT, credential=world.willing.card), before)
    capture = lane.capture(world.willing, at=AT)
    extracted = Extracted(engine=ENGINE, frames=1, template=template_to_bytes(probe_of(FACE)), card=sealed)
    parcel = sealing.seal(b"p" * 32, extracted.parts(), bound_to=Errand.of(capture).probe)
    broker.put_parcel(f"probe:{capture.id}", parcel, seconds=10)
    verification.verify(capture.id)
    capture.refresh_from_db()
    assert (capture.outcome, capture.reason) == ("use_card", "reference_unusable")


def test_the_kiosk_sends_the_card_again_and_extract_hands_its_key_on_unopened(
    world: World, bound: None, sitting: Desk, lane: Lane, settings: Settings, ticking: None
) -> None:
    sit(sitting, world.willing)
    claim = lane.claim(world.willing)
    lane.send(world.willing, pictures=1, claim=claim)
    capture = Capture.objects.get(frames=1)
    settings.CARD_PARCEL_KEY = b""  # Which `extract` hasn't.
    extraction.extract(Errand.of(capture))
    parcel = broker.take_parcel(f"probe:{capture.id}", at_most=4000)
    assert parcel is not None
    said, template, card = sealing.unseal(b"p" * 32, parcel, bound_to=Errand.of(capture).probe)
    assert json.loads(said)["trouble"] == ""
    assert template
    assert sealing.unseal(b"k" * 32, card, bound_to=Errand.of(capture).card) == [key_of(world.willing)]


def test_where_cards_bind_nothing_no_card_s_key_is_sent(world: World, lane: Lane, reference: Reference) -> None:
    claim = lane.claim(world.willing)
    lane.send(world.willing, pictures=1, claim=claim)
    capture = Capture.objects.get(frames=1)
    parcel = broker.take_parcel(f"frames:{capture.id}", at_most=100_000)
    assert parcel is not None
    assert sealing.unseal(b"f" * 32, parcel, bound_to=Errand.of(capture).frames)[2] == b""


# ------------------------------------------------------------ never among many


def test_a_bound_reference_is_in_no_gallery(world: World, bound: None, sitting: Desk) -> None:
    sit(sitting, world.willing)
    assert not identification.members(world.school, AT).exists()
    School.objects.update(identifies=True)
    world.school.refresh_from_db()
    assert identification.standing(world.school, AT).search == "identification_off"


def test_a_bound_reference_is_not_searched_for_look_alikes(
    world: World, bound: None, sitting: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    School.objects.update(checks_duplicates=True)
    sit(sitting, world.willing)
    world.latecomer.person.school.refresh_from_db()
    assert duplicates.like(world.latecomer.person, probe_of(FACE), engine=ENGINE, at=AT) == ()
    assert "can't be opened" not in caplog.text


# ------------------------------------------------------------ another card, another engine


def test_the_office_is_told_before_it_replaces_the_card(world: World, bound: None, sitting: Desk) -> None:
    page = f"/office/students/{world.willing.person.id}/"
    assert "opens with this card only" not in sitting.operator.get(page).content.decode()
    sit(sitting, world.willing)
    assert "opens with this card only: a new card takes a new enrolment" in sitting.operator.get(page).content.decode()


def replaced(world: World) -> Pupil:
    """Give the willing pupil a new card, and return the pupil with it."""
    card = cards.issue(person=world.willing.person, by=None, at=AT)
    return Pupil(world.willing.person, world.willing.parent, str(card))


def test_a_new_card_makes_the_old_reference_useless_and_it_is_destroyed_with_a_receipt(
    world: World, bound: None, sitting: Desk, lane: Lane, mailoutbox: list[Any]
) -> None:
    """LAW 39."""
    sit(sitting, world.willing)
    old = Reference.objects.get()
    renewed = replaced(world)
    assert looks(lane, renewed, renewed.card) == ("use_card", "reference_unusable")
    Outbox.objects.all().delete()
    assert card_bound.end_useless(AT) == 1
    assert card_bound.end_useless(AT) == 0
    assert not Reference.objects.exists()
    receipt = Receipt.objects.get(cause=Receipt.Cause.CARD_REPLACED)
    assert (receipt.guardian, receipt.destroyed) == (world.willing.parent, True)
    half_a_minute.passes(AT)
    assert epochs.gone([old.id]) == {old.id}
    (letter,) = mailoutbox
    for body in (letter.body, letter.alternatives[0][0]):
        assert "has a new card, and only the one before could open the template." in body
        assert "The key is destroyed; no backup made by this system can open the reference." in body


def test_with_the_new_card_the_student_is_enrolled_again(
    world: World, bound: None, sitting: Desk, lane: Lane, frozen: Callable[[Any], None]
) -> None:
    """LAW 39."""
    sit(sitting, world.willing)
    renewed = replaced(world)
    card_bound.end_useless(AT)
    frozen(AT + sessions.LASTS)
    assert sit(sitting, renewed, at=clock.now()) == ""
    assert looks(lane, renewed, renewed.card) == ("granted", "match")


def test_enrolling_again_with_the_same_card_replaces_the_reference(
    world: World, bound: None, sitting: Desk, lane: Lane
) -> None:
    sit(sitting, world.willing)
    before = Reference.objects.get()
    assert sit(sitting, world.willing, face=OTHER_FACE) == ""
    assert Reference.objects.get() != before
    assert looks(lane, world.willing, world.willing.card, face=OTHER_FACE) == ("granted", "match")


def test_a_card_that_is_given_back_in_time_still_opens(world: World, bound: None, sitting: Desk, lane: Lane) -> None:
    sit(sitting, world.willing)
    replaced(world)
    new = Credential.objects.select_related("person", "school").get(person=world.willing.person, revoked_at=None)
    cards.take_back(card=new, by=world.office, at=AT)
    assert card_bound.end_useless(AT) == 0
    assert looks(lane, world.willing, world.willing.card) == ("granted", "match")


def test_the_end_of_an_epoch_wraps_what_it_can_not_open(world: World, bound: None, sitting: Desk, lane: Lane) -> None:
    sit(sitting, world.willing)
    assert epochs.renew(AT + timedelta(minutes=1), at_once=True) == epoch_file.newest()
    assert looks(lane, world.willing, world.willing.card) == ("granted", "match")


def test_after_a_restore_a_bound_reference_stays_while_its_key_does(
    world: World, bound: None, sitting: Desk, lane: Lane
) -> None:
    sit(sitting, world.willing)
    replays.destroy_what_does_not_open(AT)
    assert looks(lane, world.willing, world.willing.card) == ("granted", "match")
    DataKey.objects.update(epoch=epoch_file.newest() + 1)  # As a dump has it from before an epoch ended.
    replays.destroy_what_does_not_open(AT)
    assert not Reference.objects.exists()


def test_a_school_may_begin_to_bind_while_older_references_still_open_without(
    world: World, lane: Lane, reference: Reference
) -> None:
    School.objects.update(card_bound=True)
    assert looks(lane, world.willing, "") == ("granted", "match")
