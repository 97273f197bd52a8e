"""Joining by the school's letter: its code, an address, and the code that is mailed there.

The letter shows that somebody is the guardian, the mailed code that they read the address. Only both together
bind the one to the other, once.
"""

from __future__ import annotations

from datetime import datetime

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campus import clock, email_codes, guardians, letters, second_clicks
from campus.email_codes import Reply
from campus.guardians import Refused
from campus.models import School, User
from enrollment import bonds, windows

LETTER = "join.letter"
"""Where the session holds the letter's id between the two pages; its code is kept nowhere."""
CODE = "join"
LONGEST_ADDRESS = 254


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Take the letter's code and an address; from somebody who is signed in, the code alone."""
    if request.method != "POST":
        return _form(request)
    if not ratelimit.consume(request, app="allauth.account", action="letter_code"):
        return _form(request, code_error=_("Too many tries. Please wait ten minutes, then try again."), status=429)
    typed = request.POST.get("letter", "")
    try:
        letter = letters.find(typed, clock.now())
        if isinstance(request.user, User):
            return _join_signed_in(request, request.user, typed)
        if letter.guardian.email:
            raise Refused("has_address")
    except Refused as refusal:
        return _form(request, code_error=refusal.words, status=422)
    email = request.POST.get("email", "").strip().lower()
    if not is_address(email):
        return _form(request, email_error=str(guardians.WORDS["no_address"]), status=422)
    if not email_codes.send(request, CODE, email):
        return _form(request, email_error=_("Too many codes were sent there. Please wait an hour."), status=429)
    request.session[LETTER] = str(letter.id)
    return redirect("family_join_code")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@second_clicks.harmless
def code(request: HttpRequest) -> HttpResponse:
    """Take the mailed code, bind the address, and sign its holder in."""
    email = email_codes.asked_for(request, CODE)
    if not email or LETTER not in request.session:
        second = request.method == "POST" and request.user.is_authenticated
        return redirect("family" if second else "family_join")
    if request.method != "POST":
        return render(request, "family/join_code.html", {"email": email})
    reply = email_codes.check(request, CODE, request.POST.get("code", ""))
    if reply is Reply.WRONG:
        error = _("This is not the code of the latest e-mail. Look again.")
        return render(request, "family/join_code.html", {"email": email, "error": error}, status=422)
    letter = request.session[LETTER]
    email_codes.forget(request, CODE)
    if reply is Reply.ENDED:
        return _form(request, email, email_error=_("That code has ended. Send the form for a new one."), status=422)
    at = clock.now()
    try:
        used = letters.again(letter, at)
        school, guardian = used.school, bonds.join(letter=used, email=email, at=at)
    except Refused as refusal:
        return _form(request, email, email_error=refusal.words, status=422)
    del request.session[LETTER]
    login(request, guardian, backend=settings.AUTHENTICATION_BACKENDS[0])
    words = _("Your address is linked. From now on you sign in with it.")
    messages.success(request, f"{words} {_when_a_yes_counts(guardian, school, at)}".strip())
    return redirect("family")


def is_address(email: str) -> bool:
    """Tell whether a text looks like an e-mail address."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= LONGEST_ADDRESS


def _join_signed_in(request: HttpRequest, user: User, typed: str) -> HttpResponse:
    """Link the children of a letter to who is signed in, or confirm their new address by it."""
    at = clock.now()
    letter = letters.find(typed, at)
    if letter.guardian_id == user.id:
        bonds.confirm_address(letter=letter, guardian=user, at=at)
        messages.success(request, _("Thank you. Your address is confirmed."))
    else:
        bonds.join(letter=letter, email=user.email, at=at)
        words = _("Thank you. The children of this letter are linked to your address.")
        messages.success(request, f"{words} {_when_a_yes_counts(user, letter.school, at)}".strip())
    return redirect("family")


def _when_a_yes_counts(guardian: User, school: School, at: datetime) -> str:
    """Say from when a Yes counts through an address that is new."""
    day = windows.counts_on(guardian, school, at)
    if day is None:
        return ""
    return _("A yes counts from %(day)s on, a no at once.") % {"day": date_format(day)}


def _form(
    request: HttpRequest,
    email: str = "",
    *,
    code_error: str = "",
    email_error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "email": email or request.POST.get("email", ""),
        "letter": request.POST.get("letter", ""),
        "code_error": code_error,
        "email_error": email_error,
    }
    return render(request, "family/join.html", context, status=status)
