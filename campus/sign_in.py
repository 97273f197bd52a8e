"""Signing in: by a code sent to a known address, and in no other way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _

from campus import clock
from campus.models import Role, User

log = logging.getLogger(__name__)
P = ParamSpec("P")


class CodeOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """Nobody signs up by themselves: the office names guardians and staff.

    A code is eight letters without vowels, as `BCDF-GHJK`: it can't be misread, and spells nothing.
    """

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _("This is not the code of the latest e-mail. Look again, or ask for another code."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then ask for a new code."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_email(self, email: str) -> Any:
        return super().clean_email(email).lower()

    def format_email_subject(self, subject: str) -> str:
        """Leave the subject as it is written, without the host's name before it."""
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; a mail server that is down gives the same page as an address that nobody has."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            log.error("a mail about signing in was not sent: %s", type(error).__name__)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Send somebody who was switched off between asking and answering back to the start."""
        return redirect("account_request_login_code")


A_WORKING_DAY = timedelta(hours=12)
A_FAMILY_S_FORTNIGHT = timedelta(days=14)
SIGNED_IN_AT = "signed_in_at"
"""Where the session, on the server, holds the moment of the last code: `campus.sign_in_again` asks how long ago."""


def begin_session(sender: object, request: HttpRequest, user: User, **kwargs: object) -> None:
    """Let a session last a working day for whoever has a role, from signing in on, and for families a fortnight."""
    works_here = user.is_superuser or Role.objects.filter(user=user).exists()
    request.session.set_expiry(A_WORKING_DAY if works_here else A_FAMILY_S_FORTNIGHT)
    request.session[SIGNED_IN_AT] = clock.now().timestamp()


class SignedInRequest(HttpRequest):
    """The request of somebody who is signed in."""

    user: User


def signed_in(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Send a visitor to sign in first, and let nobody keep a copy of the page.

    After signing in they come back to the page, or to the one from which they were about to send something:
    nothing is ever sent for them.
    """

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            safe = request.method in ("GET", "HEAD")
            return redirect_to_login(request.get_full_path() if safe else _page_before(request))
        response = view(cast(SignedInRequest, request), *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return checked


def _page_before(request: HttpRequest) -> str:
    """Return the address of our own page from which something was sent, or of the front page."""
    before = urlsplit(request.headers.get("Referer", ""))
    return before.path if before.netloc == request.get_host() else reverse("home")


KEPT = "kept_form"
"""Where a visitor's session holds what was typed into a page whose own session had ended."""
KEPT_FOR = timedelta(minutes=30)
KEPT_AT_MOST = 4000
"""Letters in all; more than that nobody types, and a visitor shall not fill our tables."""
TYPED_BY = "typed_by"
"""A signed cookie: who was signed in when this browser was last given a form."""


def keeps_form_but(
    *secrets: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Keep what somebody sends after their session ended: signed in again, they find the form as they left it.

    It goes around `signed_in`, on pages that show their form on GET; the page asks `kept_form` for it. Fields that
    hold a secret are named, and left out: nobody's secret lies in a table for a convenience.
    """

    def keeping(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST" and not request.user.is_authenticated:
                keep(request, *secrets, by=request.get_signed_cookie(TYPED_BY, "", salt=TYPED_BY) or "")
                return redirect_to_login(request.get_full_path())
            if request.method == "POST":
                _take_kept(request)  # What is sent now is newer.
            response = view(request, *args, **kwargs)
            if request.user.is_authenticated:
                _remember_whose(request, response)
            return response

        return checked

    return keeping


keeps_form = keeps_form_but()


def kept_form(request: HttpRequest) -> dict[str, str]:
    """Return, once, what the same person typed into this page before signing in again."""
    kept = _take_kept(request)
    fresh = clock.now().timestamp() < kept.get("until", 0)
    typed: dict[str, str] = kept["typed"] if fresh and kept["by"] in ("", str(request.user.pk)) else {}
    return typed


def keep(request: HttpRequest, *secrets: str, by: str) -> None:
    """Keep what was typed into this page, but for secrets, until the same person comes back to it."""
    left_out = {"csrfmiddlewaretoken", *secrets}
    typed = {name: str(value) for name, value in request.POST.items() if name not in left_out}
    if sum(map(len, typed.values())) <= KEPT_AT_MOST:
        until = (clock.now() + KEPT_FOR).timestamp()
        request.session[KEPT] = {"page": request.get_full_path(), "typed": typed, "until": until, "by": by}


def _take_kept(request: HttpRequest) -> dict[str, Any]:
    kept: dict[str, Any] = request.session.get(KEPT, {})
    return request.session.pop(KEPT) if kept.get("page") == request.get_full_path() else {}


def _remember_whose(request: HttpRequest, response: HttpResponse) -> None:
    """Let this browser say whose form it showed last, when the session is gone. It opens nothing."""
    secure = settings.SESSION_COOKIE_SECURE
    response.set_signed_cookie(
        TYPED_BY, str(request.user.pk), salt=TYPED_BY, secure=secure, httponly=True, samesite="Lax"
    )
