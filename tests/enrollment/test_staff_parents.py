"""Members of staff with a child at the school: one human with two sign-ins, who stays out of the child's affairs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campus import addresses, guardians, letters
from campus.guardians import Refused
from campus.models import AuditEvent, Role, User
from enrollment import consent, paper, sessions
from tests.personas import AT, SignIn, World, make_school


@pytest.fixture
def mother(world: World, colleague: User) -> User:
    """The office's own sign-in as a parent, with an address that isn't the one at work."""
    parent = world.willing.parent
    guardians.say_works_as(guardian=parent, staff=world.office, school=world.school, by=colleague, at=AT)
    return parent


def name(client: Client, world: World, **said: str) -> Any:
    return client.post(f"/office/students/{world.unanswered.person.id}/guardians/", said, follow=True)


def test_the_sign_in_at_work_may_do_no_more_about_the_child_than_the_parents(world: World, mother: User) -> None:
    student, school, staff = world.willing.person, world.school, world.office
    assert sessions.refusal(student, staff, AT) == "own_child"
    with pytest.raises(Refused, match="own_child"):
        letters.issue(guardian=mother, school=school, by=staff, at=AT)
    with pytest.raises(Refused, match="own_child"):
        paper.record(student=student, guardian=mother, slip=paper.Slip("refused"), by=staff, at=AT)
    with pytest.raises(Refused, match="own_child"):
        addresses.record_on_paper(guardian=mother, school=school, email="x@home.example", by=staff, at=AT)
    with pytest.raises(Refused, match="own_child"):
        guardians.name(student=student, name="Nobody", responsible=True, by=staff, at=AT)
    with pytest.raises(Refused, match="own_child"):
        guardians.say_works_as(guardian=mother, staff=None, school=school, by=staff, at=AT)


def test_neither_is_the_second_person_nor_the_witness(world: World, colleague: User, mother: User) -> None:
    student = world.willing.person
    slip = paper.record(student=student, guardian=mother, slip=paper.Slip("refused"), by=colleague, at=AT)
    with pytest.raises(Refused, match="own_child"):
        paper.confirm(paper=slip, by=world.office, at=AT)
    with pytest.raises(Refused, match="own_child"):
        paper.drop(paper=slip, by=world.office, at=AT, reason="Mine")
    third = User.objects.create_user("third@hillside.example", name="Third")
    Role.objects.create(school=world.school, user=third, kind=Role.Kind.OFFICE)
    paper.drop(paper=slip, by=third, at=AT, reason="The slip is of another child")
    session, reason = sessions.begin(student=student, operator=colleague, card=world.willing.card, came=False, at=AT)
    assert session, reason
    assert sessions.confirm(code=sessions.code_of(session), witness=world.office, at=AT) == (None, "own_child")


def test_the_sign_in_at_work_answers_for_no_family_all_the_same(world: World, mother: User, signed_in: SignIn) -> None:
    with pytest.raises(consent.NotAGuardian):
        consent.give(student=world.willing.person, guardian=world.office, notice=world.notice, at=AT)
    assert signed_in(world.office).get(f"/family/{world.willing.person.id}/").status_code == 404


def test_the_office_is_asked_whether_a_guardian_works_here_and_has_no_answer_by_default(
    world: World, signed_in: SignIn
) -> None:
    office, teacher = signed_in(world.office), world.teacher
    page = name(office, world, name="Teacher at Home", responsible="yes")
    assert (page.status_code, "Choose whether this person works" in page.content.decode()) == (422, True)
    page = name(office, world, name="Teacher at Home", works_as=str(teacher.id))
    assert (page.status_code, "Choose whether this person holds" in page.content.decode()) == (422, True)
    assert not User.objects.filter(name="Teacher at Home").exists()
    form = office.get(f"/office/students/{world.unanswered.person.id}/guardians/").content.decode()
    assert "checked" not in form
    page = name(office, world, name="Teacher at Home", responsible="yes", works_as=str(teacher.id))
    assert "Works here: Teacher" in page.content.decode()
    assert User.objects.get(name="Teacher at Home").works_as == teacher
    assert AuditEvent.objects.filter(kind="guardian.works_as", actor=world.office).exists()


def test_a_guardian_with_the_name_of_a_member_of_staff_is_pointed_out_until_somebody_says_who_it_is(
    world: World, signed_in: SignIn
) -> None:
    office = signed_in(world.office)
    page = name(office, world, name="TEACHER", responsible="no", works_as="nobody").content.decode()
    assert "Same name as a member of staff" in page
    guardian = User.objects.get(name="TEACHER")
    said = {"guardian": str(guardian.id), "works_as": str(world.teacher.id)}
    page_of = f"/office/students/{world.unanswered.person.id}/guardians/works-as/"
    page = office.post(page_of, said, follow=True).content.decode()
    assert "Works here: Teacher" in page
    assert "Same name as" not in page


@pytest.mark.parametrize("who", ["", "x", "9" * 30, "parent", "stranger"])
def test_nobody_but_the_schools_staff_is_said_to_work_there(world: World, signed_in: SignIn, who: str) -> None:
    said = {"parent": str(world.refusing.parent.id)}
    if who == "stranger":
        said = {"stranger": str(make_school(name="Seaview").office.id)}
    page = name(signed_in(world.office), world, name="New", responsible="no", works_as=said.get(who, who))
    assert page.status_code == 422
    assert not User.objects.filter(name="New").exists()


def test_joining_by_an_address_that_signs_in_already_takes_the_link_along(world: World) -> None:
    other = make_school(name="Seaview")
    bond = guardians.name(
        student=other.unanswered.person, name="Willing Parent", responsible=True, by=other.office, at=AT
    )
    guardians.say_works_as(guardian=bond.guardian, staff=other.teacher, school=other.school, by=other.office, at=AT)
    code = letters.issue(guardian=bond.guardian, school=other.school, by=other.office, at=AT)
    joined = addresses.join(letter=letters.find(code, AT), email=world.willing.parent.email, at=AT)
    joined.refresh_from_db()
    assert joined.works_as == other.teacher


def test_the_database_itself_lets_nobody_work_as_themselves(world: World) -> None:
    with pytest.raises(IntegrityError, match="works_as_another"), transaction.atomic():
        User.objects.filter(id=world.office.id).update(works_as=world.office)


def test_the_operator_declares_not_to_be_a_guardian(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.office).get(f"/office/students/{world.willing.person.id}/enroll/").content.decode()
    assert "I am not one of the student’s guardians" in page
