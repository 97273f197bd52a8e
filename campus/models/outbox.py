"""Durable effects that must follow a commit, such as a mail or the destruction of a key."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from campus.models.people import School, User


class Outbox(models.Model):
    """An effect owed since a committed transaction. It carries identifiers only.

    `topic` names the handler; the desk worker takes rows in order of time and may do one twice. A mail to several is
    a row for each `recipient`, so that one whose server refuses costs the others nothing.
    """

    class Status(models.TextChoices):
        OWED = "owed"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    topic = models.CharField(max_length=48)
    subject = models.UUIDField()
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, help_text="Whom a mail goes to")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OWED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True, help_text="Empty until it has failed: tried again no earlier")
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("created_at",), condition=models.Q(status="owed"), name="outbox_owed")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status="owed", done_at__isnull=True)
                | models.Q(status="done", done_at__isnull=False),
                name="outbox_done_says_when",
            )
        ]
