"""Cards on paper: one at a time and a class on a sheet, shown once, undone together."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest
import segno
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campus import card_batches, cards, people, qr
from campus.models import AuditEvent, CardBatch, Credential, Person
from tests.gates.lane import make_lane
from tests.personas import AT, SignIn, World, make_school


def live(*people_: Person) -> list[Credential]:
    return list(Credential.objects.filter(person__in=people_, revoked_at__isnull=True).order_by("person__name"))


def make(client: Client, world: World, who: str = "all", seen: str | None = None) -> str:
    latest = card_batches.latest(world.on_time) if seen is None else seen
    body = {"who": who, "seen": latest}
    return str(client.post(f"/office/cards/classes/{world.on_time.id}/", body, follow=True).content.decode())


def pupils(world: World) -> list[Person]:
    return [pupil.person for name, pupil in world.pupils.items() if name != "latecomer"]


# ------------------------------------------------------------ the code on the card


def modules(svg: str) -> set[tuple[int, int]]:
    """Return the dark modules that an SVG draws, without the quiet zone."""
    dark = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg)
    return {(int(x) + step - qr.QUIET, int(y) - qr.QUIET) for x, y, run in dark for step in range(int(run))}


def test_the_code_says_the_cards_string(world: World) -> None:
    svg = str(qr.svg(world.willing.card, "Code"))
    code = segno.make(world.willing.card, error="m", micro=False)
    assert modules(svg) == {(x, y) for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark}
    assert code.mode == "alphanumeric"
    assert code.symbol_size(border=qr.QUIET)[0] == int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])


def test_the_code_has_no_style_and_is_named() -> None:
    svg = str(qr.svg("CG1", "<Code>"))
    assert "style" not in svg
    assert 'aria-label="&lt;Code&gt;"' in svg


# ------------------------------------------------------------ one card


def test_the_card_shows_name_school_and_code_and_keeps_no_copy(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    seen = str(live(world.willing.person)[0].id)
    response = office.post(f"/office/students/{world.willing.person.id}/card/", {"seen": seen})
    page = response.content.decode()
    assert 'class="cr80"' in page
    assert "Willing Pupil" in page
    assert page.count('class="qr"') == 1
    assert "style=" not in page
    assert "no-store" in response["Cache-Control"]


def test_a_second_click_does_not_end_the_card_that_was_printed(world: World, signed_in: SignIn) -> None:
    office, person = signed_in(world.office), world.willing.person
    seen = {"seen": str(live(person)[0].id)}
    address = f"/office/students/{person.id}/card/"
    assert office.post(address, seen).status_code == 200
    printed = live(person)
    again = office.post(address, seen, follow=True)
    assert "A card was made a moment ago." in again.content.decode()
    assert 'class="qr"' not in again.content.decode()
    assert live(person) == printed


# ------------------------------------------------------------ a class


def test_a_class_gets_a_card_each_on_sheets_of_ten(world: World, signed_in: SignIn) -> None:
    for number in range(9):
        people.admit(
            school=world.school,
            name=f"More {number}",
            kind=Person.Kind.STUDENT,
            number=f"m{number}",
            at=AT,
            group=world.on_time,
        )
    page = make(signed_in(world.office), world)
    assert "13 cards, shown once." in page
    assert [sheet.count('class="cr80"') for sheet in page.split('<div class="sheet">')[1:]] == [10, 3]
    assert page.count('class="crop"') == 2
    assert "style=" not in page
    assert CardBatch.objects.get().cards.count() == 13


def test_every_card_of_the_sheet_is_a_live_one_of_the_class(world: World) -> None:
    made = card_batches.issue(group=world.on_time, anew=True, seen="", by=world.office, at=AT)
    assert made is not None
    found = [cards.find(one.card) for one in made[1]]
    assert [one.person for one in made[1]] == sorted(pupils(world), key=lambda person: person.name)
    assert [credential.person for credential in found if credential] == [one.person for one in made[1]]
    assert all(credential and credential.revoked_at is None for credential in found)
    assert str(made[1][0].card) not in repr(made)


def test_only_those_without_a_card_get_one_unless_all_are_asked_for(world: World, signed_in: SignIn) -> None:
    cards.revoke(person=world.refusing.person, by=None, at=AT)
    others = live(world.willing.person, world.withdrawn.person)
    page = make(signed_in(world.office), world, who="without")
    assert "1 card, shown once." in page
    assert CardBatch.objects.get().cards.get().person == world.refusing.person
    assert live(world.willing.person, world.withdrawn.person) == others


def test_a_class_in_which_everybody_has_a_card_gets_none(world: World, signed_in: SignIn) -> None:
    assert "No card was made" in make(signed_in(world.office), world, who="without")
    assert not CardBatch.objects.exists()


def test_the_sheet_loaded_again_makes_no_second_batch(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    assert "4 cards, shown once." in make(office, world, seen="")
    printed = live(*pupils(world))
    assert "No card was made" in make(office, world, seen="")
    assert live(*pupils(world)) == printed


def test_undo_brings_the_cards_before_back_and_touches_nothing_else(world: World, signed_in: SignIn) -> None:
    office, before = signed_in(world.office), live(*pupils(world))
    make(office, world)
    batch = CardBatch.objects.get()
    cards.issue(person=world.willing.person, by=world.office, at=AT)
    newer = live(world.willing.person)
    address = f"/office/cards/batches/{batch.id}/undo/"
    assert "3 new cards have ended." in office.post(address, follow=True).content.decode()
    assert set(live(*pupils(world))) == {card for card in before if card.person != world.willing.person} | set(newer)
    assert live(world.latecomer.person)
    assert "This batch was undone before." in office.post(address, follow=True).content.decode()
    assert AuditEvent.objects.filter(kind="cards.batch_undone").count() == 1
    assert AuditEvent.objects.filter(kind="card.revived").count() == 3


def test_a_batch_of_which_a_gate_has_seen_a_card_stays(world: World, signed_in: SignIn) -> None:
    lane, made = make_lane(world), card_batches.issue(group=world.on_time, anew=True, seen="", by=world.office, at=AT)
    assert made is not None
    (new,) = [one.card for one in made[1] if one.person == world.refusing.person]
    lane.passes(replace(world.refusing, card=str(new)), at=AT)
    after = live(*pupils(world))
    address = f"/office/cards/batches/{made[0].id}/undo/"
    page = signed_in(world.office).post(address, follow=True).content.decode()
    assert "has been shown at a gate, so it cannot be undone any more." in page
    assert live(*pupils(world)) == after
    assert CardBatch.objects.get().undone_at is None


def test_a_card_replaces_another_of_the_same_person_only(world: World) -> None:
    card, other = live(world.willing.person)[0], live(world.refusing.person)[0]
    for wrong in (other, card):
        with pytest.raises(IntegrityError), transaction.atomic():
            Credential.objects.filter(id=card.id).update(replaces=wrong)


def test_the_office_is_asked_before_cards_end(world: World, signed_in: SignIn) -> None:
    office, before = signed_in(world.office), live(*pupils(world))
    page = office.get(f"/office/cards/classes/{world.on_time.id}/").content.decode()
    assert "New cards for all of Class 4A?" in page
    assert "4 cards that are in use end at once." in page
    page = office.get(f"/office/students/{world.willing.person.id}/card/revoke/").content.decode()
    assert "Revoke the card of Willing Pupil?" in page
    assert live(*pupils(world)) == before


def test_somebody_who_left_gets_no_card(world: World, signed_in: SignIn) -> None:
    Person.objects.filter(id=world.refusing.person.id).update(left_on=AT.date())
    assert "3 cards" in make(signed_in(world.office), world)


def test_the_list_tells_who_has_no_card_and_what_was_made(
    world: World, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cards.revoke(person=world.refusing.person, by=None, at=AT)
    office = signed_in(world.office)
    rows = {row.group.name: (row.students, row.without) for row in office.get("/office/cards/").context["rows"]}
    assert rows == {"Class 4A": (4, 1), "Class 5B": (1, 0)}
    make(office, world, who="without")
    with django_assert_max_num_queries(12):
        page = office.get("/office/cards/").content.decode()
    assert "Today 09:30" in page
    assert "1, 1 in use" in page


def test_another_schools_classes_and_batches_are_not_there(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    card_batches.issue(group=other.on_time, anew=True, seen="", by=other.office, at=AT)
    office = signed_in(world.office)
    assert office.post(f"/office/cards/classes/{other.on_time.id}/", {"who": "all"}).status_code == 404
    batch = CardBatch.objects.get()
    assert office.post(f"/office/cards/batches/{batch.id}/undo/").status_code == 404
    assert len(live(other.willing.person)) == 1
    assert "Seaview" not in office.get("/office/cards/").content.decode()


def test_no_card_of_a_sheet_is_in_a_log_or_the_session(
    world: World, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office = signed_in(world.office)
    made = card_batches.issue(group=world.on_time, anew=True, seen="", by=world.office, at=AT)
    assert made is not None
    make(office, world)
    assert not re.search(r"CG1[0-9A-Z]{79}", caplog.text + str(dict(office.session)))
