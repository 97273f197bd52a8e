"""Claims: the right to send pictures once, for one card or for none, at one kiosk, within ten seconds."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings

from gates.decision import Claim as Standing
from gates.models import Capture, Claim

LASTS = timedelta(seconds=10)


def token(capture: Capture) -> str:
    """Return the claim that a capture earned: derived from it, so a repeated call hears the same one."""
    return hmac.new(settings.CLAIM_KEY, f"claim|{capture.kiosk_id}|{capture.id}".encode(), hashlib.sha256).hexdigest()


def give(capture: Capture, *, at: datetime) -> None:
    """Let the kiosk of a capture send pictures for the card it showed, or to look for somebody without one."""
    assert capture.credential_id is not None or capture.identify, "nobody is asked to look who showed no card"
    Claim.objects.create(
        school_id=capture.school_id,
        capture=capture,
        kiosk_id=capture.kiosk_id,
        credential_id=capture.credential_id,
        token_digest=_digest(token(capture)),
        expires_at=at + LASTS,
    )


def find(text: str) -> Claim | None:
    """Return the claim behind a token, used or not, or None for one we never gave."""
    return Claim.objects.select_related("credential__person__school").filter(token_digest=_digest(text)).first()


def is_good(claim: Claim, at: datetime) -> bool:
    """Tell whether a claim could still be used. Only `use` makes sure of it."""
    return claim.used_by_id is None and at < claim.expires_at


def use(claim: Claim | None, *, capture: Capture, at: datetime) -> Standing:
    """Use a claim up for a capture. Of two captures with one claim, one gets it and the other hears SPENT."""
    if claim is None:
        return Standing.SPENT
    unused = Claim.objects.filter(id=claim.id, used_by__isnull=True, expires_at__gt=at)
    return Standing.GOOD if unused.update(used_by=capture) else Standing.SPENT


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
