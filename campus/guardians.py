"""What the office does about guardians: name one, end a guardianship. Who may, and in which words it is refused.

A guardian is named by name only. The address comes from the guardian, with the code on a letter
(`campus.letters`, `campus.addresses`): nobody at the school can choose where a family's codes are sent.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campus import audit, calendar, outbox, people, presence, tombstones
from campus.models import ContactRestriction, Guardianship, Person, Role, School, User

LONGEST_NAME = 200
OF_AGE = 18
"""From then on a student's data is told to the student, and to guardians no more."""
WORDS = {
    "not_office": _("Only the school office does this."),
    "own_child": _("You are a guardian of this child. Please ask a colleague to do this."),
    "same_person": _("The second person must be somebody else. Please ask a colleague to confirm it."),
    "no_dropped_by_another": _("Only a colleague drops a no that you typed in, and no guardian of the child."),
    "no_waits": _("A no of this guardian waits already. A colleague confirms or drops it first."),
    "no_name": _("Type the guardian’s name."),
    "no_responsibility": _("Choose whether this person holds parental responsibility."),
    "no_works_as": _("Choose whether this person works at the school."),
    "not_staff": _("This is no member of staff of the school."),
    "long_name": _("A name has at most 200 letters."),
    "no_scan": _("A yes needs the scan of the signed slip. Choose the file."),
    "scan_too_large": _("The file is larger than 5 MB. Scan the slip again, smaller, in grey."),
    "scan_of_another_kind": _("This file is neither a PDF nor a JPEG or PNG picture. Choose another."),
    "scan_not_seen": _("Open the scan and compare it first. Then confirm."),
    "not_a_guardian": _("This person is no guardian of the student."),
    "no_reason": _("Write down why."),
    "not_standing": _("This has ended already."),
    "no_order": _("Write down the court and the number of the order."),
    "long_order": _("At most 200 letters: the court and the number are enough."),
    "not_officer": _("The data protection officer does this."),
    "not_a_parent": _("Choose somebody who holds parental responsibility: nobody else has to be told."),
    "too_young": _("The student is not old enough to answer alone, or no date of birth is written."),
    "not_waiting": _("This has been decided already."),
    "letter_unknown": _(
        "This code is not known. Look at the letter again; only the latest letter works, and only once."
    ),
    "letter_expired": _("This code is too old. Please ask the school office for a new letter."),
    "letter_of_another": _("This letter is for somebody else."),
    "has_address": _("An e-mail address is linked already. Sign in with it; you can change it there."),
    "has_answered": _(
        "You have answered on paper before. Please use an address of your own, or ask the school office."
    ),
    "shared_staff": _(
        "This is also the address of a member of staff, so it cannot answer for a family. Please use another."
    ),
    "shared_student": _("This is also a student’s address, so it cannot answer for a family. Please use another."),
    "shared_guardian": _("Another guardian uses this address. Each guardian needs an address of their own."),
    "two_schools": _(
        "This guardian has a child at another school too, so no one school changes the address on paper. The guardian "
        "changes it on the own page, with a code from the old address."
    ),
    "unconfirmed": _("Your new address has to be confirmed first, by the code of a letter from your first school."),
    "same_address": _("This is the address that is linked now."),
    "no_address_yet": _("No address is linked yet. Print a letter: the guardian links one with its code."),
    "no_address": _("Type an e-mail address, such as name@example.com."),
}


TELL_OF_NAMING = "guardian.tell_of_naming"
"""The outbox's topic; its subject is the student's id, and each guardian there was before gets a row."""

TELL_OF_CARER = "guardian.tell_of_carer"
TELL_OF_ENDING = "guardian.tell_of_ending"
TELL_OF_AGE = "guardian.tell_of_age"
"""Their subject too is the student's id: what one of the office wrote alone, and who answers for a child by it."""


class Refused(Exception):
    """An action about a guardian or an address isn't done; `words` say why to a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def words(self) -> str:
        return str(WORDS[self.reason])


@transaction.atomic
def name(*, student: Person, name: str, responsible: bool, by: User, at: datetime) -> Guardianship:
    """Name a new guardian of a student. Nobody can sign in as them until a letter's code has bound an address."""
    check_office(by, student)
    check_name(name)
    guardian = User.objects.create_user(name=name.strip())
    _tell_the_others(student, guardian, responsible, at)
    return people.name_guardian(student=student, guardian=guardian, responsible=responsible, by=by, at=at)


@transaction.atomic
def name_student(*, student: Person, by: User, at: datetime) -> Guardianship:
    """Let a student have a sign-in to answer alone by: `enrollment.bonds` asks whether the student is old enough."""
    check_office(by, student)
    presence.lock(student.id)
    bonds = Guardianship.objects.filter(student=student, capacity=Guardianship.Capacity.STUDENT, ended_at__isnull=True)
    found = bonds.first()
    if found is not None:
        return found
    own = User.objects.create_user(name=student.name)
    bond = Guardianship.objects.create(
        school=student.school, student=student, guardian=own, capacity=Guardianship.Capacity.STUDENT, began_at=at
    )
    tell_all(TELL_OF_AGE, student, at)
    outbox.owe(people.GUARDIANS_CHANGED, school=student.school, subject=student.id, at=at)
    audit.record("guardian.student", school=student.school, subject=student.id, actor=by, at=at, guardian=own.id)
    return bond


