"""Pages of the school itself: the front page, and a sign of life."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from campus.models import Guardianship, Role
from campus.sign_in import SignedInRequest, signed_in


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers, and nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show what a browser keeps for the time without a connection: the same for everybody, whoever is signed in."""
    return HttpResponse(render_to_string("offline.html"))


@require_safe
def offline_worker(request: HttpRequest) -> HttpResponse:
    """Serve the script that shows it; at the root, because a worker stands before the addresses below its own."""
    return HttpResponse(render_to_string("offline_worker.js"), content_type="text/javascript")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Tell a visitor what this is, and show everybody else the way to their pages."""
    if not request.user.is_authenticated:
        return render(request, "home.html")
    return _doors(request)


@signed_in
def _doors(request: SignedInRequest) -> HttpResponse:
    kinds = set(Role.objects.filter(user=request.user).values_list("kind", flat=True))
    doors = {
        "family": Guardianship.objects.filter(guardian=request.user, ended_at__isnull=True).exists(),
        "register": bool(kinds & {Role.Kind.TEACHER, Role.Kind.OFFICE}),
        "office": Role.Kind.OFFICE in kinds,
        "witness": bool(kinds),
        "protection": bool(kinds & {Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR}),
        "faces": bool(kinds & {Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR}),
        "set_up": request.user.is_superuser or Role.Kind.ADMINISTRATOR in kinds,
    }
    return render(request, "doors.html", {"doors": doors, "any_door": any(doors.values())})
