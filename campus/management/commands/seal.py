"""Chain the audit log: the one process that numbers committed events."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, connection

from campus import audit, checks

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs until it is told to stop, sealing what has been committed since."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="seal what there is, then end")
        parser.add_argument("--every", type=float, default=1.0, help="seconds between rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        checks.refuse_misconfiguration()
        stop = threading.Event()
        if not options["once"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        while True:
            self._seal_all()
            if options["once"] or stop.wait(options["every"]):
                return

    def _seal_all(self) -> None:
        """Seal what there is. A database that is away for a while ends nothing: the next round catches up."""
        try:
            while audit.seal():
                pass
        except (OperationalError, InterfaceError):
            log.exception("nothing was sealed in this round")
            connection.close()
