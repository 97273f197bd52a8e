"""The impact assessment: without one that is approved and in date, no face is looked at."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.constraints import id_and_school
from campus.models import School, User

WORDS = ("necessity", "alternatives", "bias", "consultation", "summary", "advice")
"""What an assessment says, all of which it takes to approve it; the last is the data protection officer's."""
A_YEAR = timedelta(days=367)
"""Twelve months to the end of the last day, with a leap day and a change of the clock in them."""


class ImpactAssessment(models.Model):
    """What a school has weighed before it compares faces: written, advised on, approved, and good until a date.

    A draft is changed by who began it, and an approved one by nobody.
    """

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
    summary = models.TextField(_("Summary for everybody"), blank=True)
    advice = models.TextField(_("What the data protection officer advises"), blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    advised_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    advised_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_why = models.TextField(blank=True)

    class Meta:
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="stays_as_approved",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(*WORDS, "written_by_id", "approved_by_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Condition("OLD.status <> 'draft'"),
                func="RAISE EXCEPTION 'an approved assessment stays as it is' USING ERRCODE = 'restrict_violation';",
            )
        ]
        constraints: ClassVar = [
            id_and_school("assessment_id_school"),
            models.UniqueConstraint(fields=("school",), condition=Q(status="draft"), name="assessment_one_draft"),
            models.CheckConstraint(
                condition=Q(status="draft", approved_at__isnull=True)
                | (
                    ~Q(status="draft")
                    & Q(approved_at__isnull=False, approved_by__isnull=False, valid_until__isnull=False)
                    & Q(advised_by__isnull=False)
                    & ~Q(necessity="")
                    & ~Q(alternatives="")
                    & ~Q(bias="")
                    & ~Q(consultation="")
                    & ~Q(summary="")
                    & ~Q(advice="")
                ),
                name="assessment_approved_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True)
                | Q(valid_until__gte=F("approved_at"), valid_until__lte=F("approved_at") + A_YEAR),
                name="assessment_holds_a_year_at_most",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | ~(Q(approved_by=F("written_by")) | Q(approved_by=F("advised_by"))),
                name="assessment_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(status="revoked", revoked_at__isnull=False, revoked_by__isnull=False)
                | (~Q(status="revoked") & Q(revoked_at__isnull=True)),
                name="assessment_revoked_says_when",
            ),
        ]
