"""The mails about requests: that somebody has written, to whoever is to read it; the words are on the page only."""

from __future__ import annotations

from uuid import UUID

from campus import addresses, mail
from campus.models import User
from enrollment.models import SubjectRequest


def to_family(request_id: UUID, guardian: User) -> None:
    """Tell who asked that there is something to read."""
    _send("request_family", request_id, guardian)


def to_officer(request_id: UUID, officer: User) -> None:
    """Tell a data protection officer that a family has written, and by when the next step is due."""
    _send("request_officer", request_id, officer)


def _send(letter: str, request_id: UUID, to: User) -> None:
    if not to.email:
        return
    request = SubjectRequest.objects.select_related("school").get(id=request_id)
    context = {"request": request, "school": request.school, "to": to}
    mail.send(letter, to=to.email, language=addresses.language_of(to), context=context)
