"""Bring a restored database up to date with everything that ended since its dump, and switch face mode on again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campus import clock, replaying, tombstones


class Command(BaseCommand):
    """Runs as the owner, with the processes stopped; killed in the middle, it goes on from there."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = replaying.replay(clock.now())
        except (tombstones.Damaged, replaying.Unheard) as error:
            raise CommandError(f"face mode stays off: {error}") from error
        if done is None:
            self.stdout.write("nothing to do: the database knows everything that ended")
            return
        self.stdout.write(
            f"{done.lines} tombstones replayed, {done.sessions} sessions ended, {done.mails} old mails not sent again; "
            "face mode is on"
        )
