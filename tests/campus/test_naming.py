"""A guardian is named by one of the office, and the guardians there were before hear of it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from campus import addresses, guardians, outbox, staff
from campus.models import Person, Role, User
from tests.personas import AT, World


def settle() -> None:
    """Let the desk worker do what is owed."""
    for app in ("campus", "enrollment"):
        import_module(f"{app}.tasks")
    outbox.settle(at=AT)


def named(world: World, student: Person, *, responsible: bool = True) -> User:
    return guardians.name(
        student=student, name="An Invention", responsible=responsible, by=world.office, at=AT
    ).guardian


def test_every_guardian_with_an_address_is_told_of_a_new_one_and_not_who_it_is(
    world: World, mailoutbox: list[Any]
) -> None:
    named(world, world.willing.person)
    settle()
    assert [letter.to for letter in mailoutbox] == [[world.willing.parent.email]]
    for body in (mailoutbox[0].body, mailoutbox[0].alternatives[0][0]):
        assert "On 4 March 2026 the office of Hillside School named another guardian of Willing Pupil" in body
        assert "call the school today" in body
        assert "An Invention" not in body


def test_a_guardian_is_told_in_the_own_language(world: World, mailoutbox: list[Any]) -> None:
    addresses.speak(user=world.willing.parent, language="zh-hant", at=AT)
    named(world, world.willing.person)
    settle()
    assert len(mailoutbox) == 1
    assert "2026年3月4日" in mailoutbox[0].body


def test_that_somebody_is_named_who_need_not_be_told_is_told_to_the_others(world: World, mailoutbox: list[Any]) -> None:
    """LAW 2."""
    named(world, world.willing.person, responsible=False)
    settle()
    assert [letter.to for letter in mailoutbox] == [[world.willing.parent.email]]
    assert "without parental responsibility" in mailoutbox[0].body
    assert "An Invention" not in mailoutbox[0].body


def test_an_ended_guardian_and_the_others_are_told_at_once(world: World, mailoutbox: list[Any]) -> None:
    """LAW 2."""
    student = world.willing.person
    other = guardians.name_again(
        student=student, guardian=world.unanswered.parent, responsible=False, by=world.office, at=AT
    )
    settle()
    mailoutbox.clear()
    guardians.end(bond=other, by=world.office, at=AT)
    settle()
    told = {letter.to[0] for letter in mailoutbox}
    assert told == {world.willing.parent.email, world.unanswered.parent.email}
    for letter in mailoutbox:
        for body in (letter.body, letter.alternatives[0][0]):
            assert "is one no more" in body
            assert "call the school today" in body


def test_every_administrator_and_protection_officer_is_told_of_a_new_role(world: World, mailoutbox: list[Any]) -> None:
    """LAW 20."""
    watching = {"head@hillside.example": "administrator", "dpo@hillside.example": "protection_officer"}
    for email, kind in watching.items():
        user = User.objects.create_user(email, name=kind)
        Role.objects.create(school=world.school, user=user, kind=kind)
    for _ in range(2):  # Giving it again is no news.
        staff.give_role(
            school=world.school, email="new@hillside.example", name="Invented", kind="office", by=None, at=AT
        )
    settle()
    told = [letter.to[0] for letter in mailoutbox]
    assert sorted(told) == sorted(
        Role.objects.filter(school=world.school, kind__in=watching.values()).values_list("user__email", flat=True)
    )
    assert "Invented" in mailoutbox[0].body


def test_naming_somebody_twice_is_told_once(world: World, mailoutbox: list[Any]) -> None:
    for _ in range(2):
        guardians.name_again(
            student=world.unanswered.person, guardian=world.willing.parent, responsible=True, by=world.office, at=AT
        )
    settle()
    naming = [letter.to for letter in mailoutbox if "named another guardian" in letter.body]
    assert naming == [[world.unanswered.parent.email]]
