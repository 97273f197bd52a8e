"""Make the demo school: people, cards, a gate, a kiosk. Takes no photographs and gives no consent."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from campus import clock
from gates import demo_school


class Command(BaseCommand):
    """Safe to run twice: it makes what is missing, and new cards and a new kiosk key each time."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--crowd", type=int, default=0, help="so many more students and kiosks, to measure with")
        parser.add_argument("--json", action="store_true", help="print what was made for a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("seed_demo prints keys and cards, so it needs DEBUG=1")
        seed = demo_school.seed(at=clock.now(), crowd=options["crowd"])
        if options["json"]:
            self.stdout.write(json.dumps(seed, indent=2))
            return
        self.stdout.write(f"{seed['school']['name']}, kiosk key {seed['kiosk']['key']}")
        for student in seed["students"]:
            self.stdout.write(f"{student['name']}: {student['card']}")
        for person in seed["sign_ins"]:
            self.stdout.write(f"{person['role']}: {person['email']}")
