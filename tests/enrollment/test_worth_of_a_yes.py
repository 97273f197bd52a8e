"""What a Yes is worth that comes through an address which is shared, or which nobody has confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campus import addresses, letters
from campus.guardians import Refused
from campus.models import Role, User
from enrollment import bonds, consent, reviewing, standings
from enrollment.models import ConsentEvent
from enrollment.standings import Standing
from tests.enrollment.letters_and_addresses import NEW, change_on_paper, has_permit, letter_for, named
from tests.mailed import codes_sent_to
from tests.personas import AT, SignIn, World

LONG_AGO = AT - timedelta(days=10)
"""More than the five school days for which a new address waits."""


def test_a_shared_address_cannot_say_yes_and_can_say_no(world: World) -> None:
    parent, student = world.unanswered.parent, world.unanswered.person
    Role.objects.create(school=world.school, user=parent, kind=Role.Kind.TEACHER)
    with pytest.raises(Refused, match="shared_staff"):
        consent.give(student=student, guardian=parent, notice=world.notice, at=AT)
    consent.refuse(student=student, guardian=parent, notice=None, at=AT)
    assert ConsentEvent.objects.get(student=student).kind == "refused"


def test_the_page_says_why_a_shared_address_cannot_say_yes(world: World, signed_in: SignIn) -> None:
    Role.objects.create(school=world.school, user=world.unanswered.parent, kind=Role.Kind.TEACHER)
    said = {"answer.gate_access": "yes", "notice.gate_access": str(world.notice.id)}
    response = signed_in(world.unanswered.parent).post(f"/family/{world.unanswered.person.id}/check/", said)
    assert response.status_code == 422
    assert "address of a member of staff" in response.content.decode()
    assert not ConsentEvent.objects.filter(student=world.unanswered.person).exists()


def test_a_yes_after_a_change_on_paper_counts_only_once_confirmed(world: World, colleague: User) -> None:
    parent, student = world.unanswered.parent, world.unanswered.person
    change_on_paper(world, parent, colleague, at=LONG_AGO)
    consent.give(student=student, guardian=parent, notice=world.notice, at=AT)
    assert not has_permit(student)
    assert standings.of([student], AT)[student.id] is Standing.SILENT
    letter = letters.find(letter_for(world, parent), AT)
    bonds.confirm_address(letter=letter, guardian=parent, at=AT)
    assert has_permit(student)
    assert standings.of([student], AT)[student.id] is Standing.YES


def test_an_unconfirmed_address_confirms_no_other(world: World, colleague: User, signed_in: SignIn) -> None:
    parent, student, third = world.unanswered.parent, world.unanswered.person, "third@home.example"
    change_on_paper(world, parent, colleague)
    client = signed_in(parent)
    client.post("/family/address/", {"email": third})
    said = {"old": codes_sent_to(NEW)[-1], "new": codes_sent_to(third)[-1]}
    assert "Your address is changed." in client.post("/family/address/codes/", said, follow=True).content.decode()
    parent.refresh_from_db()
    assert parent.email == third
    assert not addresses.is_confirmed(parent)
    consent.give(student=student, guardian=parent, notice=world.notice, at=AT)
    assert not has_permit(student)
    bonds.confirm_address(letter=letters.find(letter_for(world, parent), AT), guardian=parent, at=AT)
    assert not has_permit(student), "confirmed, and linked this very day"
    reviewing.review(AT + timedelta(days=6))
    assert has_permit(student)


def test_an_unconfirmed_yes_lifts_no_no_and_an_unconfirmed_no_counts(world: World, colleague: User) -> None:
    refusing, willing = world.refusing, world.willing
    change_on_paper(world, refusing.parent, colleague)
    consent.give(student=refusing.person, guardian=refusing.parent, notice=world.notice, at=AT)
    assert standings.of([refusing.person], AT)[refusing.person.id] is Standing.NO
    change_on_paper(world, willing.parent, colleague, email="newer@home.example")
    assert has_permit(willing.person), "what was said before the change stands"
    consent.withdraw(student=willing.person, guardian=willing.parent, at=AT)
    assert not has_permit(willing.person)


def test_the_page_says_that_a_yes_waits_and_takes_the_letters_code(
    world: World, colleague: User, signed_in: SignIn
) -> None:
    parent = world.unanswered.parent
    change_on_paper(world, parent, colleague, at=LONG_AGO)
    consent.give(student=world.unanswered.person, guardian=parent, notice=world.notice, at=AT)
    client = signed_in(parent)
    page = client.get("/family/").content.decode()
    assert "not confirmed yet" in page
    assert "It does not count yet" in page
    page = client.post("/family/join/", {"letter": letter_for(world, parent)}, follow=True).content.decode()
    assert "Your address is confirmed." in page
    assert "It does not count yet" not in page


def test_somebody_elses_letter_confirms_nothing(world: World, colleague: User) -> None:
    parent = world.unanswered.parent
    change_on_paper(world, parent, colleague)
    letter = letters.find(letter_for(world, named(world)), AT)
    with pytest.raises(Refused, match="letter_of_another"):
        bonds.confirm_address(letter=letter, guardian=parent, at=AT)
    assert not addresses.is_confirmed(parent)


def test_ending_a_guardianship_ends_what_rested_on_its_yes(world: World) -> None:
    bond = world.willing.person.guardianships.get()
    bonds.end_guardianship(bond=bond, by=world.office, at=AT)
    assert not has_permit(world.willing.person)
