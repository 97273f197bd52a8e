"""What a family is asked: one question a purpose, each on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campus.models import Person
from campus.templatetags.names import isolate
from enrollment import notices, policies
from enrollment.models import ConsentEvent, Notice, Purpose

Kind = ConsentEvent.Kind

ASKED = {
    Purpose.GATE_ACCESS.value: (
        _("Opening the gate by face"),
        _("May the school use %(name)s’s face to open the gate?"),
        _("With a no, nothing is held, and the card opens the same gate as fast."),
    ),
    Purpose.ATTENDANCE.value: (
        _("Marking attendance by face"),
        _("May the gate also mark %(name)s present when it knows the face?"),
        _("With a no, the card marks it, or the teacher does. Nobody is marked absent by a machine."),
    ),
}
"""Purpose -> its heading, the question, and what a No means, in the order in which they are asked."""


@dataclass(frozen=True)
class Question:
    """One question about one child, with the notice that is read before it is answered."""

    purpose: str
    heading: str
    words: str
    if_no: str
    notice: Notice | None


def of(student: Person) -> list[Question]:
    """Return what the school asks about a child, in order and in the reader's language.

    Whether the face may mark attendance is asked only where the law's pack allows it and the school has said, in a
    notice of its own, what that means.
    """
    found = [
        Question(
            purpose=purpose,
            heading=str(heading),
            words=str(words) % {"name": isolate(student.display_name)},
            if_no=str(if_no),
            notice=notices.to_read(student.school, get_language(), purpose),
        )
        for purpose, (heading, words, if_no) in ASKED.items()
    ]
    by_face = policies.of(student.school).attendance_by_face
    return [one for one in found if one.purpose != Purpose.ATTENDANCE or (by_face and one.notice is not None)]


def asked_after(chosen: Mapping[str, str], purpose: str) -> bool:
    """Tell whether a question is asked at all after what was answered: the register's only after a Yes to the gate."""
    return purpose != Purpose.ATTENDANCE or chosen.get(Purpose.GATE_ACCESS) in ("yes", Kind.GIVEN)
