"""How what ended at the school ends again in a restored database: cards, guardianships, addresses, roles."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from campus import outbox, people, presence
from campus.models import ContactRestriction, Credential, Guardianship, Person, Role, SignInAddress, User
from campus.replaying import replays
from campus.tombstones import Line


@replays("card.revoked")
def revoke_card(line: Line, at: datetime) -> None:
    """Revoke the card that was revoked. One that was made since the dump is unknown here, and opens nothing."""
    Credential.objects.filter(id=line.subject, revoked_at__isnull=True).update(revoked_at=line.at)


@replays("card.revived")
def revive_card(line: Line, at: datetime) -> None:
    """Let a card be good again that was revoked by mistake, unless its holder has another one here."""
    card = Credential.objects.filter(id=line.subject).first()
    if card is None:
        return
    presence.lock(card.person_id)
    if not Credential.objects.filter(person=card.person_id, revoked_at__isnull=True).exists():
        Credential.objects.filter(id=card.id).update(revoked_at=None)


@replays("guardianship.ended")
def end_guardianship(line: Line, at: datetime) -> None:
    """End a guardianship that was ended; the permit follows."""
    bonds = Guardianship.objects.filter(
        student=line.subject, guardian=line.ids["guardian"], ended_at__isnull=True, began_at__lte=line.at
    )
    student = Person.objects.select_related("school").filter(id=line.subject).first()
    if student is not None and bonds.update(ended_at=line.at):
        outbox.owe(people.GUARDIANS_CHANGED, school=student.school, subject=student.id, at=at)


@replays("address.ended")
def end_address(line: Line, at: datetime) -> None:
    """End an address that somebody no longer signs in by. The one after it is lost: the next comes by a letter."""
    address = SignInAddress.objects.filter(id=line.subject, ended_at__isnull=True).first()
    if address is not None:
        SignInAddress.objects.filter(id=address.id).update(ended_at=line.at)
        User.objects.filter(id=address.user_id, email__iexact=address.email).update(email="")


@replays("role.ended")
def end_role(line: Line, at: datetime) -> None:
    """Take a role from a member of staff from whom it was taken."""
    Role.objects.filter(school=line.school, user=line.ids["user"], kind=line.ids["role"]).delete()


@replays("restriction.recorded")
def restrict_again(line: Line, at: datetime) -> None:
    """Hide a child's whereabouts from a guardian again. The order's own words are in its file, not in the log."""
    student = Person.objects.select_related("school").filter(id=line.subject).first()
    if student is None:
        return
    guardian = guardian_of(line, student)
    if not ContactRestriction.objects.filter(student=student, guardian=guardian, ended_at__isnull=True).exists():
        ContactRestriction.objects.create(
            id=line.ids["restriction"],
            school=student.school,
            student=student,
            guardian=guardian,
            order="Restored: look into the court’s order",
            recorded_by=user_of(line.ids["by"]),
            recorded_at=line.at,
        )


@replays("restriction.ended")
def end_restriction(line: Line, at: datetime) -> None:
    """End a restriction that was ended."""
    standing = ContactRestriction.objects.filter(id=line.ids["restriction"], ended_at__isnull=True)
    if standing.exists():
        standing.update(ended_by=user_of(line.ids["by"]), ended_at=line.at)


def guardian_of(line: Line, student: Person) -> User:
    """Return the guardian whom a line names. One who came after the dump is put back, without the name that it lacks.

    Otherwise a No would be lost, or nobody could ever lift it.
    """
    user = user_of(line.ids["guardian"])
    if not Guardianship.objects.filter(student=student, guardian=user).exists():
        people.name_guardian(student=student, guardian=user, at=line.at)
    return user


def user_of(user_id: int) -> User:
    """Return a user by number; one who came after the dump is put back, able to do nothing."""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        user = User(id=user_id, name=f"Restored {user_id}")
        user.set_unusable_password()
        user.save(force_insert=True)
        with connection.cursor() as cursor:  # Or a new user would be given this number.
            numbers = "pg_get_serial_sequence('campus_user', 'id')::regclass"
            cursor.execute(
                f"SELECT setval({numbers}, %s) WHERE %s > coalesce(pg_sequence_last_value({numbers}), 0)",
                [user_id, user_id],
            )
    return user
