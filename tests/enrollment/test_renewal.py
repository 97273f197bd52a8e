"""A change of the face reader at the school: who is left, supervised sittings, and the end with a receipt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError
from django.utils import translation
from pytest_django import Settings

from campus import addresses, outbox, people
from campus.models import AuditEvent, Outbox, User
from enrollment import consent, desk, erasure, renewal, tasks
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import ConsentEvent, Permit, Receipt, Reference, ReferenceCiphertext, Renewal
from enrollment.vault.models import DataKey
from tests import half_a_minute
from tests.drawn import RedrawnEngine, enroll, measured_as
from tests.enrollment.sitting import desk_of
from tests.personas import AT, SignIn, World, make_school
from tests.renewing import ENDS

Frozen = Callable[[datetime], None]


@pytest.fixture
def old(world: World) -> Reference:
    """A reference from before the change."""
    found = enroll(world.willing.person, operator=world.office, at=AT)
    Outbox.objects.all().delete()
    return found


@pytest.fixture
def new(world: World, old: Reference, renewing: None) -> Reference:
    """Another student's, from after it; the sweep has seen the renewal running."""
    assert renewal.note(engine="drawn-2", at=AT)
    found = enroll(world.latecomer.person, operator=world.office, at=AT, face=9, engine=RedrawnEngine())
    Outbox.objects.all().delete()
    return found


def end(at: datetime = ENDS) -> int:
    return renewal.end(engine="drawn-2", at=at)


# ------------------------------------------------------------ who is left


def test_who_is_left_are_those_of_other_engines_however_old(
    world: World, old: Reference, new: Reference, settings: Settings
) -> None:
    assert list(renewal.left(world.school)) == [old]
    settings.FACE_ENGINES_BEFORE = settings.FACE_RENEWAL_UNTIL = ""
    assert list(renewal.left(world.school)) == [old]
    settings.FACE_ENGINES = "fake"
    assert list(renewal.left(world.school)) == [new]


def test_the_office_sees_who_is_left_and_until_when(
    world: World, old: Reference, new: Reference, signed_in: SignIn
) -> None:
    browser = signed_in(world.office)
    words = browser.get("/office/faces/").content.decode()
    assert world.willing.person.name in words
    assert world.latecomer.person.name not in words
    assert "10 March 2026, 00:00" in words
    assert "Face reader (1)" in browser.get("/office/today/").content.decode()
    assert "With another reader" in browser.get(f"/office/students/{world.willing.person.id}/").content.decode()
    assert "With another reader" not in browser.get(f"/office/students/{world.latecomer.person.id}/").content.decode()


def test_nobody_else_than_the_office_reads_the_names(
    world: World, old: Reference, new: Reference, signed_in: SignIn
) -> None:
    officer = User.objects.create_user("protection@hillside.example")
    officer.roles.create(school=world.school, kind="protection_officer")
    words = signed_in(officer).get("/office/faces/").content.decode()
    assert "1 student’s template was made with another reader." in words
    assert world.willing.person.name not in words


def test_the_desk_enrols_with_the_new_engine_and_nobody_is_left(
    world: World, old: Reference, new: Reference, signed_in: SignIn
) -> None:
    desk.engine.cache_clear()
    try:
        assert desk.engine().version == "drawn-2"
    finally:
        desk.engine.cache_clear()
    again = enroll(world.willing.person, operator=world.office, at=AT, engine=RedrawnEngine())
    assert (again.engine, Reference.objects.count()) == ("drawn-2", 2)
    assert not ReferenceCiphertext.objects.filter(reference_id=old.id).exists()
    assert not renewal.left(world.school).exists()
    assert "Nobody: every template was made with the reader of now." in (
        signed_in(world.office).get("/office/faces/").content.decode()
    )


