"""A guardian's address changes: with the old one's leave, or on paper by two of the office."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from campus import addresses, outbox, people
from campus.guardians import Refused
from campus.models import AddressChange, School, SignInAddress, User
from tests.enrollment.letters_and_addresses import NEW, change_on_paper, join, letter_for, named
from tests.mailed import codes_sent_to
from tests.personas import AT, SignIn, World, make_school


def test_five_codes_an_hour_go_to_an_address_whatever_they_are_for(world: World, signed_in: SignIn) -> None:
    parent = world.willing.parent
    for _ in range(2):
        Client().post("/sign-in/", {"email": parent.email})
    for number in range(3):
        signed_in(parent).post("/family/address/", {"email": f"new{number}@home.example"})
    assert len(codes_sent_to(parent.email)) == 5
    response = signed_in(parent).post("/family/address/", {"email": NEW})
    assert (response.status_code, "Too many codes were sent" in response.content.decode()) == (429, True)
    Client().post("/sign-in/", {"email": parent.email})
    assert len(codes_sent_to(parent.email)) == 5


def test_three_wrong_codes_end_a_change_of_address(world: World, signed_in: SignIn) -> None:
    parent, client = world.willing.parent, signed_in(world.willing.parent)
    client.post("/family/address/", {"email": NEW})
    first, second = codes_sent_to(parent.email)[-1], codes_sent_to(NEW)[-1]
    for _ in range(3):
        client.post("/family/address/codes/", {"old": "BBBB-BBBB", "new": second})
    client.post("/family/address/codes/", {"old": first, "new": second})
    parent.refresh_from_db()
    assert parent.email != NEW


def test_changing_takes_a_code_from_the_old_address_and_one_from_the_new(world: World, signed_in: SignIn) -> None:
    parent, old = world.willing.parent, world.willing.parent.email
    client, elsewhere = signed_in(parent), signed_in(parent)
    client.post("/family/address/", {"email": NEW})
    (first,), (second,) = codes_sent_to(old), codes_sent_to(NEW)
    page = client.post("/family/address/codes/", {"old": second, "new": second})
    assert page.status_code == 422
    parent.refresh_from_db()
    assert parent.email == old
    page = client.post("/family/address/codes/", {"old": first, "new": second}, follow=True)
    assert "Your address is changed." in page.content.decode()
    parent.refresh_from_db()
    assert parent.email == NEW
    assert addresses.is_confirmed(parent)
    assert elsewhere.get("/family/").status_code == 302, "a session that began by the old address goes on"


def test_the_old_address_is_told_and_signs_nobody_in(world: World, signed_in: SignIn) -> None:
    parent, old = world.willing.parent, world.willing.parent.email
    client = signed_in(parent)
    client.post("/family/address/", {"email": NEW})
    client.post("/family/address/codes/", {"old": codes_sent_to(old)[-1], "new": codes_sent_to(NEW)[-1]})
    import_module("campus.tasks")  # As the desk worker does: it knows the effects.
    outbox.settle(at=AT)
    told = mail.outbox[-1]
    assert told.to == [old]
    assert "was changed" in told.subject
    assert NEW not in str(told.body)
    sent = len(mail.outbox)
    Client().post("/sign-in/", {"email": old})
    assert len(mail.outbox) == sent


def test_the_old_address_is_told_the_date_where_the_children_are(world: World) -> None:
    late_in_hong_kong = datetime(2026, 3, 4, 20, 0, tzinfo=AT.tzinfo)
    School.objects.filter(id=world.school.id).update(timezone="Asia/Hong_Kong")
    addresses.change_from_old(guardian=world.willing.parent, email=NEW, at=late_in_hong_kong)
    import_module("campus.tasks")
    outbox.settle(at=late_in_hong_kong)
    assert "5 March 2026" in str(mail.outbox[-1].body)


def test_the_address_of_somebody_else_is_not_taken(world: World, signed_in: SignIn) -> None:
    parent, client = world.willing.parent, signed_in(world.willing.parent)
    for email in (parent.email, "nonsense"):
        assert client.post("/family/address/", {"email": email}).status_code == 422
    assert not mail.outbox
    for email, why in ((world.refusing.parent.email, "Another guardian"), (world.teacher.email, "member of staff")):
        client.post("/family/address/", {"email": email})
        said = {"old": codes_sent_to(parent.email)[-1], "new": codes_sent_to(email)[-1]}
        page = client.post("/family/address/codes/", said)
        assert (page.status_code, why in page.content.decode()) == (422, True)


def test_the_page_tells_nobody_which_addresses_are_known_and_not_even_that_without_end(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in(world.willing.parent)
    asked = (world.refusing.parent.email, world.teacher.email, "nobody@home.example", NEW, "newer@home.example")
    answers = [client.post("/family/address/", {"email": email}) for email in asked]
    assert {(one.status_code, one["Location"]) for one in answers} == {(302, "/family/address/codes/")}
    assert client.post("/family/address/", {"email": world.office.email}).status_code == 429


def test_one_school_changes_no_address_on_paper_that_answers_at_another(world: World, colleague: User) -> None:
    other, parent = make_school(name="Seaview"), world.willing.parent
    change = addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    people.name_guardian(student=other.unanswered.person, guardian=parent, at=AT)
    with pytest.raises(Refused, match="two_schools") as refused:
        addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    assert "a child at another school too" in refused.value.words
    with pytest.raises(Refused, match="two_schools"):
        addresses.make_on_paper(change=change, by=colleague, at=AT)
    parent.refresh_from_db()
    assert parent.email != NEW


def test_a_change_on_paper_takes_two_of_the_office(world: World, colleague: User) -> None:
    parent, old = world.willing.parent, world.willing.parent.email
    change = addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    parent.refresh_from_db()
    assert parent.email == old
    with pytest.raises(Refused, match="same_person"):
        addresses.make_on_paper(change=change, by=world.office, at=AT)
    with pytest.raises(Refused, match="not_office"):
        addresses.make_on_paper(change=change, by=world.teacher, at=AT)
    addresses.make_on_paper(change=change, by=colleague, at=AT)
    parent.refresh_from_db()
    assert parent.email == NEW
    with pytest.raises(Refused, match="not_waiting"):
        addresses.make_on_paper(change=change, by=colleague, at=AT)


def test_neither_of_the_two_may_be_a_guardian_of_the_child(world: World, colleague: User) -> None:
    people.name_guardian(student=world.willing.person, guardian=colleague, at=AT)
    parent = world.willing.parent
    change = addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    with pytest.raises(Refused, match="own_child"):
        addresses.make_on_paper(change=change, by=colleague, at=AT)
    with pytest.raises(Refused, match="own_child"):
        addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=colleague, at=AT)


def test_the_database_itself_refuses_a_change_by_one(world: World) -> None:
    change = addresses.record_on_paper(
        guardian=world.willing.parent, school=world.school, email=NEW, by=world.office, at=AT
    )
    with pytest.raises(IntegrityError, match="two_staff"), transaction.atomic():
        AddressChange.objects.filter(id=change.id).update(status="made", decided_by=world.office, decided_at=AT)


def test_what_signs_in_is_the_address_that_lives(world: World, colleague: User) -> None:
    """`User.email` is a copy of the living `SignInAddress`; whatever happens, the two agree."""
    change_on_paper(world, world.willing.parent, colleague)
    change_on_paper(world, world.willing.parent, colleague, email="third@home.example")
    join(Client(), letter_for(world, named(world)), "second@home.example")
    live = SignInAddress.objects.filter(ended_at__isnull=True).select_related("user")
    assert live.count() >= 6
    assert all(address.email == address.user.email for address in live)
