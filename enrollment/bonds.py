"""What happens to consent when guardians and their addresses change: the permits follow in the same transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campus import addresses, guardians
from campus.guardians import Refused
from campus.models import Guardianship, LetterCode, Person, User
from enrollment import ages, consent, exemptions
from enrollment.models import ConsentEvent, Hold, PaperAnswer


@transaction.atomic
def join(*, letter: LetterCode, email: str, at: datetime) -> User:
    """Bind the address whose holder typed a letter's code, and return who signs in by it.

    Where the address signs somebody in already, what the letter's guardian answered on paper couldn't move
    along, so such a guardian needs an address of their own.
    """
    named = letter.guardian
    answered = (
        ConsentEvent.objects.filter(guardian=named).exists()
        or PaperAnswer.objects.filter(guardian=named, status=PaperAnswer.Status.WAITING).exists()
    )
    if answered and User.objects.filter(email__iexact=email).exists():
        raise Refused("has_answered")
    guardian = addresses.join(letter=letter, email=email, at=at)
    if guardian != named:
        Hold.objects.filter(guardian=named, status=Hold.Status.STANDING).update(guardian=guardian)
    _follow(guardian, at)
    return guardian


@transaction.atomic
def confirm_address(*, letter: LetterCode, guardian: User, at: datetime) -> None:
    """Confirm an address that was changed on paper: the Yes answers through it count from now on."""
    addresses.confirm(letter=letter, guardian=guardian, at=at)
    _follow(guardian, at)


@transaction.atomic
def name_student(*, student: Person, by: User, at: datetime) -> Guardianship:
    """Let a student who is old enough have a sign-in of their own."""
    if not ages.answers_alone(student, at):
        raise Refused("too_young")
    return guardians.name_student(student=student, by=by, at=at)


@transaction.atomic
def end_guardianship(*, bond: Guardianship, by: User, at: datetime) -> bool:
    """End a guardianship, and with it whatever rested on that guardian's Yes alone."""
    ended = guardians.end(bond=bond, by=by, at=at)
    consent.reconcile(student=bond.student, at=at)
    return ended


def _follow(guardian: User, at: datetime) -> None:
    for student in sorted(guardians.students_of(guardian), key=lambda one: one.id):  # As all lock several people.
        exemptions.end_for(student=student, guardian=guardian, at=at)  # Whoever comes is found.
        consent.reconcile(student=student, at=at)