def test_a_sitting_of_a_renewal_is_like_the_first(
    world: World, old: Reference, new: Reference, signed_in: SignIn
) -> None:
    """It takes the own card, a witness and the student's own yes before any picture."""
    desk_ = desk_of(world, signed_in)
    assert desk_.begin(world.willing, card="CG1").status_code == 422
    assert desk_.sit(world.willing)
    assert list(renewal.left(world.school)) == [old]


# ------------------------------------------------------------ the end


def test_on_the_date_what_the_set_before_made_is_destroyed_and_nothing_else(
    world: World, old: Reference, new: Reference
) -> None:
    assert end(ENDS - timedelta(seconds=1)) == 0
    assert end() == 1
    assert list(Reference.objects.all()) == [new]
    assert list(Outbox.objects.filter(topic=erasure.DESTROY_KEY).values_list("subject", flat=True)) == [old.id]
    outbox.settle(at=ENDS)
    assert list(DataKey.objects.values_list("reference", flat=True)) == [new.id]
    assert AuditEvent.objects.filter(kind="reference.destroyed", subject=world.willing.person.id).count() == 1
    assert end() == 0


def test_consent_and_the_permit_stay_what_they_were(world: World, old: Reference, new: Reference) -> None:
    before = list(Permit.objects.order_by("id").values()), ConsentEvent.objects.count()
    end()
    assert (list(Permit.objects.order_by("id").values()), ConsentEvent.objects.count()) == before


def test_every_guardian_gets_a_receipt_that_says_why_in_the_own_language(
    world: World, old: Reference, new: Reference
) -> None:
    mother, father = world.willing.parent, User.objects.create_user(name="Father")
    people.name_guardian(student=world.willing.person, guardian=father, at=AT)
    addresses.bind_known(guardian=father, email="father@families.example", at=AT)
    addresses.speak(user=father, language="zh-hant", at=AT)
    outbox.settle(at=AT)  # The new guardian is mailed the notice.
    mail.outbox.clear()
    end()
    assert {(one.guardian, one.cause, one.destroyed) for one in Receipt.objects.filter(at=ENDS)} == {
        (mother, "renewal", True),
        (father, "renewal", True),
    }
    outbox.settle(at=ENDS)
    assert not mail.outbox, "the key is not destroyed yet"
    half_a_minute.passes(ENDS)
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert set(letters) == {mother.email, "father@families.example"}
    words = str(letters[mother.email].body)
    assert letters[mother.email].subject == "The face template was destroyed"
    assert "It was made with a face reader that the school does not use any more." in words
    assert "The key is destroyed; no backup made by this system can open the reference." in words
    assert "10 March 2026 at 00:00" in words
    with translation.override("zh-hant"):
        assert letters["father@families.example"].subject == translation.gettext("The face template was destroyed")
    assert letters["father@families.example"].subject != letters[mother.email].subject


def test_a_guardian_without_an_address_keeps_the_outbox_from_nothing(
    world: World, old: Reference, new: Reference
) -> None:
    people.name_guardian(student=world.willing.person, guardian=User.objects.create_user(name="Po Po"), at=AT)
    end()
    half_a_minute.passes(ENDS)
    assert len(mail.outbox) == 1
    assert not Outbox.objects.filter(status=Outbox.Status.OWED).exists()


def test_the_family_reads_what_is_held_before_and_after(
    world: World, old: Reference, new: Reference, signed_in: SignIn, frozen: Frozen
) -> None:
    browser, child = signed_in(world.willing.parent), f"/family/{world.willing.person.id}/"
    assert "The gate opens to" in browser.get(child).content.decode()
    frozen(ENDS)
    words = browser.get(child).content.decode()
    assert "The school has changed its face reader" in words
    end()
    words = browser.get(child).content.decode()
    assert "has not taken" in words
    assert "Face template destroyed: The school changed its face reader" in words
    receipt = browser.get(f"{child}receipt/").content.decode()
    assert "The face template was destroyed." in receipt
    assert "It was made with a face reader that the school does not use any more." in receipt
    assert Receipt.objects.get(at=ENDS).number in receipt


