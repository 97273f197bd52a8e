"""Where many families stand at once, for the office's list: the answers, and whether they are in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.models import Person
from enrollment import permits
from enrollment.models import ChildAnswer, ConsentEvent, Permit, Purpose

Kind = ConsentEvent.Kind


class Standing(models.TextChoices):
    """What the answers of a family amount to."""

    SILENT = "silent", _("No answer yet")
    YES = "yes", _("Yes")
    NO = "no", _("No")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    NOT_IN_FORCE = "not_in_force", _("Yes, not in force")
    CHILD_NO = "child_no", _("The student said no")


def of(students: Sequence[Person], at: datetime) -> dict[UUID, Standing]:
    """Return where each student's family stands, in three queries however many they are."""
    last: dict[UUID, dict[int, str]] = defaultdict(dict)
    events = ConsentEvent.objects.filter(student__in=students, purpose=Purpose.GATE_ACCESS).order_by("id")
    # As in the rule: a Yes through an address that nobody has confirmed counts for nothing.
    events = events.exclude(kind=Kind.GIVEN, address__isnull=False, address__confirmed_at__isnull=True)
    for student, guardian, kind in events.values_list("student_id", "guardian_id", "kind"):
        last[student][guardian] = kind
    allowed = Permit.objects.filter(permits.comparing(at), student__in=students)
    in_force = set(allowed.values_list("student_id", flat=True))
    own = ChildAnswer.objects.filter(student__in=students, purpose=Purpose.GATE_ACCESS).order_by("id")
    child = dict(own.values_list("student_id", "kind"))
    return {
        student.id: _amount(set(last[student.id].values()), child.get(student.id), student.id in in_force)
        for student in students
    }


def _amount(kinds: set[str], child: str | None, in_force: bool) -> Standing:
    if not kinds:
        return Standing.SILENT
    if Kind.REFUSED in kinds:
        return Standing.NO
    if Kind.WITHDRAWN in kinds:
        return Standing.WITHDRAWN
    if child == ChildAnswer.Kind.NO:
        return Standing.CHILD_NO
    return Standing.YES if in_force else Standing.NOT_IN_FORCE
