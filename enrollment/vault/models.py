"""The keys database: one wrapped data key a reference, and nothing that names anybody."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class DataKey(models.Model):
    """The key that opens one reference, wrapped by the key of its epoch. Deleting the row is the erasure."""

    reference = models.UUIDField(primary_key=True)
    epoch = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("made_at",), name="datakey_made_at"),
            models.Index(fields=("epoch",), name="datakey_epoch"),
        ]


class Destruction(models.Model):
    """A data key whose row is deleted while an epoch key is left that opens what dead rows, WAL and backups have of it.

    This row goes when every epoch up to `epoch` has ended: then nothing is left that opens a copy.
    """

    reference = models.UUIDField(primary_key=True)
    epoch = models.PositiveIntegerField(help_text="The newest epoch there was: no copy is wrapped by a later one")
    at = models.DateTimeField()


class LogHead(models.Model):
    """The last line of the tombstone log, which lies outside both databases. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField()
    link = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="loghead_is_one")]
