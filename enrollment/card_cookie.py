"""The key of a student's card, from the scan that opens a sitting to the pictures: sealed, in the operator's browser.

A reference may be bound to the card, and the server keeps nothing of what only the card knows: not in the sitting's
row, nor in the session, which is a row too. So the browser that scanned it brings it back. It can't read it, it fits
this one sitting, and it is gone when that is over.
"""

from __future__ import annotations

import base64

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from campus import cards, sealing
from enrollment import sessions
from enrollment.models import EnrollmentSession

_NAME = "sitting_card"
_LASTS = sessions.WITNESS_HAS + sessions.LASTS


def give(response: HttpResponse, session: EnrollmentSession, text: str) -> None:
    """Let this browser bring the key of the card with this string, for this sitting."""
    key = cards.wrapping_key(cards.parse(text))
    sealed = sealing.seal(settings.ENROLLMENT_KEY, [key], bound_to=_bound_to(session))
    value, secure = base64.urlsafe_b64encode(sealed).decode(), settings.SESSION_COOKIE_SECURE
    response.set_cookie(
        _NAME, value, max_age=_LASTS, path=_path(session), secure=secure, httponly=True, samesite="Strict"
    )


def brought(request: HttpRequest, session: EnrollmentSession) -> bytes | None:
    """Return the key that this browser brings back for a sitting, or None."""
    try:
        sealed = base64.urlsafe_b64decode(request.COOKIES.get(_NAME, ""))
        (key,) = sealing.unseal(settings.ENROLLMENT_KEY, sealed, bound_to=_bound_to(session))
    except (ValueError, sealing.Tampered):
        return None
    return key


def take_back(response: HttpResponse, session: EnrollmentSession) -> None:
    """Let this browser forget it."""
    response.delete_cookie(_NAME, path=_path(session), samesite="Strict")


def _bound_to(session: EnrollmentSession) -> str:
    return f"card of a sitting|{session.id}"


def _path(session: EnrollmentSession) -> str:
    return reverse("office_enroll", args=[session.student_id])
