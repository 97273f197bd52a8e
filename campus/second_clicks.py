"""The second of two clicks on a form that signs somebody in: it must not land at the start.

The first click moves the session to a new key, so the second may come with a key that is gone, or with a form token
that is. For a moment the same browser is signed in again by the same code, which is worth no more than the code was.
What is remembered meanwhile is an HMAC of the two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth import login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import csrf

from campus.models import User

MOMENT = 10
"""Seconds."""
LEADS_TO = {"account_confirm_login_code": "home", "family_join_code": "family", "sign_in_again": "home"}
"""Name of a page that takes a code -> where it leads when nothing else was asked for."""

View = Callable[[HttpRequest], HttpResponse]


def harmless(view: View) -> View:
    """Let the second click on a page that takes a code lead where the first one did."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return view(request)
        place, key = _place(request), request.session.session_key
        if not request.user.is_authenticated:
            first = User.objects.filter(id=cache.get(place, 0), is_active=True).first()
            if first is not None:
                login(request, first, backend=settings.AUTHENTICATION_BACKENDS[0])
                return redirect(onward(request))
        response = view(request)
        if request.user.is_authenticated and request.session.session_key != key:
            cache.set(place, request.user.pk, MOMENT)
        return response

    return checked


def form_token_missing(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token isn't good: the second click on a code has the token from before signing in."""
    if request.user.is_authenticated and request.path in map(reverse, LEADS_TO):
        return redirect(onward(request))
    return csrf.csrf_failure(request, reason)


def _place(request: HttpRequest) -> str:
    browser, code = request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), request.POST.get("code", "")
    mac = salted_hmac("campus.second_clicks", f"{request.path} {browser} {code}", algorithm="sha256")
    return f"second-click.{mac.hexdigest()}"


def onward(request: HttpRequest) -> str:
    """Return where a page that takes a code leads: to the page of ours that asked for it, or where it always does."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, request.get_host(), require_https=request.is_secure())
    return wanted if ours else reverse(next(name for page, name in LEADS_TO.items() if reverse(page) == request.path))
