"""Data keys, one an enrolment: made, used inside, destroyed. Nothing outside this app sees a key.

A data key is wrapped by the key of its epoch. The epoch key is random, wrapped by the root key, and lies
in one file outside both databases.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings

from campus import sealing
from enrollment.vault.models import DataKey

AT_ONCE = 1000
"""How many keys are asked for in one query."""


@dataclass(frozen=True)
class Binding:
    """What a ciphertext belongs to: it opens for nothing else. Associated data of AES-256-GCM."""

    school: UUID
    student: UUID
    purpose: str
    engine: str

    def __str__(self) -> str:
        return f"reference|{self.school}|{self.student}|{self.purpose}|{self.engine}"


class KeyDestroyed(Exception):
    """There is no key for this reference: it was destroyed, or never made."""


def encrypt(reference: UUID, plaintext: bytes, *, binding: Binding, at: datetime) -> bytes:
    """Make a data key for a reference, store it wrapped, and return the plaintext's ciphertext."""
    epoch, epoch_key = _epoch()
    data_key = secrets.token_bytes(32)
    wrapped = sealing.seal(epoch_key, [data_key], bound_to=f"data key|{reference}|{epoch}")
    DataKey.objects.create(reference=reference, epoch=epoch, wrapped=wrapped, made_at=at)
    return sealing.seal(data_key, [plaintext], bound_to=str(binding))


def decrypt(reference: UUID, ciphertext: bytes, *, binding: Binding) -> bytes:
    """Return the plaintext of a reference. Raises `KeyDestroyed`, or `Tampered` if anything was swapped."""
    row = DataKey.objects.filter(reference=reference).first()
    if row is None:
        raise KeyDestroyed
    return _opened(row, ciphertext, binding)


def decrypt_many(sealed: Mapping[UUID, tuple[bytes, Binding]]) -> dict[UUID, bytes]:
    """Return the plaintexts of references by their ciphertexts and bindings; those that don't open are left out."""
    plain = {}
    ids = list(sealed)
    for begin in range(0, len(ids), AT_ONCE):
        for row in DataKey.objects.filter(reference__in=ids[begin : begin + AT_ONCE]):
            with contextlib.suppress(sealing.Tampered):
                plain[row.reference] = _opened(row, *sealed[row.reference])
    return plain


def _opened(row: DataKey, ciphertext: bytes, binding: Binding) -> bytes:
    epoch, epoch_key = _epoch()
    (data_key,) = sealing.unseal(epoch_key, bytes(row.wrapped), bound_to=f"data key|{row.reference}|{epoch}")
    (plaintext,) = sealing.unseal(data_key, bytes(ciphertext), bound_to=str(binding))
    return plaintext


def destroy(reference: UUID) -> bool:
    """Delete a reference's key, and tell whether there was one."""
    deleted, _ = DataKey.objects.filter(reference=reference).delete()
    return bool(deleted)


def older_than(moment: datetime) -> list[UUID]:
    """Return the references whose keys were made before a moment, for the sweep of orphans."""
    return list(DataKey.objects.filter(made_at__lt=moment).values_list("reference", flat=True))


def make_epoch(path: Path | None = None) -> Path:
    """Write the epoch file if there is none: a random key, wrapped by the root key. Safe to call twice."""
    path = path or settings.VAULT_EPOCH_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    wrapped = sealing.seal(settings.VAULT_ROOT_KEY, [secrets.token_bytes(32)], bound_to="epoch|1")
    content = json.dumps({"epoch": 1, "wrapped": base64.b64encode(wrapped).decode()})
    # Written whole and then given its name, so that a crash leaves no half of a key; an existing one stays.
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
    return path


@cache
def _epoch() -> tuple[int, bytes]:
    """Return number and key of the epoch in force."""
    content = json.loads(settings.VAULT_EPOCH_FILE.read_text())
    number = int(content["epoch"])
    (key,) = sealing.unseal(settings.VAULT_ROOT_KEY, base64.b64decode(content["wrapped"]), bound_to=f"epoch|{number}")
    return number, key
