"""A turnstile that isn't there: it says in the log that it opened."""

from __future__ import annotations

import logging

from gates.models import Gate

log = logging.getLogger(__name__)


class Simulated:
    """The driver of a machine without a gate, and of the demo."""

    def open(self, gate: Gate, direction: str) -> None:
        log.info("gate %s opens, %s", gate.id, direction)
