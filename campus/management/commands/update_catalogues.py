"""Bring the catalogues up to what the pages say now: new strings without a translation, old ones gone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from campus import catalogues, extraction


class Command(BaseCommand):
    """Writes `locale/*/LC_MESSAGES/django.po` and compiles them."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        words = extraction.found()
        for path in sorted((catalogues.PROJECT / "locale").glob("*/LC_MESSAGES/django.po")):
            path.write_bytes(extraction.updated(path, words))
            missing = extraction.untranslated(path)
            self.stdout.write(f"{path.parent.parent.name}: {len(words)} strings, {len(missing)} without a translation")
        catalogues.compile_stale()
