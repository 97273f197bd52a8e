"""Install a kiosk at a gate, give it a new key, or switch it off."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campus import clock
from gates import kiosks
from gates.models import Gate, Kiosk, Way


class Command(BaseCommand):
    """Prints a key once; only its SHA-256 is kept."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        install = actions.add_parser("install", help="add a kiosk to a gate and print its key")
        install.add_argument("school", help="the school's slug")
        install.add_argument("gate", help="the gate's name")
        install.add_argument("name", help="what to call the kiosk")
        install.add_argument("--way", choices=Way.values, default=Way.IN, help="which way people pass it")
        for action, words in (("rekey", "print a new key and forget the old one"), ("revoke", "switch it off")):
            actions.add_parser(action, help=words).add_argument("kiosk", help="the kiosk's id")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        if options["action"] == "install":
            gate = Gate.objects.filter(school__slug=options["school"], name=options["gate"]).first()
            if gate is None:
                raise CommandError("there is no such gate")
            way = Way(options["way"])
            kiosk, key = kiosks.install(gate=gate, name=options["name"], by=None, at=at, way=way)
            self.stdout.write(f"{kiosk.id} {key}")
            return
        found = Kiosk.objects.select_related("school").filter(id=options["kiosk"], revoked_at__isnull=True).first()
        if found is None:
            raise CommandError("there is no such kiosk in use")
        if options["action"] == "rekey":
            self.stdout.write(kiosks.new_key(kiosk=found, by=None, at=at))
        else:
            kiosks.revoke(kiosk=found, by=None, at=at)
            self.stdout.write("revoked")
