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
