"""Whom the school writes to about a student: the guardians until the student is of age, then the student."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from campus import addresses, guardians
from campus.models import Guardianship, Outbox, Person, User
from enrollment import card_bound, consent, disclosure_mail, notifications, references, reminders
from enrollment.models import Disclosure, DisclosureStudent, Permit, Receipt, Reference, Reminder
from tests import noticing
from tests.drawn import enroll
from tests.personas import AT, World, tell

OF_AGE = AT.date().replace(year=AT.year - 18)


@pytest.fixture
def grown(world: World) -> User:
    """The own sign-in of a student who comes of age today, told and agreed long ago; the parent is still named."""
    student, known = world.willing.person, AT - timedelta(days=30)
    own = User.objects.create_user(name="Willing")
    bond = {"school": world.school, "student": student, "guardian": own}
    Guardianship.objects.create(capacity="student", began_at=known, **bond)
    tell(student, own, at=known)
    addresses.bind_known(guardian=own, email="willing@students.hillside.example", at=known)
    Person.objects.filter(id=student.id).update(born_on=OF_AGE)
    student.refresh_from_db()
    return own


def told(student: Person) -> set[User]:
    return {receipt.guardian for receipt in Receipt.objects.filter(student=student, destroyed=True)}


def test_parents_are_written_to_until_the_birthday_itself(world: World, grown: User) -> None:
    """LAW 31."""
    student, parent = world.willing.person, world.willing.parent
    assert set(guardians.to_be_told(student, AT - timedelta(days=1))) == {grown, parent}
    assert set(guardians.to_be_told(student, AT)) == {grown}


def test_what_somebody_of_age_does_is_told_to_nobody_else(world: World, grown: User) -> None:
    """LAW 31: the enrolment, the withdrawal and its receipt are the student's own."""
    student = world.willing.person
    consent.give(student=student, guardian=grown, notice=world.notice, at=AT - timedelta(minutes=5))
    enroll(student, operator=world.office, at=AT)
    assert {row.recipient for row in Outbox.objects.filter(topic=references.TELL_GUARDIAN)} == {grown}
    consent.withdraw(student=student, guardian=grown, at=AT + timedelta(minutes=5))
    assert not Reference.objects.filter(student=student).exists()
    assert told(student) == {grown}


def test_a_reference_that_a_card_ends_is_told_to_the_student_alone(world: World, grown: User) -> None:
    """LAW 31."""
    student = world.willing.person
    consent.give(student=student, guardian=grown, notice=world.notice, at=AT - timedelta(minutes=5))
    reference = enroll(student, operator=world.office, at=AT)
    card = student.credentials.get(revoked_at__isnull=True)
    Reference.objects.filter(id=reference.id).update(card=card)
    type(card).objects.filter(id=card.id).update(revoked_at=AT)
    assert card_bound.end_useless(AT) == 1
    assert told(student) == {grown}


def test_that_coming_of_age_ended_it_is_the_last_that_parents_hear(world: World) -> None:
    """LAW 7, 31: what they agreed to has ended, and they are told so."""
    student = world.willing.person
    enroll(student, operator=world.office, at=AT)
    Person.objects.filter(id=student.id).update(born_on=OF_AGE)
    consent.reconcile(student=student, at=AT)
    receipt = Receipt.objects.get(student=student, destroyed=True)
    assert (receipt.guardian, receipt.cause) == (world.willing.parent, "of_age")


def test_no_parent_is_reminded_or_sent_a_notice_about_somebody_of_age(world: World, grown: User) -> None:
    """LAW 2, 31."""
    student, parent = world.willing.person, world.willing.parent
    consent.give(student=student, guardian=grown, notice=world.notice, at=AT)
    ends = Permit.objects.get(student=student, live=True).expires_at
    reminders.owe_all(ends - timedelta(days=7))
    assert {row.guardian for row in Reminder.objects.filter(student=student)} == {grown}
    noticing.changed(world.school, AT, necessity="We changed our mind.")
    untold = {bond.guardian for bond in notifications.untold(world.school, "gate_access", AT)}
    assert grown in untold
    assert parent not in untold
    assert world.refusing.parent in untold


def test_a_mail_about_two_names_only_the_one_who_is_not_of_age(world: World, grown: User) -> None:
    """LAW 31, 37."""
    parent = world.willing.parent
    Guardianship.objects.create(
        school=world.school, student=world.refusing.person, guardian=parent, capacity="parent", began_at=AT
    )
    known = {"asker": "police", "asked_by": "Police", "asked_on": AT.date(), "wish": "All", "recorded_at": AT}
    asked = Disclosure.objects.create(school=world.school, recorded_by=world.office, **known)
    for pupil in (world.willing, world.refusing):
        DisclosureStudent.objects.create(school=world.school, disclosure=asked, student=pupil.person)
    disclosure_mail.send(asked.id, parent, at=AT)
    (letter,) = mail.outbox
    assert world.refusing.person.display_name in str(letter.body)
    assert world.willing.person.display_name not in str(letter.body)
