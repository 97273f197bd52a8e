"""A guardian is named by one of the office, and the guardians there were before hear of it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from campus import addresses, guardians, outbox
from campus.models import Person, User
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


def test_somebody_whose_yes_would_not_count_is_no_news(world: World, mailoutbox: list[Any]) -> None:
    named(world, world.willing.person, responsible=False)
    settle()
    assert not mailoutbox


def test_naming_somebody_twice_is_told_once(world: World, mailoutbox: list[Any]) -> None:
    for _ in range(2):
        guardians.name_again(
            student=world.unanswered.person, guardian=world.willing.parent, responsible=True, by=world.office, at=AT
        )
    settle()
    assert [letter.to for letter in mailoutbox] == [[world.unanswered.parent.email]]
