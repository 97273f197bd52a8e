"""Data keys, one an enrolment: made, used inside, destroyed. Nothing outside this app sees a key.

A data key is wrapped by the key of its epoch (`enrollment.vault.epochs`), and inside that, where the reference is bound
to a card, by a key that only the card knows.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from campus import sealing
from enrollment.vault import epoch_file, epochs
from enrollment.vault.models import DataKey, Destruction

AT_ONCE = 1000
"""How many keys are asked for in one query."""
KEY_BYTES = 32
"""What a data key weighs that is bound to no card; sealed by a card's key it weighs more."""


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


class CardNeeded(Exception):
    """The reference is bound to a card, and the card's key was not given."""


def encrypt(
    reference: UUID, plaintext: bytes, *, binding: Binding, at: datetime, card_key: bytes | None = None
) -> bytes:
    """Make a data key for a reference, store it wrapped, and return the plaintext's ciphertext.

    With `card_key` (32 bytes, of `campus.cards.wrapping_key`) it opens with that card and with no other.
    """
    data_key = secrets.token_bytes(KEY_BYTES)
    inner = data_key if card_key is None else sealing.seal(card_key, [data_key], bound_to=_card_of(reference))
    with epochs.turn(alone=False):
        ring = epoch_file.read()
        wrapped = epochs.wrapped(reference, inner, ring)
        DataKey.objects.create(reference=reference, epoch=ring.newest, wrapped=wrapped, made_at=at)
    return sealing.seal(data_key, [plaintext], bound_to=str(binding))


def decrypt(reference: UUID, ciphertext: bytes, *, binding: Binding, card_key: bytes | None = None) -> bytes:
    """Return the plaintext of a reference.

    Raises `KeyDestroyed`; `CardNeeded`; `Tampered` if anything was swapped, the card too.
    """
    for _ in range(epoch_file.READS):  # An epoch may end between the two: then the row has another by now.
        ring, row = epoch_file.read(), DataKey.objects.filter(reference=reference).first()
        if row is None:
            break
        if row.epoch in ring.keys:
            return _opened(row, epochs.unwrapped(row, ring), ciphertext, binding, card_key)
    raise KeyDestroyed


def decrypt_many(sealed: Mapping[UUID, tuple[bytes, Binding]]) -> dict[UUID, bytes]:
    """Return the plaintexts of references by their ciphertexts and bindings; those that don't open are left out.

    So is what is bound to a card.
    """
    plain = {}
    ids = list(sealed)
    for begin in range(0, len(ids), AT_ONCE):
        left = set(ids[begin : begin + AT_ONCE])
        for _ in range(epoch_file.READS):
            ring = epoch_file.read()
            for row in DataKey.objects.filter(reference__in=left):
                if row.epoch in ring.keys:
                    left.remove(row.reference)
                    with contextlib.suppress(sealing.Tampered, CardNeeded):
                        plain[row.reference] = _opened(row, epochs.unwrapped(row, ring), *sealed[row.reference])
            if not left:
                break
    return plain


def that_open(references: Collection[UUID]) -> set[UUID]:
    """Return those of these references whose key is there and of an epoch in force. Nothing is opened by asking.

    A key that is bound to a card counts too. Raises `Tampered` if this process has not the epoch file's root key.
    """
    ring, found = epoch_file.read(), set()
    for row in DataKey.objects.filter(reference__in=references, epoch__in=ring.keys).iterator():
        with contextlib.suppress(sealing.Tampered):
            epochs.unwrapped(row, ring)
            found.add(row.reference)
    return found


def destroy(reference: UUID, *, at: datetime) -> bool:
    """Delete a reference's key, and tell whether there was one. The next epoch makes every copy of it worthless."""
    with epochs.turn(alone=False):
        deleted, _ = DataKey.objects.filter(reference=reference).delete()
        if deleted:
            # Not the row's own epoch: a process that was killed may have left a copy in the newest one.
            Destruction.objects.create(reference=reference, epoch=epoch_file.newest(), at=at)
    return bool(deleted)


def make_epoch() -> Path:
    """Write the epoch file if there is none; an existing one is left alone."""
    return epoch_file.make()


def older_than(moment: datetime) -> list[UUID]:
    """Return the references whose keys were made before a moment, for the sweep of orphans."""
    return list(DataKey.objects.filter(made_at__lt=moment).values_list("reference", flat=True))


def _opened(row: DataKey, inner: bytes, ciphertext: bytes, binding: Binding, card_key: bytes | None = None) -> bytes:
    if len(inner) == KEY_BYTES:
        data_key = inner
    elif card_key is None:
        raise CardNeeded
    else:
        (data_key,) = sealing.unseal(card_key, inner, bound_to=_card_of(row.reference))
    (plaintext,) = sealing.unseal(data_key, bytes(ciphertext), bound_to=str(binding))
    return plaintext


def _card_of(reference: UUID) -> str:
    return f"card|{reference}"
