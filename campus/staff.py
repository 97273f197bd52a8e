"""Who works at a school and may do what: giving a role and taking it away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campus import audit
from campus.models import Role, School, User


@transaction.atomic
def give_role(*, school: School, email: str, name: str, kind: str, by: User | None, at: datetime) -> Role:
    """Give a role to whoever signs in by an address, known so far or not; giving it twice changes nothing."""
    address = email.strip().lower()
    user = User.objects.filter(email=address).first() or User.objects.create_user(address, name=name.strip())
    role, made = Role.objects.get_or_create(school=school, user=user, kind=Role.Kind(kind))
    if made:
        audit.record("role.given", school=school, subject=None, actor=by, at=at, user=user.id, role=role.kind)
    return role


@transaction.atomic
def take_role(*, role: Role, by: User | None, at: datetime) -> None:
    """Take a role away, from the next page on that its holder opens."""
    audit.record("role.taken", school=role.school, subject=None, actor=by, at=at, user=role.user_id, role=role.kind)
    Role.objects.filter(id=role.id).delete()
