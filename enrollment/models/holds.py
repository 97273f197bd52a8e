"""What stops comparing for a while, although nobody has taken consent back."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.constraints import id_and_school, same_school
from campus.models import Person, School, User


class Hold(models.Model):
    """Nothing is compared while it stands. What is held is destroyed when it is confirmed, or has stood too long."""

    class Cause(models.TextChoices):
        VERBAL_OBJECTION = "verbal_objection", _("A guardian said no, not in writing")
        COURT_QUERY = "court_query", _("A question about a court’s order")

    class Status(models.TextChoices):
        STANDING = "standing", _("Stands")
        CLEARED = "cleared", _("Cleared")
        CONFIRMED = "confirmed", _("Confirmed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holds")
    cause = models.CharField(max_length=20, choices=Cause.choices)
    guardian = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who said no; nobody for a query"
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.STANDING)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    reason = models.TextField(blank=True, default="", help_text="Why it was cleared, by whoever cleared it")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("hold_id_school"),
            same_school("student", "campus.Person", name="hold_student_school"),
            models.UniqueConstraint(
                fields=("student", "cause", "guardian"),
                condition=Q(status="standing"),
                nulls_distinct=False,
                name="hold_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(cause="verbal_objection", guardian__isnull=False)
                | Q(cause="court_query", guardian__isnull=True),
                name="hold_objection_names_its_guardian",
            ),
            models.CheckConstraint(
                condition=Q(status="standing", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(status="standing") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="hold_decided_says_by_whom",
            ),
            # The guardian who said no may say yes, and a query is the protection officer's from beginning to end.
            models.CheckConstraint(
                condition=~Q(status="cleared", cause="verbal_objection")
                | Q(decided_by=F("guardian"))
                | ~Q(decided_by=F("recorded_by")),
                name="hold_is_cleared_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(status="cleared") | ~Q(reason="") | Q(guardian__isnull=False, decided_by=F("guardian")),
                name="hold_cleared_says_why",
            ),
        ]
