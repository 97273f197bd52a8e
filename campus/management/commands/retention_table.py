"""Write docs/retention.md anew from the retention table."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from campus import retention_page


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "retention.md"
        path.write_text(retention_page.text(), encoding="utf-8")
        self.stdout.write(f"{path.name} is written")
