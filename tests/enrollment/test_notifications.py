"""Who was told of which notice: by letter, by mail, on the page, once each; and who is still to be told."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from campus import addresses, outbox, people
from campus.models import Guardianship, Outbox, Person, User
from enrollment import notices, notifications
from enrollment.models import Exemption, Notification, Purpose
from tests import noticing
from tests.personas import AT, SignIn, World

LATER = AT + timedelta(hours=1)


def ways(world: World, guardian: User, version: int = 2) -> list[str]:
    rows = Notification.objects.filter(school=world.school, guardian=guardian, version=version).order_by("id")
    return [row.method for row in rows]


def settle() -> None:
    import_module("enrollment.tasks")  # As the worker does: it knows the effects.
    for _ in range(3):  # A mail to everybody is owed by what is owed first.
        outbox.settle(at=LATER)


def untold(world: World) -> set[User]:
    return {bond.guardian for bond in notifications.untold(world.school, Purpose.GATE_ACCESS, AT)}


def another_parent(world: World, *, email: str = "", responsible: bool = True) -> User:
    parent = User.objects.create_user(name="Another Parent")
    people.name_guardian(student=world.willing.person, guardian=parent, at=AT, responsible=responsible)
    if email:
        addresses.bind_known(guardian=parent, email=email, at=AT)
    return parent


# ------------------------------------------------------------ by mail


def test_a_material_notice_is_mailed_to_every_guardian_who_holds_responsibility(world: World) -> None:
    """LAW 2."""
    another_parent(world)
    carer = another_parent(world, email="carer@families.example", responsible=False)
    noticing.changed(world.school, AT, necessity="We changed our mind.")
    settle()
    told = {pupil.parent.email for pupil in world.pupils.values()}
    letters = [letter for letter in mail.outbox if "We changed our mind." in str(letter.body)]
    assert {letter.to[0] for letter in letters} == told
    assert len(letters) == len(told)
    assert ways(world, world.willing.parent) == ["mail"]
    assert ways(world, carer) == []


def test_a_mail_says_what_the_school_intends_and_that_it_can_be_objected_to(world: World) -> None:
    """LAW 2."""
    noticing.changed(world.school, AT, necessity="We changed our mind.")
    settle()
    (letter,) = [one for one in mail.outbox if one.to == [world.unanswered.parent.email]]
    words = str(letter.body)
    assert "The school intends" in words
    assert "You can object in writing" in words
    assert world.notice.words["rights"] in words
    assert "http" not in words, "a mail has no link that somebody could forge"


def test_who_has_answered_reads_in_the_mail_what_changed_since(world: World) -> None:
    """LAW 10."""
    noticing.changed(world.school, AT, necessity="We changed our mind.")
    settle()
    letters = {letter.to[0]: letter for letter in mail.outbox}
    answered, silent = letters[world.willing.parent.email], letters[world.unanswered.parent.email]
    assert "[+We changed our mind+]" in str(answered.body) or "[-" in str(answered.body)
    assert "It is not what you answered before." in str(answered.body)
    assert isinstance(answered, mail.EmailMultiAlternatives)
    assert "<ins>" in str(answered.alternatives[0][0])
    assert "It is not what you answered before." not in str(silent.body)


def test_nobody_is_mailed_twice(world: World) -> None:
    noticing.changed(world.school, AT, necessity="We changed our mind.")
    for _ in range(2):
        notifications.owe_mails(world.school, AT)
        settle()
        notifications.mail_notice(notices.versions(world.school, "gate_access")[0].id, world.willing.parent, at=AT)
    assert len([one for one in mail.outbox if one.to == [world.willing.parent.email]]) == 1


def test_better_words_alone_are_mailed_to_nobody(world: World) -> None:
    noticing.changed(world.school, AT, material=False, necessity="The same in better words.")
    settle()
    assert not [one for one in mail.outbox if "better words" in str(one.body)]
    assert untold(world) == set()


def test_a_new_guardian_is_told_once_an_address_is_linked(world: World) -> None:
    """LAW 2, 10."""
    parent = another_parent(world)
    settle()
    assert ways(world, parent, 1) == []
    assert untold(world) == {parent}
    addresses.bind_known(guardian=parent, email="new@families.example", at=AT)
    settle()
    assert ways(world, parent, 1) == ["mail"]
    assert untold(world) == set()


def test_a_guardian_of_two_children_gets_one_mail_about_both(world: World) -> None:
    people.name_guardian(student=world.unanswered.person, guardian=world.willing.parent, at=AT)
    Outbox.objects.all().delete()
    noticing.changed(world.school, AT)
    settle()
    (letter,) = [one for one in mail.outbox if one.to == [world.willing.parent.email]]
    assert world.willing.person.name in str(letter.body)
    assert world.unanswered.person.name in str(letter.body)
    assert len(ways(world, world.willing.parent)) == 2


# ------------------------------------------------------------ on the page, by letter


def test_who_opens_the_notice_on_the_page_has_been_told(world: World, signed_in: SignIn) -> None:
    """LAW 2."""
    noticing.changed(world.school, AT, necessity="We changed our mind.")
    parent, page = world.willing.parent, f"/family/{world.willing.person.id}/answer/"
    browser = signed_in(parent)
    words = browser.get(page).content.decode()
    browser.get(page)
    assert ways(world, parent) == ["web"]
    assert notifications.told_at(world.willing.person, parent, "gate_access", 2) == AT
    assert "What has changed since you answered" in words
    assert "<ins>" in words
    assert "<del>" in words


def test_a_letter_names_the_intention_and_the_right_to_object(world: World, signed_in: SignIn) -> None:
    """LAW 2: Protection of Freedoms Act 2012, ss. 26 and 27."""
    parent = another_parent(world)
    page = f"/office/students/{world.willing.person.id}/guardians/letter/"
    words = signed_in(world.office).post(page, {"guardian": parent.id}).content.decode()
    assert "The school intends to measure your child’s face" in words
    assert "You have the right to object in writing" in words
    assert world.notice.words["rights"] in words
    row = Notification.objects.get(guardian=parent)
    assert (row.method, row.by, row.version, row.at) == ("letter", world.office, 1, AT)
    assert untold(world) == set()


def test_being_told_of_an_earlier_version_is_not_being_told_of_this(world: World) -> None:
    noticing.changed(world.school, AT)
    assert notifications.told_at(world.willing.person, world.willing.parent, "gate_access", 2) is None
    told = notifications.told_at(world.willing.person, world.willing.parent, "gate_access", 1)
    assert told is not None
    assert told < AT
    assert untold(world) == {pupil.parent for pupil in world.pupils.values()}


def test_nobody_can_change_that_somebody_was_told(world: World) -> None:
    """LAW 35."""
    row = Notification.objects.filter(guardian=world.willing.parent)
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        row.update(at=AT)


# ------------------------------------------------------------ who is still to be told


def test_the_office_sees_who_was_not_told_and_needs_a_letter(world: World, signed_in: SignIn) -> None:
    """LAW 2."""
    parent = another_parent(world)
    office = signed_in(world.office)
    assert "1 guardian has not been told yet" in office.get("/office/today/").content.decode()
    words = office.get("/office/not-told/").content.decode()
    assert parent.name in words
    assert "No address: print a letter" in words
    assert world.willing.parent.name not in words


def test_who_is_exempted_left_or_only_cares_need_not_be_told(world: World) -> None:
    """LAW 2."""
    parent = another_parent(world)
    another_parent(world, responsible=False)
    exemption = Exemption.objects.create(
        school=world.school,
        student=world.willing.person,
        guardian=parent,
        reason="Nobody knows where",
        recorded_by=world.office,
        recorded_at=AT,
    )
    assert untold(world) == {parent}, "one alone exempts nobody"
    Exemption.objects.filter(id=exemption.id).update(status="confirmed", decided_by=world.teacher, decided_at=AT)
    assert untold(world) == set()
    noticing.changed(world.school, AT)
    Person.objects.update(left_on=AT.date())
    assert untold(world) == set()
    assert Guardianship.objects.filter(ended_at__isnull=True).count() == 7
