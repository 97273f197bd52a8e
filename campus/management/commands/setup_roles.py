"""Make the application's database roles and give them their rights; safe to run twice."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campus import roles
from campus.processes import ROLE_PASSWORDS


class Command(BaseCommand):
    """Connects as the owner; the passwords come from the environment."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        missing = [name for name in ROLE_PASSWORDS.values() if not os.environ.get(name)]
        if missing:
            raise CommandError(f"not set: {', '.join(missing)}")
        for role in roles.set_up():
            if options["verbosity"]:
                self.stdout.write(f"{role} is ready")
