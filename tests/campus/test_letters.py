"""Codes on the school's letters: random, single use, sixty days, and one at a time."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError

from campus import guardians, letters
from campus.guardians import Refused
from campus.models import AuditEvent, LetterCode, Role, User
from tests.personas import AT, World, make_school


def name(world: World, called: str = "Second Parent") -> User:
    return guardians.name(student=world.willing.person, name=called, responsible=True, by=world.office, at=AT).guardian


def issue(world: World, guardian: User) -> str:
    return letters.issue(guardian=guardian, school=world.school, by=world.office, at=AT)


def refusal_of(code: str, days: float = 0) -> str:
    with pytest.raises(Refused) as refused:
        letters.find(code, AT + timedelta(days=days))
    return refused.value.reason


def test_a_code_finds_its_letter_however_it_is_typed(world: World) -> None:
    guardian = name(world)
    code = issue(world, guardian)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert letters.find(typed, AT).guardian == guardian


def test_only_the_codes_hmac_is_kept(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = issue(world, name(world))
    row = LetterCode.objects.values().get()
    assert code not in str(row)
    assert code.replace("-", "") not in str(row)
    assert code not in caplog.text
    assert len(row["code_mac"]) == 32


def test_codes_differ_and_have_no_vowels(world: World) -> None:
    guardian = name(world)
    codes = {issue(world, guardian) for _ in range(20)}
    assert len(codes) == 20
    assert not set("AEIOU") & set("".join(codes))


def test_a_new_letter_ends_the_one_before(world: World) -> None:
    guardian = name(world)
    first, second = issue(world, guardian), issue(world, guardian)
    assert refusal_of(first) == "letter_unknown"
    assert letters.find(second, AT)


def test_a_code_works_once(world: World) -> None:
    guardian = name(world)
    letter = letters.find(issue(world, guardian), AT)
    letters.use(letter, by=guardian, at=AT)
    with pytest.raises(Refused):
        letters.use(letter, by=guardian, at=AT)
    assert LetterCode.objects.get().status == "used"


def test_a_code_lasts_sixty_days(world: World) -> None:
    code = issue(world, name(world))
    assert letters.find(code, AT + timedelta(days=59))
    assert refusal_of(code, days=60) == "letter_expired"


@pytest.mark.parametrize("typed", ["", "-", "AAAA-EEEE-IIII", "BCDF-GHJK-LMNP", "語" * 12])
def test_what_is_no_code_finds_nothing(world: World, typed: str) -> None:
    assert refusal_of(typed) == "letter_unknown"


def test_only_the_office_of_the_school_names_and_writes(world: World) -> None:
    other = make_school(name="Seaview")
    guardian = name(world)
    for user in (world.teacher, world.staff, other.office, world.willing.parent):
        with pytest.raises(Refused, match="not_office"):
            guardians.name(student=world.willing.person, name="Nobody", responsible=True, by=user, at=AT)
        with pytest.raises(Refused, match="not_office"):
            letters.issue(guardian=guardian, school=world.school, by=user, at=AT)


def test_the_office_does_nothing_about_its_own_child(world: World) -> None:
    Role.objects.create(school=world.school, user=world.willing.parent, kind=Role.Kind.OFFICE)
    with pytest.raises(Refused, match="own_child"):
        guardians.name(student=world.willing.person, name="A friend", responsible=True, by=world.willing.parent, at=AT)
    with pytest.raises(Refused, match="own_child"):
        letters.issue(guardian=name(world), school=world.school, by=world.willing.parent, at=AT)


def test_a_guardian_who_was_only_named_has_no_address(world: World) -> None:
    guardian = name(world, "  Chan Tai Man ")
    assert (guardian.name, guardian.email) == ("Chan Tai Man", "")
    name(world, "Another without an address")
    with pytest.raises(Refused, match="no_name"):
        name(world, "   ")


def test_two_users_cannot_have_one_address_in_any_case(world: World) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create_user(world.office.email.upper())


def test_what_the_office_does_about_guardians_is_written_down(world: World) -> None:
    bond = guardians.name(student=world.willing.person, name="Second", responsible=False, by=world.office, at=AT)
    issue(world, bond.guardian)
    assert guardians.end(bond=bond, by=world.office, at=AT)
    assert not guardians.end(bond=bond, by=world.office, at=AT)
    kinds = set(AuditEvent.objects.filter(actor=world.office).values_list("kind", flat=True))
    assert {"guardian.named", "letter.issued", "guardian.ended"} <= kinds


def test_a_brother_or_sister_gets_the_guardian_of_the_same_school_only(world: World) -> None:
    other = make_school(name="Seaview")
    known = guardians.name_again(
        student=world.unanswered.person, guardian=world.willing.parent, responsible=True, by=world.office, at=AT
    )
    assert known.guardian == world.willing.parent
    with pytest.raises(Refused):
        guardians.name_again(
            student=world.unanswered.person, guardian=other.willing.parent, responsible=True, by=world.office, at=AT
        )