@transaction.atomic
def name_again(*, student: Person, guardian: User, responsible: bool, by: User, at: datetime) -> Guardianship:
    """Name somebody who is a guardian at this school already, such as of a brother or sister."""
    check_office(by, student)
    if people.is_same_human(by, guardian) or guardian not in of_school(student.school):
        raise Refused("not_office")
    if not people.is_guardian(guardian, student):
        _tell_the_others(student, guardian, responsible, at)
    return people.name_guardian(student=student, guardian=guardian, responsible=responsible, by=by, at=at)


@transaction.atomic
def say_works_as(*, guardian: User, staff: User | None, school: School, by: User, at: datetime) -> None:
    """Say by which sign-in a guardian works at the school, or that there is none.

    A member of staff signs in as a parent with another address than at work. With this link the one sign-in may
    do no more about the child than the other.
    """
    check_office_about(by, guardian, school)
    if staff is not None and (staff == guardian or staff not in people.staff_of(school)):
        raise Refused("not_staff")
    if guardian.works_as != staff:
        User.objects.filter(id=guardian.id).update(works_as=staff)
        guardian.works_as = staff
        told = {"guardian": guardian.id, "works_as": staff.id if staff else None}
        audit.record("guardian.works_as", school=school, subject=None, actor=by, at=at, **told)


@transaction.atomic
def end(*, bond: Guardianship, by: User, at: datetime) -> bool:
    """End a guardianship and tell whether it was alive. What the guardian answered stays written."""
    check_office(by, bond.student)
    if not Guardianship.objects.filter(id=bond.id, ended_at__isnull=True).update(ended_at=at):
        return False
    tell_all(TELL_OF_ENDING, bond.student, at, bond.guardian)
    outbox.owe(people.GUARDIANS_CHANGED, school=bond.school, subject=bond.student_id, at=at)
    tombstones.owe("guardianship.ended", school=bond.school, subject=bond.student_id, at=at, guardian=bond.guardian_id)
    audit.record(
        "guardian.ended", school=bond.school, subject=bond.student_id, actor=by, at=at, guardian=bond.guardian_id
    )
    return True


def is_restricted(guardian: User, student: Person) -> bool:
    """Tell whether a court keeps a guardian from knowing where the child is: `campus.restrictions`."""
    return ContactRestriction.objects.filter(guardian=guardian, student=student, ended_at__isnull=True).exists()


def check_name(name: str) -> None:
    """Refuse what can't be a guardian's name."""
    if not name.strip():
        raise Refused("no_name")
    if len(name.strip()) > LONGEST_NAME:
        raise Refused("long_name")


def check_office(by: User, student: Person) -> None:
    """Refuse whoever isn't of the office of the student's school, or is a guardian of the student."""
    if not people.has_role(by, student.school, Role.Kind.OFFICE):
        raise Refused("not_office")
    if people.is_own_child(by, student):
        raise Refused("own_child")


def check_office_or_officer(by: User, student: Person) -> None:
    """Refuse whoever is neither of the office nor the protection officer, or is a guardian of the student."""
    if not people.has_role(by, student.school, Role.Kind.OFFICE, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_office")
    if people.is_own_child(by, student):
        raise Refused("own_child")


def check_office_about(by: User, guardian: User, school: School) -> None:
    """Refuse whoever isn't of the office, or is the guardian, or shares a child with the guardian at this school."""
    if people.is_same_human(by, guardian):
        raise Refused("own_child")
    for student in students_of(guardian, school):
        check_office(by, student)
    if not people.has_role(by, school, Role.Kind.OFFICE):
        raise Refused("not_office")


def students_of(guardian: User, school: School | None = None) -> list[Person]:
    """Return a guardian's children now, of one school or of all."""
    bonds = Guardianship.objects.filter(guardian=guardian, ended_at__isnull=True)
    bonds = bonds.filter(school=school) if school else bonds
    return [bond.student for bond in bonds.select_related("student__school").order_by("student__name")]


def of_student(student: Person) -> QuerySet[User]:
    """Return a student's guardians now."""
    return User.objects.filter(guardianships__student=student, guardianships__ended_at__isnull=True).order_by("id")


def to_be_told(student: Person, at: datetime, *, carers: bool = True) -> QuerySet[User]:
    """Return whom the school writes to about a student: the guardians, until the student is of age."""
    told = set(Guardianship.Capacity.values)
    if people.is_aged(student, OF_AGE, calendar.local_date(student.school, at)):
        told = {Guardianship.Capacity.STUDENT.value}
    if not carers:
        told.discard(Guardianship.Capacity.CARER.value)
    bonds = {"guardianships__student": student, "guardianships__ended_at__isnull": True}
    return User.objects.filter(**bonds, guardianships__capacity__in=told).order_by("id")


def of_school(school: School) -> QuerySet[User]:
    """Return the guardians of a school's students now."""
    return User.objects.filter(guardianships__school=school, guardianships__ended_at__isnull=True).distinct()


def tell_all(topic: str, student: Person, at: datetime, *others: User) -> None:
    """Owe each guardian who has an address, and others, a mail about what one of the office wrote alone."""
    for user in {*of_student(student), *others}:
        if user.email:
            outbox.owe(topic, school=student.school, subject=student.id, to=user, at=at)


def _tell_the_others(student: Person, guardian: User, responsible: bool, at: datetime) -> None:
    """Owe each guardian who has an address a mail about a new one: one worker named them, and said as what."""
    for other in of_student(student).exclude(email="").exclude(id=guardian.id):
        topic = TELL_OF_NAMING if responsible else TELL_OF_CARER
        outbox.owe(topic, school=student.school, subject=student.id, to=other, at=at)
