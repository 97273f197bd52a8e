"""Which school an office's page is about: one of those in which the viewer is the office."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

from campus.models import Role, School, User
from campus.sign_in import SignedInRequest

Row = TypeVar("Row", bound=Model)


def schools_of(user: User, kinds: Collection[Role.Kind] = (Role.Kind.OFFICE,)) -> QuerySet[School]:
    """Return the schools in which a user is the office, or has one of other roles."""
    roles = Role.objects.filter(user=user, kind__in=kinds)
    return School.objects.filter(id__in=roles.values("school")).order_by("name")


def one_of(user: User, rows: QuerySet[Row], row_id: UUID, kinds: Collection[Role.Kind] = (Role.Kind.OFFICE,)) -> Row:
    """Return the row of an id, of a school in which the user is the office (or another role); else it is a 404."""
    found = rows.filter(id=row_id, school__in=schools_of(user, kinds)).first()
    if found is None:
        raise Http404
    return found


def asked_for(
    request: SignedInRequest, kinds: Collection[Role.Kind] = (Role.Kind.OFFICE,)
) -> tuple[School, list[School]]:
    """Return the school that `?school=` names, or the viewer's first, and all in which the viewer has such a role.

    Raises:
        PermissionDenied: the viewer has such a role nowhere.
        Http404: the named school is not one of the viewer's.
    """
    schools = list(schools_of(request.user, kinds))
    if not schools:
        raise PermissionDenied
    wanted = request.GET.get("school")
    school = next((one for one in schools if one.slug == wanted), None) if wanted else schools[0]
    if school is None:
        raise Http404
    return school, schools
