"""End what has had its time by the retention table, as the desk does every day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from campus import clock, sweeping


class Command(BaseCommand):
    """May be killed, run again, or run beside another."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        ended = sweeping.sweep(at=clock.now())
        for rule, number in ended.items():
            self.stdout.write(f"{number:>8} {rule}")
        self.stdout.write(f"{sum(ended.values()):>8} rows ended")
