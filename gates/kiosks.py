"""Kiosks and their keys: one random key each, of which the server keeps the SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac

from campus import audit, tombstones
from campus.models import User
from gates.models import Gate, Kiosk, Way


@transaction.atomic
def install(*, gate: Gate, name: str, by: User | None, at: datetime, way: Way = Way.IN) -> tuple[Kiosk, str]:
    """Add a kiosk to a gate and return it with its key, which is not kept and can't be shown again."""
    key = secrets.token_urlsafe(32)
    kiosk = Kiosk.objects.create(school=gate.school, gate=gate, name=name, way=way, key_digest=_digest(key))
    audit.record("kiosk.installed", school=gate.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id), way=way)
    return kiosk, key


@transaction.atomic
def set_way(*, kiosk: Kiosk, way: Way, by: User, at: datetime) -> bool:
    """Change which way people pass a kiosk; tell whether that is a change. It holds from the next call on."""
    if not Kiosk.objects.filter(id=kiosk.id).exclude(way=way).update(way=way):
        return False
    audit.record("kiosk.way", school=kiosk.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id), way=way)
    return True


@transaction.atomic
def new_key(*, kiosk: Kiosk, by: User | None, at: datetime) -> str:
    """Give a kiosk a new key and return it; the old one is worthless from now on."""
    key = secrets.token_urlsafe(32)
    Kiosk.objects.filter(id=kiosk.id).update(key_digest=_digest(key))
    tombstones.owe("kiosk.key_ended", school=kiosk.school, subject=kiosk.id, at=at)
    audit.record("kiosk.rekeyed", school=kiosk.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id))
    return key


@transaction.atomic
def pair(*, key: str, browser: str, at: datetime) -> tuple[Kiosk, str] | None:
    """Exchange a key that somebody typed for one that only the paired screen has; None if it isn't a live one.

    So a typed key works once: a note with it, or a look over a shoulder, is worth nothing afterwards. The new key
    follows from the typed one and from a secret of this `browser`, so that the second of two clicks finds it again.
    """
    typed = key.strip()
    fresh = salted_hmac("gates.kiosks.pair", f"{browser} {typed}", algorithm="sha256").hexdigest()
    live = Kiosk.objects.filter(key_digest=_digest(typed), revoked_at__isnull=True)
    if not live.update(key_digest=_digest(fresh)):
        again = with_key(fresh)
        return (again, fresh) if again else None
    kiosk = Kiosk.objects.select_related("school", "gate").get(key_digest=_digest(fresh))
    tombstones.owe("kiosk.key_ended", school=kiosk.school, subject=kiosk.id, at=at)
    audit.record("kiosk.paired", school=kiosk.school, subject=None, actor=None, at=at, kiosk=str(kiosk.id))
    return kiosk, fresh


@transaction.atomic
def unpair(*, kiosk: Kiosk, by: User, at: datetime) -> bool:
    """Make the key of a paired screen worthless; tell whether this call did it. The office gives a new key."""
    forgotten = _digest(secrets.token_urlsafe(32))
    if not Kiosk.objects.filter(id=kiosk.id, key_digest=bytes(kiosk.key_digest)).update(key_digest=forgotten):
        return False
    tombstones.owe("kiosk.key_ended", school=kiosk.school, subject=kiosk.id, at=at)
    audit.record("kiosk.unpaired", school=kiosk.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id))
    return True


@transaction.atomic
def revoke(*, kiosk: Kiosk, by: User | None, at: datetime) -> bool:
    """Switch a kiosk off for good, from its next call on."""
    if not Kiosk.objects.filter(id=kiosk.id, revoked_at__isnull=True).update(revoked_at=at):
        return False
    tombstones.owe("kiosk.revoked", school=kiosk.school, subject=kiosk.id, at=at)
    audit.record("kiosk.revoked", school=kiosk.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id))
    return True


def authenticate(header: str) -> Kiosk | None:
    """Return the kiosk behind an `Authorization: Kiosk <key>` header, or None."""
    scheme, _, key = header.partition(" ")
    return with_key(key) if scheme == "Kiosk" else None


def with_key(key: str) -> Kiosk | None:
    """Return the live kiosk whose key this is, or None."""
    if not key:
        return None
    live = Kiosk.objects.filter(key_digest=_digest(key.strip()), revoked_at__isnull=True)
    return live.select_related("school", "gate").first()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
