"""Showing again that it is you, by a new code, before something is given, lifted or taken away with you.

A family's session lasts a fortnight, and somebody else may hold the telephone by then. So a Yes, an export, and what
staff do to loosen something need a sign-in under 15 minutes old. A No, a withdrawal and a refusal never do. How old
it is stands in the session, on the server, and only signing in or the code that is asked for here writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campus import clock, email_codes, second_clicks
from campus.email_codes import Reply
from campus.models import User
from campus.sign_in import KEPT, SIGNED_IN_AT, SignedInRequest, keep, signed_in

RECENT = timedelta(minutes=15)
CODE = "again"
P = ParamSpec("P")


def is_recent(request: HttpRequest, at: datetime) -> bool:
    """Tell whether whoever sends this has typed a code under 15 minutes ago."""
    last = request.session.get(SIGNED_IN_AT)
    return last is not None and timedelta(0) <= at - datetime.fromtimestamp(last, UTC) < RECENT


def ask(request: HttpRequest, *, shows_kept: bool = True, onward: str = "") -> HttpResponse:
    """Ask for a new code; whoever types it comes back to this page or `onward`, and nothing is sent for them.

    They find the form as they left it, where the page shows what was kept (`campus.sign_in.kept_form`).
    """
    assert isinstance(request.user, User)
    if request.method == "POST":
        email_codes.send(request, CODE, request.user.email)
        if shows_kept:
            keep(request, by=str(request.user.pk))
    return redirect(f"{reverse('sign_in_again')}?{urlencode({'next': onward or request.get_full_path()})}")


def needs_recent_sign_in(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, P], HttpResponse]:
    """Open a page only after a sign-in under 15 minutes old. It goes inside `signed_in`; for a page shown on GET."""

    @wraps(view)
    def checked(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if is_recent(request, clock.now()) else ask(request)

    return checked


@require_http_methods(["GET", "HEAD", "POST"])
@second_clicks.harmless
@signed_in
def again(request: SignedInRequest) -> HttpResponse:
    """Send a code to the address that one signs in by, take it, and lead back to the page that asked for it."""
    at, email = clock.now(), request.user.email
    if is_recent(request, at):
        return redirect(second_clicks.onward(request))
    if request.method != "POST":
        return _show(request)
    if "code" not in request.POST:
        if email_codes.send(request, CODE, email):
            return redirect(request.get_full_path())
        return _show(request, error=_("Too many codes were sent there. Please wait an hour."), status=429)
    sent_here = email_codes.asked_for(request, CODE) == email
    reply = email_codes.check(request, CODE, request.POST["code"]) if sent_here else Reply.ENDED
    if reply is Reply.WRONG:
        return _show(request, error=_("This is not the code of the latest e-mail. Look again."), status=422)
    email_codes.forget(request, CODE)
    if reply is Reply.ENDED:
        return _show(request, error=_("That code has ended. Ask for another one."), status=422)
    request.session.cycle_key()
    request.session[SIGNED_IN_AT] = at.timestamp()
    return redirect(second_clicks.onward(request))


def _show(request: SignedInRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    onward = second_clicks.onward(request)
    context = {
        "email": request.user.email,
        "sent": email_codes.asked_for(request, CODE) == request.user.email,
        "next": onward,
        "keeps": request.session.get(KEPT, {}).get("page") == onward,
        "error": error,
    }
    return render(request, "account/again.html", context, status=status)
