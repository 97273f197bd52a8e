"""A change of the face reader at the school: who is left, supervised sittings, and the end with a receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import translation
from pytest_django import Settings

from campus import addresses, outbox, people
from campus.models import AuditEvent, Outbox, User
from enrollment import consent, desk, erasure, renewal, tasks
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import ConsentEvent, Permit, Receipt, Reference, ReferenceCiphertext
from enrollment.vault.models import DataKey
from tests.drawn import RedrawnEngine, enroll
from tests.enrollment.sitting import desk_of
from tests.personas import AT, SignIn, World
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
    """Another student's, from after it."""
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
    end()
    assert {(one.guardian, one.cause, one.destroyed) for one in Receipt.objects.filter(at=ENDS)} == {
        (mother, "renewal", True),
        (father, "renewal", True),
    }
    outbox.settle(at=ENDS)
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert set(letters) == {mother.email, "father@families.example"}
    words = str(letters[mother.email].body)
    assert letters[mother.email].subject == "The face template was destroyed"
    assert "It was made with a face reader that the school does not use any more." in words
    assert "10 March 2026 at 00:00" in words
    with translation.override("zh-hant"):
        assert letters["father@families.example"].subject == translation.gettext("The face template was destroyed")
    assert letters["father@families.example"].subject != letters[mother.email].subject


def test_a_guardian_without_an_address_keeps_the_outbox_from_nothing(
    world: World, old: Reference, new: Reference
) -> None:
    people.name_guardian(student=world.willing.person, guardian=User.objects.create_user(name="Po Po"), at=AT)
    end()
    outbox.settle(at=ENDS)
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
    assert "Face template destroyed: the school changed its face reader" in words
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
    desk.engine.cache_clear()
    frozen(ENDS)
    tasks.end_expired()
    desk.engine.cache_clear()
    assert list(Reference.objects.all()) == [new]


def test_the_sweep_loads_no_engine_while_no_renewal_is_over(
    world: World, old: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "engine", None)
    tasks.end_expired()
    assert Reference.objects.get().engine == DrawnEngine.version
