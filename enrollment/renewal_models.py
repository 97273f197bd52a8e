"""The row that says that a renewal was seen running, without which its end destroys nothing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from campus.append_only import append_only


class Renewal(models.Model):
    """A change of the face reader as the sweep first saw it running. It is the installation's, for all its schools.

    Variables alone can be mistyped, swapped or left over; what is written here has happened.
    """

    before_engine = models.CharField(max_length=64, help_text="Identity of the engine whose references it ends")
    now_engine = models.CharField(max_length=64, help_text="Identity of the engine that enrols")
    until = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When the sweep first saw it running")

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("before_engine", "now_engine", "until"), name="renewal_seen_once"),
            models.CheckConstraint(condition=models.Q(seen_at__lt=models.F("until")), name="renewal_was_running"),
            models.CheckConstraint(
                condition=~models.Q(before_engine=models.F("now_engine")), name="renewal_of_another_engine"
            ),
        ]
