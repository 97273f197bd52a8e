"""Which school an office's page is about: one of those in which the viewer is the office."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from campus.models import Role, School, User
from campus.sign_in import SignedInRequest


def schools_of(user: User) -> QuerySet[School]:
    """Return the schools in which a user is the office."""
    return School.objects.filter(roles__user=user, roles__kind=Role.Kind.OFFICE).order_by("name")


def asked_for(request: SignedInRequest) -> tuple[School, list[School]]:
    """Return the school that `?school=` names, or the viewer's first, and all of the viewer's.

    Raises:
        PermissionDenied: the viewer is no office anywhere.
        Http404: the named school is not one of the viewer's.
    """
    schools = list(schools_of(request.user))
    if not schools:
        raise PermissionDenied
    wanted = request.GET.get("school")
    school = next((one for one in schools if one.slug == wanted), None) if wanted else schools[0]
    if school is None:
        raise Http404
    return school, schools
