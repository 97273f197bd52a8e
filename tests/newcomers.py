"""A student who comes to the demo school after its rides were planned, so that other tests leave those alone.

The fixture `newcomer` is for the running stack: a family that says yes on its page, an enrolment at the
office's, both over HTTP, and a withdrawal at the end of each module that uses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest

from campus import addresses, cards, clock, people
from campus.models import Group, Person, School, User
from demo import pictures
from demo.callers import Kiosk, Said, Visitor
from gates.demo_school import BEFORE
from tests.personas import tell
from tests.stack_fixture import RunningStack


def admit(school_id: str) -> str:
    """Put a student with a guardian and a card on a school's roll and tell about them as JSON; run inside the stack.

    The guardian was named and told when the demo school told all others, so that a Yes counts at once.
    """
    at, school = clock.now(), School.objects.get(id=school_id)
    told = at - BEFORE
    group = Group.objects.filter(school=school).earliest("name")
    student = people.admit(
        school=school, name="Tam Hoi Ching", kind=Person.Kind.STUDENT, number="newcomer", at=at, group=group
    )
    guardian = User.objects.create_user(name="Guardian of Tam Hoi Ching")
    people.name_guardian(student=student, guardian=guardian, at=told)
    tell(student, guardian, at=told)
    addresses.bind_known(guardian=guardian, email="family-of-newcomer@demo.invalid", at=told)
    card = cards.issue(person=student, by=None, at=at)
    return json.dumps({"id": str(student.id), "name": student.name, "guardian": guardian.email, "card": str(card)})


@dataclass(frozen=True)
class Newcomer:
    """The student, with what a kiosk sees of them."""

    stack: RunningStack
    id: str
    name: str
    guardian: str
    card: str

    @cached_property
    def own_face(self) -> bytes:
        return pictures.probe(self.stack.portraits, "obama")

    @cached_property
    def other_face(self) -> bytes:
        return pictures.probe(self.stack.portraits, "biden")

    @cached_property
    def kiosk(self) -> Kiosk:
        return Kiosk(self.stack.base_url, self.stack.seed["kiosk"]["key"])

    def claim(self) -> str:
        """Show the card, to be told to look."""
        said = self.kiosk.send(credential=self.card)
        assert said.outcome == "look", said
        return said.claim

    def passes(self) -> Said:
        """Show the card and then the face, as an honest student does."""
        return self.kiosk.show(self.card, self.own_face)

    def passes_by_card(self) -> Said:
        """Show the card and decline the camera, which ends the visit: its tries are not those of the next."""
        return self.kiosk.send(credential=self.card, face="declined")


@pytest.fixture(scope="session")
def admitted(stack: RunningStack) -> Newcomer:
    code = "import sys; from tests.newcomers import admit; print(admit(sys.argv[1]))"
    return Newcomer(stack, **json.loads(stack.python(code, stack.seed["school"]["id"])))


@pytest.fixture(scope="module")
def newcomer(stack: RunningStack, admitted: Newcomer) -> Iterator[Newcomer]:
    """A student whose family said yes and who was enrolled a moment ago."""
    emails = {person["role"]: person["email"] for person in stack.seed["sign_ins"]}
    stack.forget_sign_ins()
    guardian = Visitor(stack.base_url, stack.mail).sign_in(admitted.guardian)
    office = Visitor(stack.base_url, stack.mail).sign_in(emails["office"])
    witness = Visitor(stack.base_url, stack.mail).sign_in(emails["witness"])
    guardian.answer(admitted.id, "yes", stack.seed["notice"]["id"])
    photographs = pictures.enrollment_set(stack.portraits, "obama")
    said = office.enroll(admitted.id, photographs, card=admitted.card, witness=witness)
    assert said["state"] == "enrolled", said
    yield admitted
    guardian.withdraw(admitted.id)
    guardian.close()
    witness.close()
    office.close()
