"""Choosing a language: for the pages of this browser, and for the mails to whoever is signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from campus import addresses, clock


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language in a cookie and go back to the page, as far as it is one of ours."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        addresses.speak(user=request.user, language=language, at=clock.now())
    return set_language(request)
