"""How kiosks and keys that ended at the gates end again in a restored database."""

from __future__ import annotations

import secrets
from datetime import datetime

from campus.replaying import replays
from campus.tombstones import Line
from gates.models import Kiosk


@replays("kiosk.revoked")
def revoke_kiosk(line: Line, at: datetime) -> None:
    """Switch off a kiosk that was switched off for good."""
    Kiosk.objects.filter(id=line.subject, revoked_at__isnull=True).update(revoked_at=line.at)


@replays("kiosk.key_ended")
def end_key(line: Line, at: datetime) -> None:
    """Make the dump's key of a kiosk worthless: it was replaced since. The screen is paired anew."""
    Kiosk.objects.filter(id=line.subject).update(key_digest=secrets.token_bytes(32))
