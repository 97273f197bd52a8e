"""Who works at a school and may do what: giving a role and taking it away."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from campus import audit, outbox, tombstones
from campus.models import Role, School, User

TELL_OF_ROLE = "role.tell"
"""The outbox's topic; its subject is the role's number. Who gives roles alone could be both of any two persons."""


@transaction.atomic
def give_role(*, school: School, email: str, name: str, kind: str, by: User | None, at: datetime) -> Role:
    """Give a role to whoever signs in by an address, known so far or not; giving it twice changes nothing."""
    address = email.strip().lower()
    user = User.objects.filter(email=address).first() or User.objects.create_user(address, name=name.strip())
    role, made = Role.objects.get_or_create(school=school, user=user, kind=Role.Kind(kind))
    if made:
        for other in _who_watch(school).exclude(id=user.id):
            outbox.owe(TELL_OF_ROLE, school=school, subject=UUID(int=role.id), to=other, at=at)
        audit.record("role.given", school=school, subject=None, actor=by, at=at, user=user.id, role=role.kind)
    return role


class LastAdministrator(Exception):
    """A school's last administrator was to be taken away: nobody there could give the role again."""


@transaction.atomic
def take_role(*, role: Role, by: User | None, at: datetime) -> None:
    """Take a role away, from the next page on that its holder opens. Raises `LastAdministrator`."""
    School.objects.select_for_update().get(id=role.school_id)  # Or two could take each other's at once.
    if is_last_administrator(role):
        raise LastAdministrator
    audit.record("role.taken", school=role.school, subject=None, actor=by, at=at, user=role.user_id, role=role.kind)
    tombstones.owe("role.ended", school=role.school, subject=role.school_id, at=at, user=role.user_id, role=role.kind)
    Role.objects.filter(id=role.id).delete()


def is_last_administrator(role: Role) -> bool:
    """Tell whether a role is the only one by which somebody administers the school."""
    others = Role.objects.filter(school=role.school, kind=Role.Kind.ADMINISTRATOR).exclude(id=role.id)
    return role.kind == Role.Kind.ADMINISTRATOR and not others.exists()


def _who_watch(school: School) -> QuerySet[User]:
    """Return who hears of every new role: the school's administrators and its protection officers."""
    kinds = (Role.Kind.ADMINISTRATOR, Role.Kind.PROTECTION_OFFICER)
    return User.objects.filter(roles__school=school, roles__kind__in=kinds).exclude(email="").distinct()
