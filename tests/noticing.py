"""A school's notice as it is changed in tests: the next version says something else, in every language."""

from __future__ import annotations

from datetime import datetime

from campus.models import Person, School, User
from enrollment import notifications, publishing
from enrollment.models import Notice, NoticeDraft, Notification, Purpose, Section


def drafted(school: School, at: datetime, about: str = Purpose.GATE_ACCESS, **words: str) -> NoticeDraft:
    """Return the draft of the next version, with other words in some sections of every language."""
    draft = publishing.draft(school, about, at)
    draft.words = {language: said | words for language, said in draft.words.items()}
    return draft


def changed(school: School, at: datetime, *, by: User | None = None, material: bool = True, **words: str) -> Notice:
    """Publish the next version about the gate, with other words in some sections, and return it in English."""
    draft = drafted(school, at, **words)
    draft.material = material
    return publishing.publish(draft=draft, by=by, at=at)


def of_no_purpose_of_ours(school: School, at: datetime, purpose: str) -> Notice:
    """Publish a notice about something that the product doesn't ask about, in English."""
    words = {str(section): "Trips." for section in Section.values}
    return Notice.objects.create(
        school=school,
        purpose=purpose,
        version=1,
        language="en",
        words=words,
        child_body="Trips.",
        digest=b"",
        published_at=at,
    )


def tell(student: Person, guardian: User, notice: Notice, at: datetime) -> None:
    """Have a guardian open a notice on the own page."""
    web = Notification.Method.WEB
    notifications.record(student=student, guardian=guardian, notice=notice, method=web, at=at)
