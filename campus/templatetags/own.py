"""Whether the reader of a family's page is the student: then nothing on it says "your child"."""

from __future__ import annotations

from django import template

from campus.models import Guardianship, User

register = template.Library()


@register.filter
def is_student(user: User) -> bool:
    """Tell whether somebody signed in to answer for nobody but themselves."""
    bonds = Guardianship.objects.filter(guardian_id=user.pk, ended_at__isnull=True)
    return user.is_authenticated and bonds.filter(capacity=Guardianship.Capacity.STUDENT).exists()
