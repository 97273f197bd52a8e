"""Where consent stands, worked out from its facts and kept for lists: only `enrollment.consent.reconcile` writes it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.constraints import same_school
from campus.models import Person, School
from enrollment.models.notices import Purpose


class State(models.TextChoices):
    """Where one student stands about one purpose: LAW.md has the table."""

    NOT_OFFERED = "not_offered", _("Not offered by the school")
    NONE = "none", _("Not told yet")
    NOTIFIED = "notified", _("Told, no consent yet")
    CONSENTED = "consented", _("A guardian said yes; the student is still to be asked")
    READY = "ready", _("May be enrolled")
    ENROLLED = "enrolled", _("Enrolled")
    SUSPENDED = "suspended", _("Suspended")
    BLOCKED_BY_GUARDIAN = "blocked_by_guardian", _("A guardian said no")
    BLOCKED_BY_CHILD = "blocked_by_child", _("The student said no")
    EXPIRED = "expired", _("Run out")
    CLOSED = "closed", _("Left the school")


class ConsentStanding(models.Model):
    """The state of one student and purpose, since when, and when the clock alone will change it."""

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consent_standings")
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    state = models.CharField(max_length=20, choices=State.choices)
    since = models.DateTimeField()
    process_until = models.DateTimeField(null=True, help_text="Until when a face may be processed, by the clock alone")
    review_at = models.DateTimeField(null=True, help_text="When the clock changes something")

    class Meta:
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="standing_student_school"),
            models.UniqueConstraint(fields=("student", "purpose"), name="standing_once_a_purpose"),
        ]
        indexes: ClassVar = [models.Index(fields=("review_at",), name="standing_review_at")]


class PolicyInForce(models.Model):
    """The policy that a school's standings were last worked out by; another one makes them all be worked out anew."""

    school = models.OneToOneField(School, on_delete=models.PROTECT, primary_key=True, related_name="policy_in_force")
    policy = models.CharField(max_length=64)
    at = models.DateTimeField()
