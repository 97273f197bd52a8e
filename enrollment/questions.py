"""What a family is asked: one question a purpose, each on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campus.models import Person
from campus.templatetags.names import isolate
from enrollment import notices
from enrollment.models import Notice, Purpose

ASKED = {
    Purpose.GATE_ACCESS.value: (
        _("Opening the gate by face"),
        _("May the school use %(name)s’s face to open the gate?"),
        _("With a no, nothing is held, and the card opens the same gate as fast."),
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
    """Return what the school asks about a child, in order and in the reader's language."""
    return [
        Question(
            purpose=purpose,
            heading=str(heading),
            words=str(words) % {"name": isolate(student.display_name)},
            if_no=str(if_no),
            notice=notices.to_read(student.school, get_language(), purpose),
        )
        for purpose, (heading, words, if_no) in ASKED.items()
    ]
