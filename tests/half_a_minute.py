"""What the desk does in the half minute after something was erased."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

from campus import outbox
from enrollment import epoch_end
from enrollment.vault import epochs


def passes(at: datetime) -> datetime:
    """Destroy the keys of what was erased at a moment, for good, and send what waits for it; return when that was."""
    for app in ("campus", "enrollment"):
        import_module(f"{app}.tasks")
    outbox.settle(at=at)
    later = at + epochs.GATHER
    epochs.renew(later)
    epoch_end.pass_on(later)
    outbox.settle(at=later)
    return later
