"""A sitting at the enrolment desk as its people have it: two browsers, and what the student says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.test import Client

from campus.models import User
from tests.personas import Pupil, World


@dataclass(frozen=True)
class Desk:
    """The operator and the witness of one school, each signed in in a browser of their own."""

    operator: Client
    witness: Client

    def page(self, pupil: Pupil) -> str:
        """Return the desk's page as it stands."""
        return str(self.operator.get(url(pupil)).content.decode())

    def begin(self, pupil: Pupil, card: str | None = None, **said: str) -> Any:
        """Scan a card, the student's own where none is given."""
        return self.operator.post(url(pupil) + "begin/", {"card": pupil.card if card is None else card, **said})

    def code(self, pupil: Pupil) -> str:
        """Return what the operator's screen shows to the witness."""
        return marked(r'id="witness-code">([A-Z-]+)<', self.page(pupil))

    def confirm(self, pupil: Pupil) -> Any:
        """Let the witness type the code."""
        return self.witness.post("/office/witness/", {"code": self.code(pupil)})

    def answer(self, pupil: Pupil, said: str) -> Any:
        """Let the student press a button."""
        return self.operator.post(url(pupil) + "answer/", {"answer": said})

    def sit(self, pupil: Pupil) -> str:
        """Bring a sitting to where pictures are taken, and return the nonce that the page has."""
        assert self.begin(pupil).status_code == 302
        assert self.confirm(pupil).status_code == 200
        assert self.answer(pupil, "yes").status_code == 302
        return marked(r'data-nonce="(\w+)"', self.page(pupil))


def desk_of(world: World, signed_in: Callable[[User], Client]) -> Desk:
    """Return the desk of a world: its office operates, its teacher is the witness."""
    return Desk(signed_in(world.office), signed_in(world.teacher))


def url(pupil: Pupil) -> str:
    """Return the address of the desk for a student."""
    return f"/office/students/{pupil.person.id}/enroll/"


def marked(pattern: str, page: str) -> str:
    """Return what a page shows at a marked place."""
    found = re.search(pattern, page)
    assert found, "the page does not show it"
    return found[1]
