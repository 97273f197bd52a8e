"""New epochs: after an erasure every surviving data key is wrapped anew, and the key of the epoch before is destroyed.

A deleted row stays in dead tuples, in WAL, on replicas and in backups. What makes it worthless is the end of its epoch.
The way there is a row of steps, each a transaction of its own under one lock, and which step is next is told by the
file and the tables alone: whoever is killed at any point, another process goes on from there.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections, transaction

from campus import sealing
from enrollment.vault import epoch_file
from enrollment.vault.epoch_file import Ring
from enrollment.vault.models import DataKey, Destruction

log = logging.getLogger(__name__)

GATHER = timedelta(seconds=20)
"""How long the first erasure waits for others to share its epoch: with the beat's ten seconds less than a minute."""
BATCH = 1000
NO_EPOCH = 0
"""What a data key is put under that its own epoch's key doesn't open: nobody's opens it, and it holds up no other."""
_LOCK = 0xE90C


@contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Open a transaction in the keys database: alone to change epochs, or beside others to make and end single keys."""
    function = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with transaction.atomic(using="keys"):
        with connections["keys"].cursor() as cursor:
            # An old epoch key is destroyed on the strength of what was committed: it must be on the disk.
            cursor.execute("SET LOCAL synchronous_commit TO on")
            cursor.execute(f"SELECT {function}(%s)", [_LOCK])
        yield


def renew(at: datetime, *, at_once: bool = False) -> int | None:
    """End the epochs of destroyed keys, a while after the first of them or `at_once`; return which began, if one did.

    It also takes up what another process left half done.
    """
    began = None
    while (step := _step(at, at_once=at_once and began is None)) is not None:
        began = step or began
    return began


def gone(references: Collection[UUID]) -> set[UUID]:
    """Return those of these references of whose keys no copy can be opened any more, by anything there is."""
    # In this order: a key that is destroyed between the two questions counts as still there.
    kept = set(DataKey.objects.filter(reference__in=references).values_list("reference", flat=True))
    kept |= set(Destruction.objects.filter(reference__in=references).values_list("reference", flat=True))
    return set(references) - kept


def _step(at: datetime, *, at_once: bool) -> int | None:
    """Do what is next. Return the epoch that began with it, 0 for another step, None where there was nothing to do."""
    with turn(alone=True):
        ring = epoch_file.read()
        Destruction.objects.filter(epoch__lt=ring.oldest).delete()
        if len(ring.keys) > 1:
            if not _wrap_some_anew(ring):
                epoch_file.replace(ring, {ring.newest: ring.keys[ring.newest]})
            return 0
        if not at_once and not Destruction.objects.filter(at__lte=at - GATHER).exists():
            return None
        epoch_file.replace(ring, {**ring.keys, ring.newest + 1: secrets.token_bytes(32)})
        return ring.newest + 1


def _wrap_some_anew(ring: Ring) -> int:
    """Bring some of the data keys that are left into the epoch in force, and return how many those were."""
    older = [number for number in ring.keys if number != ring.newest]
    rows = list(DataKey.objects.filter(epoch__in=older)[:BATCH])
    for row in rows:
        try:
            inner = unwrapped(row, ring)
        except sealing.Tampered:
            log.error("the data key of reference %s is not the one that was stored", row.reference)
            row.epoch = NO_EPOCH
        else:
            row.epoch, row.wrapped = ring.newest, wrapped(row.reference, inner, ring)
    DataKey.objects.bulk_update(rows, ["epoch", "wrapped"], batch_size=BATCH)
    return len(rows)


def wrapped(reference: UUID, inner: bytes, ring: Ring) -> bytes:
    """Wrap what a data key's row is to hold by the key of the epoch in force."""
    return sealing.seal(ring.keys[ring.newest], [inner], bound_to=_bound_to(reference, ring.newest))


def unwrapped(row: DataKey, ring: Ring) -> bytes:
    """Return what a data key's row holds. Raises `KeyError` if its epoch has ended, `Tampered` if it was changed."""
    (inner,) = sealing.unseal(ring.keys[row.epoch], bytes(row.wrapped), bound_to=_bound_to(row.reference, row.epoch))
    return inner


def _bound_to(reference: UUID, epoch: int) -> str:
    return f"data key|{reference}|{epoch}"
