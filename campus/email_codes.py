"""Codes that show somebody reads an address: three tries, three minutes, in the browser that asked.

The same rules and the same limit an hour as for signing in, for the moments when nobody signs in yet: joining
by a letter, and changing an address.
"""

from __future__ import annotations

import logging
from enum import Enum

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language

from campus import clock, mail

log = logging.getLogger(__name__)


class Reply(Enum):
    """What a typed code turned out to be."""

    RIGHT = "right"
    WRONG = "wrong"
    ENDED = "ended"
    """There is no code to compare with any more: too late, too many tries, or another browser."""


def send(request: HttpRequest, purpose: str, email: str) -> bool:
    """Send a code to an address and remember its HMAC in this session; False where too many were asked for."""
    if not ratelimit.consume(request, app="allauth.account", action="request_login_code", key=email.lower()):
        return False
    code: str = get_adapter().generate_login_code()
    request.session[_place(purpose)] = {
        "email": email,
        "mac": _mac(purpose, code),
        "until": clock.now().timestamp() + settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
        "tries": settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS,
    }
    try:
        mail.send("code", to=email, language=get_language() or "en", context={"code": code, "purpose": purpose})
    except OSError as error:
        log.error("a mail with a code was not sent: %s", type(error).__name__)
    return True


def asked_for(request: HttpRequest, purpose: str) -> str:
    """Return the address that a code was last sent to, or an empty string."""
    return str(request.session.get(_place(purpose), {}).get("email", ""))


def check(request: HttpRequest, purpose: str, typed: str) -> Reply:
    """Compare a typed code. A right one stays right until `forget`, so that two codes can be asked on one page."""
    state = request.session.get(_place(purpose))
    if state is None or state["tries"] <= 0 or clock.now().timestamp() >= state["until"]:
        return Reply.ENDED
    if constant_time_compare(state["mac"], _mac(purpose, typed)):
        return Reply.RIGHT
    state["tries"] -= 1
    request.session.modified = True
    return Reply.WRONG if state["tries"] else Reply.ENDED


def forget(request: HttpRequest, *purposes: str) -> None:
    """Forget the codes, spent or given up."""
    for purpose in purposes:
        request.session.pop(_place(purpose), None)


def _place(purpose: str) -> str:
    return f"email_code.{purpose}"


def _mac(purpose: str, code: str) -> str:
    letters = "".join(character for character in code.upper() if character.isalnum())
    return salted_hmac(f"campus.email_codes.{purpose}", letters, algorithm="sha256").hexdigest()
