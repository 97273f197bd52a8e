"""The witness's page: another member of staff confirms a sitting, in their own browser, by the code on the desk."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from campus import clock
from campus.models import Role
from campus.sign_in import SignedInRequest, signed_in
from enrollment import sessions
from enrollment.messages import message
from enrollment.models import EnrollmentAttempt


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@sensitive_post_parameters("code")
def witness(request: SignedInRequest) -> HttpResponse:
    """Ask for the code, and confirm the sitting behind it."""
    if not Role.objects.filter(user=request.user).exists():
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "office/witness.html")
    session, reason = sessions.confirm(code=request.POST.get("code", ""), witness=request.user, at=clock.now())
    if session is None:
        error = message(EnrollmentAttempt.State.REFUSED, reason)
        return render(request, "office/witness.html", {"error": error}, status=422)
    return render(request, "office/witness.html", {"session": session})
