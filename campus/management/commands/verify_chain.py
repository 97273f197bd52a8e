"""Walk the audit log's chain and say whether it holds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campus import audit
from campus.models import AuditSeal


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        flaws = list(audit.flaws())
        for flaw in flaws:
            self.stderr.write(f"seal {flaw.number}: {flaw.what}")
        if flaws:
            raise CommandError(f"{len(flaws)} flaws")
        self.stdout.write(f"{AuditSeal.objects.count()} events, the chain holds")
