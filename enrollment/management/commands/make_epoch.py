"""Make the vault's epoch key, once; an existing one is left alone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from enrollment.vault import keys


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        path = keys.make_epoch()
        if options["verbosity"]:
            self.stdout.write(f"the epoch key is in {path}")
