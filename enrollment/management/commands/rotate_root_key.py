"""Put the epoch key under the next root key, VAULT_ROOT_KEY_NEXT, and begin a new epoch; safe to repeat."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from campus import audit, clock
from enrollment.vault import epoch_file, epochs


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        to_come = settings.VAULT_ROOT_KEY_NEXT
        if not to_come or to_come == settings.VAULT_ROOT_KEY:
            raise CommandError("VAULT_ROOT_KEY_NEXT is not set, or is the root key of now: it must be another 32 bytes")
        at, ring = clock.now(), epoch_file.read()
        if ring.root != to_come:
            epoch_file.replace(ring, ring.keys, root=to_come)
            audit.record("root_key.changed", school=None, subject=None, actor=None, at=at)
        # With the epoch, every copy of the old file becomes worthless too, for whoever has the old root key.
        epoch = epochs.renew(at, at_once=True)
        audit.record("epoch.began", school=None, subject=None, actor=None, at=at, epoch=epoch)
        self.stdout.write(
            f"The epoch key, of epoch {epoch}, is under the next root key now, and the old one opens nothing. "
            "Give the next one to every process as VAULT_ROOT_KEY, take VAULT_ROOT_KEY_NEXT away, and start them again."
        )