def test_an_installation_that_is_set_up_wrong_destroys_nothing(
    world: World, old: Reference, new: Reference, settings: Settings
) -> None:
    assert renewal.end(engine="drawn-3", at=ENDS) == 0, "the engine that is loaded is not the measured one"
    settings.FACE_RENEWAL_UNTIL = ""
    assert end() == 0, "half a renewal"
    settings.FACE_RENEWAL_UNTIL, settings.FACE_CALIBRATIONS = "2026-03-10", []
    assert end() == 0, "nothing was measured"
    assert Reference.objects.count() == 2


def test_a_change_without_a_renewal_destroys_nothing_by_itself(world: World, old: Reference, changed: None) -> None:
    assert end() == 0
    assert Reference.objects.get() == old


def test_a_family_that_withdrew_before_gets_no_second_receipt(world: World, old: Reference, new: Reference) -> None:
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=AT)
    assert end() == 0
    assert not Receipt.objects.filter(cause="renewal").exists()


def test_the_sweep_ends_it(world: World, old: Reference, new: Reference, frozen: Frozen) -> None:
    sweep(ENDS, frozen)
    assert list(Reference.objects.all()) == [new]


def test_the_sweep_loads_no_engine_while_there_is_no_renewal(
    world: World, old: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "engine", None)
    tasks.end_expired()
    assert Reference.objects.get().engine == DrawnEngine.version


# ------------------------------------------------------------ a renewal that was never seen running


