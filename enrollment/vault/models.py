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
        indexes: ClassVar = [models.Index(fields=("made_at",), name="datakey_made_at")]


class LogHead(models.Model):
    """The last line of the tombstone log, which lies outside both databases. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField()
    link = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="loghead_is_one")]
