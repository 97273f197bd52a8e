"""The addresses by which guardians sign in: bound once by a letter, changed only with proof, never shared.

A change is confirmed from the old address, or comes on paper and takes two of the office. The old address is
told in either case. After a change on paper a Yes doesn't count until the guardian types the code of another
letter (`confirm`); changing on from such an address doesn't confirm anything.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from campus import audit, guardians, letters, outbox, people, tombstones
from campus.guardians import Refused
from campus.models import (
    AddressChange,
    ContactRestriction,
    Guardianship,
    LetterCode,
    Person,
    Role,
    School,
    SignInAddress,
    User,
)

TELL_OLD_ADDRESS = outbox.mailing("address.tell_old")
"""The outbox's topic; its subject is the id of the address that ended."""

How = SignInAddress.How


def current(user: User) -> SignInAddress | None:
    """Return the address that a user signs in by, if it was bound by an action here."""
    return SignInAddress.objects.filter(user=user, ended_at__isnull=True).first()


def is_confirmed(user: User) -> bool:
    """Tell whether a Yes through a user's address counts."""
    address = current(user)
    return address is None or address.confirmed_at is not None


def check_private(email: str, *, user: User, school: School) -> None:
    """Refuse an address that a member of staff, another student or another guardian of a school has too."""
    if not email:
        raise Refused("no_address")
    known = Person.objects.filter(school=school, email__iexact=email)
    staff = Role.objects.filter(school=school, user__email__iexact=email)
    if staff.exists() or known.filter(kind=Person.Kind.STAFF).exists():
        raise Refused("shared_staff")
    own = Guardianship.objects.filter(guardian=user, ended_at__isnull=True, capacity=Guardianship.Capacity.STUDENT)
    if known.filter(kind=Person.Kind.STUDENT).exclude(id__in=own.values("student")).exists():
        raise Refused("shared_student")
    if User.objects.filter(email__iexact=email).exclude(id=user.id).exists():
        raise Refused("shared_guardian")


@transaction.atomic
def bind_known(*, guardian: User, email: str, at: datetime) -> SignInAddress:
    """Bind an address that needs no letter: for the demo school and for tests, from no page."""
    return _bind(guardian, email, How.KNOWN, at, confirmed=True)


@transaction.atomic
def join(*, letter: LetterCode, email: str, at: datetime) -> User:
    """Bind the address whose holder typed the letter's code, and return who signs in by it now.

    Somebody who signs in here already, as the guardian of a child at another school, keeps that sign-in: the
    children of the letter are added to it.
    """
    named = User.objects.select_for_update().get(id=letter.guardian_id)
    if named.email:
        raise Refused("has_address")
    other = User.objects.filter(email__iexact=email).first()
    if other is None:
        check_private(email, user=named, school=letter.school)
        letters.use(letter, by=named, at=at)
        _bind(named, email, How.LETTER, at, confirmed=True)
        return named
    check_private(email, user=other, school=letter.school)
    if not is_confirmed(other):
        raise Refused("unconfirmed")
    is_student = Guardianship.objects.filter(guardian=named, capacity=Guardianship.Capacity.STUDENT).exists()
    if is_student or not other.is_active or other in guardians.of_school(letter.school):
        raise Refused("shared_guardian")
    letters.use(letter, by=other, at=at)
    _hand_over(named, other, letter.school, at)
    return other


@transaction.atomic
def confirm(*, letter: LetterCode, guardian: User, at: datetime) -> None:
    """Confirm an address that was changed on paper: whoever signs in by it holds a letter from the school."""
    if letter.guardian_id != guardian.id:
        raise Refused("letter_of_another")
    letters.use(letter, by=guardian, at=at)
    address = SignInAddress.objects.filter(user=guardian, ended_at__isnull=True, confirmed_at__isnull=True)
    if address.update(confirmed_at=at):
        _record("confirmed", guardian, letter.school, guardian, at)


@transaction.atomic
def change_from_old(*, guardian: User, email: str, at: datetime) -> None:
    """Change the address, now that codes have come back from the old one and from the new one."""
    check_change(guardian, email)
    _change(guardian, email, How.OLD_ADDRESS, guardian, at)


@transaction.atomic
def record_on_paper(*, guardian: User, school: School, email: str, by: User, at: datetime) -> AddressChange:
    """Type in a new address from a signed paper. Nothing changes until a second person confirms it."""
    guardians.check_office_about(by, guardian, school)
    _check_no_other_school(guardian, school)
    check_change(guardian, email)
    AddressChange.objects.filter(guardian=guardian, status=AddressChange.Status.WAITING).update(
        status=AddressChange.Status.DROPPED, decided_at=at, decided_by=by
    )
    change = AddressChange.objects.create(
        school=school, guardian=guardian, email=email.lower(), recorded_by=by, recorded_at=at
    )
    _record("on_paper", guardian, school, by, at, change=str(change.id))
    return change


@transaction.atomic
def make_on_paper(*, change: AddressChange, by: User, at: datetime) -> None:
    """Make the change that a colleague typed in. A Yes counts again when a new letter's code has come back."""
    guardians.check_office_about(by, change.guardian, change.school)
    if by == change.recorded_by:
        raise Refused("same_person")
    _check_no_other_school(change.guardian, change.school)
    _decide(change, AddressChange.Status.MADE, by, at)
    check_change(change.guardian, change.email)
    _change(change.guardian, change.email, How.PAPER, by, at)


