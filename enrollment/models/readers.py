"""The face reader in use: what a school accepted about it, and a change of it that was seen running."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from campus.append_only import append_only
from campus.models import School, User


class Acceptance(models.Model):
    """What a school accepted in words before it compared faces: of whom it was not shown that they are told apart.

    It holds for one version of the measured numbers of one engine. New numbers are asked about anew.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="acceptances")
    engine = models.CharField(max_length=64, help_text="Identity of the engine that was measured")
    version = models.CharField(max_length=64, help_text="Version of the measured numbers")
    language = models.CharField(max_length=12)
    sentence = models.TextField(help_text="As it was read and accepted")
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("school", "engine", "version"), name="acceptance_once_a_version"),
            models.CheckConstraint(condition=~models.Q(sentence=""), name="acceptance_says_what"),
        ]


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
