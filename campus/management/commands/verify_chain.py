"""Walk the audit log's chain and say whether it holds, and whether it says what it said when its head was mailed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campus import audit


class Command(BaseCommand):
    """Without an anchor it finds a chain that is broken in itself. Whoever rewrites all of it is found by an anchor."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="NUMBER:HASH|FILE",
            help="a head of the chain from a mail, or a file with such mails; may be given more than once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchors = [anchor for said in options["anchor"] for anchor in _anchors(said)]
        flaws = [*audit.flaws(), *audit.departures(anchors)]
        for flaw in flaws:
            self.stderr.write(f"seal {flaw.number}: {flaw.what}")
        if flaws:
            raise CommandError(f"{len(flaws)} flaws")
        head = audit.head()
        passed = f", and passes through {len(anchors)} anchors" if anchors else ""
        self.stdout.write(f"{head.number if head else 0} events, the chain holds{passed}; its head is {head or 'none'}")


def _anchors(said: str) -> list[audit.Anchor]:
    found = audit.anchors_in(said) or (audit.anchors_in(_text(Path(said))) if Path(said).is_file() else [])
    if not found:
        raise CommandError(f"{said} is neither NUMBER:HASH nor a file with any")
    return found


def _text(file: Path) -> str:
    """Return a saved mail, whose lines may have been broken in its transport."""
    return file.read_text(errors="replace").replace("=\n", "").replace("=\r\n", "")