def sweep(at: datetime, frozen: Frozen) -> None:
    """Sweep as `desk` does at a moment, with the engine that is set then."""
    desk.engine.cache_clear()
    try:
        frozen(at)
        tasks.end_expired()
    finally:
        desk.engine.cache_clear()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_date_that_was_past_from_the_start_destroys_nothing_and_every_sweep_says_so(
    world: World,
    old: Reference,
    renewing: None,
    settings: Settings,
    frozen: Frozen,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.FACE_RENEWAL_UNTIL = "2025-03-10"  # The year is mistyped.
    for days in range(3):
        sweep(AT + timedelta(days=days), frozen)
    assert Reference.objects.get() == old
    assert not Renewal.objects.exists()
    assert len(errors(caplog)) == 3
    assert "never seen running: nothing was destroyed. 1 references" in errors(caplog)[0]


def test_the_office_reads_that_the_date_is_past_and_nothing_was_destroyed(
    world: World, old: Reference, new: Reference, settings: Settings, signed_in: SignIn, frozen: Frozen
) -> None:
    page = partial(signed_in(world.office).get, "/office/faces/")
    never = "is past, and nothing was destroyed: this renewal was never seen running."
    assert never not in page().content.decode()
    settings.FACE_RENEWAL_UNTIL = "2025-03-10"
    words = page().content.decode()
    assert f"10 March 2025, {never}" in words
    assert world.willing.person.name in words
    settings.FACE_RENEWAL_UNTIL = "2026-03-10"
    frozen(ENDS)
    assert never not in page().content.decode(), "this one was seen"


def test_two_sets_that_were_swapped_destroy_nothing(
    world: World, old: Reference, new: Reference, settings: Settings, frozen: Frozen
) -> None:
    settings.FACE_ENGINES, settings.FACE_ENGINES_BEFORE = "fake", "redrawn"
    sweep(ENDS + timedelta(days=30), frozen)
    assert Reference.objects.count() == 2


def test_an_upgrade_to_another_version_of_an_engine_destroys_nothing(
    world: World,
    old: Reference,
    new: Reference,
    settings: Settings,
    frozen: Frozen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The renewal ended, its two lines were left in `.env`, and then there is a new version of the same set."""
    sweep(ENDS, frozen)
    assert list(Reference.objects.all()) == [new]
    monkeypatch.setattr(RedrawnEngine, "version", "drawn-3")
    newer = measured_as(tmp_path, engines='"redrawn"', engine='"drawn-3"', version='"drawn a third time"')
    settings.FACE_CALIBRATIONS = [*settings.FACE_CALIBRATIONS[:-1], newer]
    for days in range(3):
        sweep(ENDS + timedelta(days=30 + days), frozen)
    assert list(Reference.objects.all()) == [new]
    assert list(renewal.left(world.school)) == [new]


def test_what_engines_before_the_last_made_is_never_destroyed_by_a_renewal(
    world: World, old: Reference, new: Reference, settings: Settings, frozen: Frozen, tmp_path: Path
) -> None:
    """The set before has a new version too: what its old version made is another engine's."""
    before = measured_as(tmp_path, engine='"drawn-0"', version='"drawn otherwise"')
    settings.FACE_CALIBRATIONS = [before, settings.FACE_CALIBRATIONS[-1]]
    settings.FACE_RENEWAL_UNTIL = "2026-04-10"
    sweep(AT, frozen)
    sweep(datetime(2026, 4, 10, tzinfo=UTC), frozen)
    assert Renewal.objects.filter(before_engine="drawn-0", now_engine="drawn-2").exists()
    assert Reference.objects.count() == 2


def test_a_renewal_must_have_been_seen_for_a_day(
    world: World, old: Reference, renewing: None, frozen: Frozen, caplog: pytest.LogCaptureFixture
) -> None:
    late = ENDS - timedelta(hours=3)
    sweep(late, frozen)
    for hours in (3, 23.99):
        sweep(late + timedelta(hours=hours), frozen)
        assert Reference.objects.get() == old
    assert errors(caplog) == []
    sweep(late + timedelta(hours=24), frozen)
    assert not Reference.objects.exists()
    assert Receipt.objects.filter(cause="renewal", student=world.willing.person).exists()


def test_another_date_is_another_renewal(world: World, old: Reference, new: Reference, settings: Settings) -> None:
    settings.FACE_RENEWAL_UNTIL = "2026-03-05"
    assert end() == 0
    assert Reference.objects.count() == 2


def test_the_sweep_writes_down_once_that_it_runs_and_tells_each_school_it_concerns(
    world: World, old: Reference, renewing: None, frozen: Frozen
) -> None:
    make_school(name="Lowland")  # Nobody is enrolled there.
    for days in range(3):
        sweep(AT + timedelta(days=days), frozen)
    written = Renewal.objects.get()
    assert (written.before_engine, written.now_engine, written.until) == ("drawn-1", "drawn-2", ENDS)
    assert written.seen_at == AT
    event = AuditEvent.objects.get(kind="renewal.began")
    assert (event.school, event.at) == (world.school, AT)
    assert event.payload.body == {"before": "drawn-1", "now": "drawn-2", "until": "2026-03-10T00:00:00+00:00"}


def test_an_engine_that_is_not_the_measured_one_writes_nothing_down(
    world: World, old: Reference, renewing: None, settings: Settings
) -> None:
    assert not renewal.note(engine="drawn-3", at=AT)
    assert not renewal.note(engine="drawn-2", at=ENDS), "it is over"
    settings.FACE_CALIBRATIONS = settings.FACE_CALIBRATIONS[-1:]
    assert not renewal.note(engine="drawn-2", at=AT), "the set before was never measured"
    assert not Renewal.objects.exists()
    assert not AuditEvent.objects.filter(kind="renewal.began").exists()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"seen_at": ENDS}, "renewal_was_running"),
        ({"before_engine": "drawn-2"}, "renewal_of_another_engine"),
        ({}, "renewal_seen_once"),
    ],
)
def test_the_database_refuses_a_row_that_says_nothing(
    world: World, new: Reference, change: dict[str, Any], constraint: str
) -> None:
    row = {"before_engine": "drawn-1", "now_engine": "drawn-2", "until": ENDS, "seen_at": AT} | change
    with pytest.raises(IntegrityError, match=constraint):
        Renewal.objects.create(**row)
