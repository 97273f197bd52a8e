"""What must stay ended whatever dump is restored, and which database this is."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from campus.models.people import School


class Tombstone(models.Model):
    """Something that ended for good, as the log outside the databases has it, or will in a moment.

    It is written in the transaction that ends it; the desk worker appends it to the log and notes its number here.
    A database that lacks a line of the log is older than the log: that is how one is known.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    kind = models.CharField(max_length=48)
    subject = models.UUIDField(help_text="What ended, or whom it is about")
    ids = models.JSONField(default=dict, help_text="Identifiers only")
    at = models.DateTimeField()
    number = models.PositiveBigIntegerField(null=True, unique=True, help_text="Its line in the log, once it has one")
    link = models.BinaryField(max_length=32, null=True, help_text="The hash chain's link at that line")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(number__isnull=True, link__isnull=True)
                | models.Q(number__isnull=False, link__isnull=False),
                name="tombstone_has_both_number_and_link",
            )
        ]


class Lineage(models.Model):
    """In which database this row was written, or vouched for last: restored elsewhere, it names another. At most one.

    So the web process, which sees no file beside the databases, knows a restored one by asking Postgres alone.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    database = models.CharField(max_length=80, help_text="Empty: nobody vouches for it")
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="lineage_is_one")]
