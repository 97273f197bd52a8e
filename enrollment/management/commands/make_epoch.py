"""Make the vault's epoch key, once; an existing one is left alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from enrollment.vault import epoch_file
from enrollment.vault.models import DataKey


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--after-loss",
            action="store_true",
            help="the epoch file is lost for good: every student has to be enrolled again",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        lost = not settings.VAULT_EPOCH_FILE.exists() and not options["after_loss"]
        if lost and DataKey.objects.exists():
            raise CommandError(
                f"{settings.VAULT_EPOCH_FILE} is missing, and data keys are wrapped by what was in it. Put it back. "
                'If it is lost for good: make_epoch --after-loss; see "Keys" in docs/operations.md'
            )
        path = epoch_file.make()
        if options["verbosity"]:
            self.stdout.write(f"the epoch key is in {path}")