@transaction.atomic
def drop_on_paper(*, change: AddressChange, by: User, at: datetime) -> None:
    """Drop a change that was typed in wrongly. The one who typed it may do that too."""
    guardians.check_office_about(by, change.guardian, change.school)
    _decide(change, AddressChange.Status.DROPPED, by, at)
    _record("change_dropped", change.guardian, change.school, by, at, change=str(change.id))


@transaction.atomic
def speak(*, user: User, language: str, at: datetime) -> None:
    """Write to somebody in another language from now on. Staff get no mails but codes, in the page's language."""
    address = SignInAddress.objects.filter(user=user, ended_at__isnull=True).exclude(language=language)
    if address.update(language=language):
        for school in {student.school for student in guardians.students_of(user)}:
            _record("language_chosen", user, school, user, at, language=language)


def language_of(user: User) -> str:
    """Return the language in which somebody is written to."""
    address = current(user)
    return address.language if address else "en"


def check_change(guardian: User, email: str) -> None:
    """Refuse a new address that is the old one or that somebody else has, at any school of the guardian's."""
    if email.lower() == guardian.email.lower():
        raise Refused("same_address")
    for student in guardians.students_of(guardian):
        check_private(email, user=guardian, school=student.school)
    if User.objects.filter(email__iexact=email).exclude(id=guardian.id).exists():
        raise Refused("shared_guardian")


def _check_no_other_school(guardian: User, school: School) -> None:
    """Refuse one school's paper about a sign-in that answers for children at another school too."""
    if any(student.school_id != school.id for student in guardians.students_of(guardian)):
        raise Refused("two_schools")


def _decide(change: AddressChange, status: AddressChange.Status, by: User, at: datetime) -> None:
    waiting = AddressChange.objects.filter(id=change.id, status=AddressChange.Status.WAITING)
    if not waiting.update(status=status, decided_by=by, decided_at=at):
        raise Refused("not_waiting")


def _change(guardian: User, email: str, how: How, by: User, at: datetime) -> None:
    """End the address before, tell it, and bind the new one. Whoever is signed in as the guardian is signed out.

    An address that nobody has confirmed vouches for none: what follows it is unconfirmed too.
    """
    confirmed = how != How.PAPER and is_confirmed(guardian)
    schools = {student.school for student in guardians.students_of(guardian)}
    old = current(guardian)
    if old is None and guardian.email:
        old = _bind(guardian, guardian.email, How.KNOWN, at, confirmed=True)
    if old is not None:
        SignInAddress.objects.filter(id=old.id).update(ended_at=at)
        for school in sorted(schools, key=lambda one: one.slug)[:1]:
            outbox.owe(TELL_OLD_ADDRESS, school=school, subject=old.id, at=at)
            tombstones.owe("address.ended", school=school, subject=old.id, at=at)
    _bind(guardian, email, how, at, confirmed=confirmed)
    # Sessions are tied to this: none that began by the old address goes on.
    guardian.set_unusable_password()
    guardian.save(update_fields=["password"])
    for school in schools:
        _record("changed", guardian, school, by, at, how=str(how))


def _bind(guardian: User, email: str, how: How, at: datetime, *, confirmed: bool) -> SignInAddress:
    email = email.lower()
    guardian.email = email
    try:
        with transaction.atomic():
            guardian.save(update_fields=["email"])
    except IntegrityError as error:
        raise Refused("shared_guardian") from error
    address = SignInAddress.objects.create(
        user=guardian,
        email=email,
        how=how,
        language=get_language() or "en",
        bound_at=at,
        confirmed_at=at if confirmed else None,
    )
    if how in (How.KNOWN, How.LETTER):
        students = guardians.students_of(guardian)
        for school in {student.school for student in students}:
            _record("bound", guardian, school, guardian, at, how=str(how))
        for student in students:  # Who can be written to now may have something to be told.
            outbox.owe(people.GUARDIANS_CHANGED, school=student.school, subject=student.id, at=at)
    return address


def _hand_over(named: User, other: User, school: School, at: datetime) -> None:
    """Let somebody who signs in here already hold the guardianships of a name that never did."""
    for bond in Guardianship.objects.filter(guardian=named, school=school, ended_at__isnull=True).select_related(
        "student__school"
    ):
        Guardianship.objects.filter(id=bond.id).update(ended_at=at)
        people.name_guardian(
            student=bond.student, guardian=other, responsible=bond.parental_responsibility, by=other, at=at
        )
    # What a court said about the name is said about whoever bears it.
    ContactRestriction.objects.filter(guardian=named, school=school, ended_at__isnull=True).update(guardian=other)
    if named.works_as_id is not None:
        User.objects.filter(id=other.id, works_as__isnull=True).update(works_as=named.works_as_id)
    _record("joined", other, school, other, at, named=named.id)


def _record(what: str, guardian: User, school: School, by: User, at: datetime, **body: str | int) -> None:
    audit.record(f"address.{what}", school=school, subject=None, actor=by, at=at, guardian=guardian.id, **body)
