"""Whom the school need not tell: a reason, two of the office, and never a consent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from campus import addresses, guardians, letters, people
from campus.guardians import Refused
from campus.models import AuditEvent, User
from enrollment import bonds, exemptions
from enrollment.models import ConsentEvent, Exemption
from tests.personas import AT, SignIn, World

WHY = "Not seen for six years; letters to the last address came back"


@pytest.fixture
def father(world: World) -> User:
    """A parent whom nobody can find."""
    student = world.willing.person
    return guardians.name(student=student, name="Lost Father", responsible=True, by=world.office, at=AT).guardian


@pytest.fixture
def written(world: World, father: User, signed_in: SignIn) -> Exemption:
    """What one of the office wrote down."""
    said = {"act": "exempt", "guardian": str(father.id), "text": WHY}
    signed_in(world.office).post(f"/office/students/{world.willing.person.id}/consent/", said)
    return Exemption.objects.get()


def decide(browser: SignIn, user: User, exemption: Exemption, decision: str) -> str:
    said = {"exemption": str(exemption.id), "decision": decision}
    return browser(user).post("/office/waiting/", said, follow=True).content.decode()


def status_of(exemption: Exemption) -> str:
    exemption.refresh_from_db()
    return exemption.status


def test_an_exemption_takes_a_reason_and_two_of_the_office(
    world: World, written: Exemption, colleague: User, signed_in: SignIn
) -> None:
    """LAW 2."""
    assert "Waiting (1)" in signed_in(colleague).get("/office/").content.decode()
    assert WHY in signed_in(colleague).get("/office/waiting/").content.decode()
    assert "must be somebody else" in decide(signed_in, world.office, written, "confirm")
    assert status_of(written) == "waiting"
    assert "Confirmed." in decide(signed_in, colleague, written, "confirm")
    assert (status_of(written), written.reason, written.decided_by) == ("confirmed", WHY, colleague)
    assert "decided already" in decide(signed_in, colleague, written, "confirm")
    kinds = AuditEvent.objects.filter(kind__startswith="exemption.").order_by("at", "kind").values_list("kind", "actor")
    assert list(kinds) == [("exemption.confirmed", colleague.id), ("exemption.recorded", world.office.id)]


def test_an_exemption_is_never_a_consent(
    world: World, written: Exemption, father: User, colleague: User, signed_in: SignIn
) -> None:
    """LAW 2, 3."""
    decide(signed_in, colleague, written, "confirm")
    assert not ConsentEvent.objects.filter(guardian=father).exists()


def test_a_dropped_one_is_worth_nothing(world: World, written: Exemption, signed_in: SignIn) -> None:
    assert "Dropped." in decide(signed_in, world.office, written, "drop")
    assert status_of(written) == "dropped"


def test_it_ends_when_the_guardian_is_found(
    world: World, written: Exemption, colleague: User, signed_in: SignIn
) -> None:
    """LAW 2, 10."""
    decide(signed_in, colleague, written, "confirm")
    said = {"act": "end_exemption", "exemption": str(written.id)}
    page = f"/office/students/{world.willing.person.id}/consent/"
    pages = [signed_in(world.office).post(page, said, follow=True).content.decode() for _ in range(2)]
    assert "This guardian has to be told like any other." in pages[0]
    assert "This has ended already." in pages[1]
    assert status_of(written) == "ended"


@pytest.mark.parametrize("confirmed", [True, False])
def test_it_ends_when_the_guardian_joins_by_a_letter(
    world: World, written: Exemption, father: User, colleague: User, confirmed: bool
) -> None:
    """LAW 2."""
    if confirmed:
        exemptions.confirm(exemption=written, by=colleague, at=AT)
    code = letters.issue(guardian=father, school=world.school, by=world.office, at=AT)
    bonds.join(letter=letters.find(code, AT), email="father@home.example", at=AT + timedelta(minutes=1))
    assert status_of(written) == ("ended" if confirmed else "dropped")


def test_only_who_has_to_be_told_can_be_exempted(world: World) -> None:
    carer = guardians.name(
        student=world.willing.person, name="Au Pair", responsible=False, by=world.office, at=AT
    ).guardian
    for guardian, reason in ((carer, "no_reason_needed"), (world.refusing.parent, "not_theirs")):
        with pytest.raises(Refused, match="not_a_parent"):
            exemptions.record(student=world.willing.person, guardian=guardian, reason=reason, by=world.office, at=AT)
    with pytest.raises(Refused, match="no_reason"):
        exemptions.record(
            student=world.willing.person, guardian=world.willing.parent, reason=" ", by=world.office, at=AT
        )


def test_a_parent_in_the_office_exempts_nobody(world: World, father: User, colleague: User) -> None:
    people.name_guardian(student=world.willing.person, guardian=colleague, at=AT)
    with pytest.raises(Refused, match="own_child"):
        exemptions.record(student=world.willing.person, guardian=father, reason=WHY, by=colleague, at=AT)
    assert addresses.current(father) is None


def test_the_database_itself_refuses_an_exemption_by_one(written: Exemption) -> None:
    """LAW 2."""
    with pytest.raises(IntegrityError, match="exemption_takes_two_staff"), transaction.atomic():
        Exemption.objects.update(status="confirmed", decided_by=written.recorded_by, decided_at=AT)
