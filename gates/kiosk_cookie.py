"""The cookies of a paired screen: its key, for the kiosk page and for captures, and for nothing else.

A cookie has one path and the screen needs two, so there are two. No script can read them. Against a call
that another site makes a browser send, there are three locks: SameSite=Strict, a header that another
site's page can't set without our leave, and the Origin that the browser says by itself.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

LASTS = timedelta(days=400)
"""The longest a browser keeps one; it is set anew whenever the page is opened."""
HEADER = "X-Kiosk"
_PAIRING = "kiosk_pairing"
_PATHS = {"kiosk_page": "/kiosk/", "kiosk_captures": "/api/v1/captures"}


def begin_pairing(response: HttpResponse) -> None:
    """Give a browser that is about to be paired a secret of its own, for an hour."""
    secret, secure = secrets.token_urlsafe(32), settings.SESSION_COOKIE_SECURE
    response.set_cookie(
        _PAIRING, secret, max_age=3600, path="/kiosk/pair/", secure=secure, httponly=True, samesite="Strict"
    )


def pairing(request: HttpRequest) -> str:
    """Return the secret of a browser that is being paired, or one that nobody has."""
    return request.COOKIES.get(_PAIRING) or secrets.token_urlsafe(32)


def give(response: HttpResponse, key: str) -> None:
    """Let this browser keep a kiosk's key."""
    secure = settings.SESSION_COOKIE_SECURE
    for name, path in _PATHS.items():
        response.set_cookie(name, key, max_age=LASTS, path=path, secure=secure, httponly=True, samesite="Strict")


def take_back(response: HttpResponse) -> None:
    """Let this browser forget the key it kept."""
    for name, path in _PATHS.items():
        response.delete_cookie(name, path=path, samesite="Strict")


def for_page(request: HttpRequest) -> str:
    """Return the key that came with the opening of a page, or an empty string."""
    return request.COOKIES.get("kiosk_page", "")


def for_captures(request: HttpRequest) -> str:
    """Return the key that came with a capture; an empty string unless our own page sent it."""
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    if HEADER not in request.headers or request.headers.get("Origin") not in ours:
        return ""
    return request.COOKIES.get("kiosk_captures", "")
