"""Kiosks and their keys: one random key each, of which the server keeps the SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from campus import audit
from campus.models import User
from gates.models import Gate, Kiosk


@transaction.atomic
def install(*, gate: Gate, name: str, by: User | None, at: datetime, diagnostic: bool = False) -> tuple[Kiosk, str]:
    """Add a kiosk to a gate and return it with its key, which is not kept and can't be shown again."""
    key = secrets.token_urlsafe(32)
    kiosk = Kiosk.objects.create(
        school=gate.school, gate=gate, name=name, key_digest=_digest(key), diagnostic=diagnostic
    )
    audit.record("kiosk.installed", school=gate.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id))
    return kiosk, key


@transaction.atomic
def new_key(*, kiosk: Kiosk, by: User | None, at: datetime) -> str:
    """Give a kiosk a new key and return it; the old one is worthless from now on."""
    key = secrets.token_urlsafe(32)
    Kiosk.objects.filter(id=kiosk.id).update(key_digest=_digest(key))
    audit.record("kiosk.rekeyed", school=kiosk.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id))
    return key


@transaction.atomic
def revoke(*, kiosk: Kiosk, by: User | None, at: datetime) -> bool:
    """Switch a kiosk off for good, from its next call on."""
    if not Kiosk.objects.filter(id=kiosk.id, revoked_at__isnull=True).update(revoked_at=at):
        return False
    audit.record("kiosk.revoked", school=kiosk.school, subject=None, actor=by, at=at, kiosk=str(kiosk.id))
    return True


def authenticate(header: str) -> Kiosk | None:
    """Return the kiosk behind an `Authorization: Kiosk <key>` header, or None."""
    scheme, _, key = header.partition(" ")
    if scheme != "Kiosk" or not key:
        return None
    live = Kiosk.objects.filter(key_digest=_digest(key.strip()), revoked_at__isnull=True)
    return live.select_related("school", "gate").first()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
