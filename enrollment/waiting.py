"""What one of the office typed in and a second person has yet to look at."""

from __future__ import annotations

from django.db.models import QuerySet

from campus.models import AddressChange, School
from enrollment.models import Exemption, PaperAnswer


def papers(school: School) -> QuerySet[PaperAnswer]:
    """Return the answers on paper of a school that wait, the oldest first."""
    found = PaperAnswer.objects.filter(school=school, status=PaperAnswer.Status.WAITING)
    return found.select_related("student__school", "school", "guardian", "recorded_by").order_by("recorded_at")


def changes(school: School) -> QuerySet[AddressChange]:
    """Return the new addresses on paper of a school that wait, the oldest first."""
    found = AddressChange.objects.filter(school=school, status=AddressChange.Status.WAITING)
    return found.select_related("school", "guardian", "recorded_by").order_by("recorded_at")


def exemptions(school: School) -> QuerySet[Exemption]:
    """Return the exemptions of guardians of a school that wait, the oldest first."""
    found = Exemption.objects.filter(school=school, status=Exemption.Status.WAITING)
    return found.select_related("student__school", "school", "guardian", "recorded_by").order_by("recorded_at")


def count(school: School) -> int:
    """Count what waits in a school, in one query: every page of the office shows it."""
    rows = [found.order_by().values("school") for found in (papers(school), changes(school), exemptions(school))]
    return rows[0].union(*rows[1:], all=True).count()
