"""The audit log: what was done and read, and the chain that shows nobody rewrote it.

Events are written unchained inside the transaction of the act, so gates never wait for one another.
One sealing process numbers and chains the committed ones afterwards.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from campus.models import AuditEvent, AuditPayload, AuditSeal, School, User

READ_ONCE_IN = timedelta(minutes=15)
GENESIS = bytes(32)
_SEALER_LOCK = 0x5EA1


def record(
    kind: str, *, school: School | None, subject: UUID | None, actor: User | None, at: datetime, **body: Any
) -> AuditEvent:
    """Write one event in the caller's transaction. `body` holds identifiers and figures, never a name."""
    salt = secrets.token_bytes(16)
    event = AuditEvent.objects.create(
        kind=kind, school=school, subject=subject, actor=actor, at=at, digest=_digest(salt, body)
    )
    AuditPayload.objects.create(event=event, salt=salt, body=body)
    return event


def record_read(
    page: str, *, school: School, subject: UUID, viewer: User, at: datetime, once_in: timedelta = READ_ONCE_IN
) -> None:
    """Write that somebody looked at a person's data: once a viewer, page and person in 15 minutes.

    `subject` is the person, or the register or school whose list it is: `campus.reads` tells families.
    """
    kind = f"read.{page}"
    recent = AuditEvent.objects.filter(kind=kind, actor=viewer, subject=subject, at__gt=at - once_in)
    if not recent.exists():
        with transaction.atomic():
            record(kind, school=school, subject=subject, actor=viewer, at=at)


def seal(limit: int = 500) -> int:
    """Chain the committed events that have no seal yet, and return how many. One process at a time."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALER_LOCK])
            if not cursor.fetchone()[0]:
                return 0
        last = AuditSeal.objects.order_by("-number").first()
        number, previous = (last.number, bytes(last.link)) if last else (0, GENESIS)
        seals = []
        for event in AuditEvent.objects.filter(seal__isnull=True).order_by("at", "id")[:limit]:
            number += 1
            link = _link(number, previous, event)
            seals.append(AuditSeal(number=number, event=event, previous=previous, link=link))
            previous = link
        AuditSeal.objects.bulk_create(seals)
        return len(seals)


@dataclass(frozen=True)
class Flaw:
    """Where the chain doesn't hold, and how."""

    number: int
    what: str


def flaws() -> Iterator[Flaw]:
    """Walk the whole chain and yield each place where it doesn't hold. An emptied payload is no flaw."""
    expected, previous = 0, GENESIS
    for seal_ in AuditSeal.objects.select_related("event__payload").order_by("number").iterator(chunk_size=1000):
        expected += 1
        if seal_.number != expected:
            yield Flaw(expected, "missing")
            expected = seal_.number
        if bytes(seal_.previous) != previous or bytes(seal_.link) != _link(seal_.number, previous, seal_.event):
            yield Flaw(seal_.number, "rewritten")
        payload = getattr(seal_.event, "payload", None)
        if payload is not None and _digest(bytes(payload.salt), payload.body) != bytes(seal_.event.digest):
            yield Flaw(seal_.number, "payload changed")
        previous = bytes(seal_.link)


@dataclass(frozen=True)
class Anchor:
    """The chain's head at some moment, as somebody outside keeps it: a number and the link there."""

    number: int
    link: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.link.hex()}"


_ANCHOR = re.compile(r"(?<![0-9a-zA-Z])([1-9][0-9]{0,18}):([0-9a-f]{64})(?![0-9a-zA-Z])")


def anchors_in(text: str) -> list[Anchor]:
    """Return every anchor that a text holds, such as a day's mails saved into one file."""
    return [Anchor(int(number), bytes.fromhex(link)) for number, link in _ANCHOR.findall(text)]


def head() -> Anchor | None:
    """Return the chain's last place and its link, or None before anything was sealed."""
    last = AuditSeal.objects.order_by("-number").first()
    return Anchor(last.number, bytes(last.link)) if last else None


def departures(anchors: Sequence[Anchor]) -> Iterator[Flaw]:
    """Yield each anchor that the chain doesn't pass through.

    A chain that holds in itself and passes through an anchor says what it said then, up to there.
    """
    numbers = [anchor.number for anchor in anchors]
    links = {seal_.number: bytes(seal_.link) for seal_ in AuditSeal.objects.filter(number__in=numbers)}
    for anchor in anchors:
        if anchor.number not in links:
            yield Flaw(anchor.number, "cut off since the anchor")
        elif links[anchor.number] != anchor.link:
            yield Flaw(anchor.number, "rewritten since the anchor")


def _digest(salt: bytes, body: dict[str, Any]) -> bytes:
    return hashlib.sha256(salt + _canonical(body)).digest()


def _link(number: int, previous: bytes, event: AuditEvent) -> bytes:
    said = {
        "number": number,
        "event": str(event.id),
        "school": str(event.school_id or ""),
        "kind": event.kind,
        "subject": str(event.subject or ""),
        "actor": event.actor_id,
        "at": event.at.isoformat(),
        "digest": bytes(event.digest).hex(),
    }
    return hashlib.sha256(previous + _canonical(said)).digest()


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
