"""Brings the installation up to date in one process, since each start of Django costs a second: migrations, roles,
what a restored database lacks, the converted network, demo.

Run as `python -m running.launch prepare`, with `--demo` to make the demo school too, whose description is
then the only thing on standard output, and with `--databases` to do no more than those need. It may run any number of
times.
"""

from __future__ import annotations

import io
import os
import sys

import django
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command

from enrollment.faces import converted, weights
from running.progress import step


def main(arguments: list[str]) -> None:
    """Migrate both databases, give the roles their rights and, if asked, make the demo school."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campus.settings")
    django.setup()
    with step("  migrating the school's database"):
        call_command("migrate", database="default", interactive=False, verbosity=0)
    with step("  migrating the keys' database"):
        call_command("migrate", "vault", database="keys", interactive=False, verbosity=0)
    with step("  giving each process its role"):
        call_command("createcachetable", verbosity=0)
        call_command("setup_roles", verbosity=0)
        call_command("make_epoch", verbosity=0)
    with step("  looking whether anything that ended is alive again"):
        _replay()
    if "--databases" in arguments:
        return
    with step("  making the face network ready"):
        # Now, so that no worker does it while a student waits.
        converted.prepare(weights.resnet(), settings.MODELS_DIR)
    if "--demo" in arguments:
        seed = io.StringIO()
        with step("  making the demo school"):
            call_command("seed_demo", json=True, stdout=seed)
            # The same people sign in at each start of the demo: the last run's rate limits are not theirs.
            cache.clear()
        print(seed.getvalue())


def _replay() -> None:
    """Bring a restored database up to date. If that can't be done the cards go on, and no face is compared."""
    try:
        call_command("replay_tombstones", stdout=sys.stderr)
    except CommandError as error:
        print(f"\n{error}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
