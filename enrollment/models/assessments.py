"""The impact assessment: without one that is approved and in date, no face is looked at."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.constraints import id_and_school
from campus.models import School, User


class ImpactAssessment(models.Model):
    """What a school has weighed before it compares faces: written, advised on, approved, and good until a date."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        REVOKED = "revoked", _("Taken back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="assessments")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    necessity = models.TextField(_("Why it is needed"), blank=True)
    alternatives = models.TextField(_("What else was weighed"), blank=True)
    bias = models.TextField(_("For whom it works less well"), blank=True)
    consultation = models.TextField(_("What parents and students said"), blank=True)
    advice = models.TextField(_("What the data protection officer advises"), blank=True)
    summary = models.TextField(_("Summary for everybody"), blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("assessment_id_school"),
            models.CheckConstraint(
                condition=Q(status="draft", approved_at__isnull=True)
                | (
                    ~Q(status="draft")
                    & Q(approved_at__isnull=False, valid_until__gt=F("approved_at"))
                    & ~Q(necessity="")
                    & ~Q(alternatives="")
                    & ~Q(bias="")
                    & ~Q(consultation="")
                    & ~Q(advice="")
                    & ~Q(summary="")
                ),
                name="assessment_approved_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(status="revoked", revoked_at__isnull=False)
                | (~Q(status="revoked") & Q(revoked_at__isnull=True)),
                name="assessment_revoked_says_when",
            ),
        ]
