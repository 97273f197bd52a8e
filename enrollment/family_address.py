"""Changing the address one signs in by: a code comes back from the old one and from the new one.

Whether somebody else has the new address is said only to who has read the codes at both: until then the page
answers alike for every address, and no more often than the limit on codes allows.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campus import addresses, clock, email_codes, guardians
from campus.email_codes import Reply
from campus.guardians import Refused
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from enrollment.family_join import is_address

OLD, NEW = "address_old", "address_new"


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def address(request: SignedInRequest) -> HttpResponse:
    """Show the address, take a new one, and send a code to each."""
    if request.method != "POST":
        return _form(request, kept_form(request).get("email", ""))
    email = request.POST.get("email", "").strip().lower()
    try:
        if not is_address(email):
            raise Refused("no_address")
        if not guardians.students_of(request.user):
            raise Refused("not_office")
        if email == request.user.email:
            raise Refused("same_address")
    except Refused as refusal:
        return _form(request, email, error=refusal.words, status=422)
    if not (email_codes.send(request, OLD, request.user.email) and email_codes.send(request, NEW, email)):
        return _form(request, email, error=_("Too many codes were sent. Please wait an hour."), status=429)
    return redirect("family_address_codes")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def codes(request: SignedInRequest) -> HttpResponse:
    """Take both codes and change the address."""
    old, new = email_codes.asked_for(request, OLD), email_codes.asked_for(request, NEW)
    if not new or old != request.user.email:
        return redirect("family_address")
    context = {
        "old": old,
        "new": new,
        "typed_old": request.POST.get("old", ""),
        "typed_new": request.POST.get("new", ""),
    }
    if request.method != "POST":
        return render(request, "family/address_codes.html", context)
    replies = [
        email_codes.check(request, place, request.POST.get(name, "")) for place, name in ((OLD, "old"), (NEW, "new"))
    ]
    if Reply.ENDED in replies:
        email_codes.forget(request, OLD, NEW)
        return _form(request, new, error=_("Those codes have ended. Send the form for new ones."), status=422)
    if Reply.WRONG in replies:
        wrong = _("This is not the code of the latest e-mail. Look again.")
        context |= {
            f"error_{name}": wrong for name, reply in zip(("old", "new"), replies, strict=True) if reply is Reply.WRONG
        }
        return render(request, "family/address_codes.html", context, status=422)
    email_codes.forget(request, OLD, NEW)
    try:
        addresses.change_from_old(guardian=request.user, email=new, at=clock.now())
    except Refused as refusal:
        return _form(request, new, error=refusal.words, status=422)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Your address is changed. We have told the old one."))
    return redirect("family")


def _form(request: SignedInRequest, email: str = "", *, error: str = "", status: int = 200) -> HttpResponse:
    confirmed = addresses.is_confirmed(request.user)
    context = {"email": email, "error": error, "confirmed": confirmed}
    return render(request, "family/address.html", context, status=status)
