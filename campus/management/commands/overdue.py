"""Count what is past its retention by more than a day; ends with 1 if there is any, for whatever watches."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from campus import clock, sweeping


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object on one line, for a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        late = sweeping.overdue(at)
        if options["json"]:
            self.stdout.write(json.dumps({"at": at.isoformat(), "overdue": sum(late.values()), "rules": late}))
        else:
            for rule, number in late.items():
                self.stdout.write(f"{number:>8} {rule}")
            self.stdout.write(f"{sum(late.values()):>8} rows overdue")
        if late:
            sys.exit(1)
