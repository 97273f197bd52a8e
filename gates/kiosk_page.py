"""The screen at a gate. It speaks the contract of `gates.views` and decides nothing; see `static/kiosk/`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from campus import cards, clock
from campus.models import Role
from campus.sign_in import SignedInRequest, signed_in
from enrollment import identification
from enrollment.search import Search
from gates import kiosk_cookie, kiosk_words, kiosks
from gates.kiosk_words import Language
from gates.models import Kiosk

DECODER = "kiosk/vendor/jsqr.js"
"""A decoder of QR codes for browsers without one; there only after `make models`."""


@require_safe
@never_cache
def kiosk(request: HttpRequest) -> HttpResponse:
    """Show the screen of the gate; a screen whose key is no longer good says so, calmly."""
    key = kiosk_cookie.for_page(request)
    if not key:
        return redirect("kiosk_pair")
    paired = kiosks.with_key(key)
    response = render(request, "kiosk/screen.html", {"kiosk": paired, "screen": _screen(paired)})
    if paired:
        kiosk_cookie.give(response, key)
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show what a screen keeps for the time without a connection, in every language: the same for every screen."""
    return HttpResponse(render_to_string("kiosk/offline.html", {"languages": kiosk_words.languages()}))


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Let a tablet install the screen as an app, which fills the glass without a touch."""
    app = {
        "id": reverse("kiosk"),
        "name": "Campus Gate",
        "start_url": reverse("kiosk"),
        "scope": reverse("kiosk"),
        "display": "fullscreen",
        "background_color": "#0f171b",
        "theme_color": "#0f171b",
        "icons": [{"src": static("mark.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(app, content_type="application/manifest+json")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("key")
def pair(request: HttpRequest) -> HttpResponse:
    """Pair this browser with a kiosk by the kiosk's key, once; a paired browser finds this closed."""
    if kiosks.with_key(kiosk_cookie.for_page(request)):
        return redirect("kiosk")
    if request.method != "POST":
        page = render(request, "kiosk/pair.html")
        kiosk_cookie.begin_pairing(page)
        return page
    browser = kiosk_cookie.pairing(request)
    made = kiosks.pair(key=request.POST.get("key", ""), browser=browser, at=clock.now())
    if made is None:
        error = _("This key is not known, or it was used before. Ask the office for a new key.")
        return render(request, "kiosk/pair.html", {"error": error}, status=422)
    response = redirect("kiosk")
    kiosk_cookie.give(response, made[1])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def unpair(request: SignedInRequest) -> HttpResponse:
    """Take the key away from this screen: the office of its school may, and nobody who merely stands before it."""
    paired = kiosks.with_key(kiosk_cookie.for_page(request))
    if paired is None:
        return redirect("kiosk_pair")
    if not Role.objects.filter(user=request.user, school=paired.school, kind=Role.Kind.OFFICE).exists():
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "kiosk/unpair.html", {"kiosk": paired})
    kiosks.unpair(kiosk=paired, by=request.user, at=clock.now())
    logout(request)  # The tablet stands in a corridor.
    response = redirect("kiosk_pair")
    kiosk_cookie.take_back(response)
    return response


def _screen(paired: Kiosk | None) -> dict[str, Any]:
    """Return what the page's scripts need to know."""
    offered = kiosk_words.languages()
    return {
        "paired": paired is not None,
        "way": paired.way if paired else "",
        "identifies": paired is not None and _looks_for_faces(paired),
        "captures": reverse("api:create_capture"),
        "health": reverse("healthz"),
        "header": kiosk_cookie.HEADER,
        "card": cards.PATTERN,
        "decoder": static(DECODER) if _has_decoder() else None,
        "languages": offered,
        "language": _spoken_here(offered),
    }


def _looks_for_faces(paired: Kiosk) -> bool:
    """Tell whether the screen offers to look for a face without a card. The server asks again at every touch."""
    return identification.standing(paired.school, clock.now()).search is Search.OPEN


def _spoken_here(offered: list[Language]) -> str:
    """Return the language to begin with: what the tablet's browser is set to, where we speak that, or the first."""
    codes = [language["code"] for language in offered]
    asked = translation.get_language()
    return asked if asked in codes else codes[0]


def _has_decoder() -> bool:
    return staticfiles_storage.exists(DECODER) if settings.STATIC_ROOT else bool(finders.find(DECODER))
