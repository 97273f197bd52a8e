"""That a family was told: who was told about what, when and how; or why somebody could not be."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import id_and_school, same_school
from campus.models import Person, School, User
from enrollment.models.notices import Purpose


class Notification(models.Model):
    """One guardian was given one version of a notice in writing, about one child."""

    class Method(models.TextChoices):
        WEB = "web", _("On the family’s page")
        MAIL = "mail", _("By e-mail")
        LETTER = "letter", _("By letter")

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="notifications")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notifications")
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    version = models.PositiveIntegerField()
    method = models.CharField(max_length=8, choices=Method.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="notification_student_school"),
            models.UniqueConstraint(
                fields=("student", "guardian", "purpose", "version", "method"), name="notification_once_a_way"
            ),
        ]


class Exemption(models.Model):
    """A guardian need not be told, for a reason: one of the office says so, and another agrees. Never a consent."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        DROPPED = "dropped", _("Not taken")
        ENDED = "ended", _("Ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="exemptions")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="exemptions")
    reason = models.TextField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("exemption_id_school"),
            same_school("student", "campus.Person", name="exemption_student_school"),
            models.UniqueConstraint(
                fields=("student", "guardian"),
                condition=Q(status__in=["waiting", "confirmed"]),
                name="exemption_one_live",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="exemption_says_why"),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "ended"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("recorded_by"))),
                name="exemption_takes_two_staff",
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_at__isnull=False) | (~Q(status="ended") & Q(ended_at__isnull=True)),
                name="exemption_ended_says_when",
            ),
        ]


class Reminder(models.Model):
    """A guardian is reminded, once, that consent ends in so many days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reminders")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reminders")
    days = models.PositiveSmallIntegerField()
    ends_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="reminder_student_school"),
            models.UniqueConstraint(fields=("student", "guardian", "days", "ends_at"), name="reminder_once"),
        ]
