"""What guardians and the office do about letters and addresses, for the tests that need it done."""

from __future__ import annotations

from datetime import datetime

from django.test import Client

from campus import addresses, guardians, letters
from campus.models import Person, User
from enrollment.models import Permit
from tests.mailed import code_sent_to
from tests.personas import AT, World

NEW = "new@home.example"


def named(world: World, student: Person | None = None, name: str = "Second Parent") -> User:
    """Name a guardian without an address, of the unanswered pupil where no other is given."""
    student = student or world.unanswered.person
    return guardians.name(student=student, name=name, responsible=True, by=world.office, at=AT).guardian


def letter_for(world: World, guardian: User, at: datetime = AT) -> str:
    """Print a letter and return its code."""
    return letters.issue(guardian=guardian, school=world.school, by=world.office, at=at)


def join(client: Client, code: str, email: str) -> str:
    """Go the whole way of the letter and return the last page."""
    response = client.post("/family/join/", {"letter": code, "email": email}, follow=True)
    if "Link my address" not in response.content.decode():
        return response.content.decode()
    return client.post("/family/join/code/", {"code": code_sent_to(email)}, follow=True).content.decode()


def has_permit(student: Person) -> bool:
    """Tell whether the student's face may be compared."""
    return Permit.objects.filter(student=student, live=True, compare=True).exists()


def change_on_paper(world: World, guardian: User, colleague: User, email: str = NEW, at: datetime = AT) -> None:
    """Change an address on paper, by the office and a colleague."""
    change = addresses.record_on_paper(guardian=guardian, school=world.school, email=email, by=world.office, at=at)
    addresses.make_on_paper(change=change, by=colleague, at=at)
    guardian.refresh_from_db()
