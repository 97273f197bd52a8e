"""A process of its own, as the worker is, that nobody asks anything: it forgets who withdrew all the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from campus import clock
from campus.models import School
from enrollment import consent
from gates.demo_school import zone_where_it_is_nine
from running.places import PROJECT
from tests.drawn import enroll
from tests.galleries import write_calibration
from tests.personas import make_school

PATIENCE = 60.0
WORKER = """
import sys
from pathlib import Path
import django
from django.conf import settings
from django.db import connections
django.setup()
connections["default"].settings_dict["NAME"], connections["keys"].settings_dict["NAME"] = sys.argv[1:3]
settings.DATABASES["default"]["NAME"], settings.DATABASES["keys"]["NAME"] = sys.argv[1:3]
settings.FACE_CALIBRATIONS = [Path(sys.argv[3])]
from enrollment.galleries import OURS, keep_tidy
keep_tidy(every=0.1)
blocks = {}
for line in sys.stdin:
    held = [gallery for copy in list(OURS._copies.values()) for gallery in list(copy.galleries.values())]
    blocks.update({id(gallery): gallery._rows for gallery in held})
    print(sum(OURS.sizes().values()), "zero" if not any(rows.any() for rows in blocks.values()) else "held", flush=True)
"""


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The process; each line it is sent is answered by how many references it holds and whether its memory is zero."""
    names = [str(connections[alias].settings_dict["NAME"]) for alias in ("default", "keys")]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "campus.settings", "FACE_ENGINES": "fake", "DEBUG": "1"}
    command = [sys.executable, "-c", WORKER, *names, str(write_calibration(tmp_path))]
    piped = subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=PROJECT, text=True, stdin=piped, stdout=piped) as started:
        yield started
        assert started.stdin is not None
        started.stdin.close()
        started.wait(PATIENCE)


def comes_to(worker: subprocess.Popen[str], wanted: str) -> bool:
    """Ask again and again, for a minute at most, and tell whether the process came to say this."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        worker.stdin.write("?\n")
        worker.stdin.flush()
        if worker.stdout.readline().strip() == wanted:
            return True
    return False


def test_it_holds_who_is_enrolled_and_overwrites_who_withdraws(worker: subprocess.Popen[str]) -> None:
    at = clock.now()
    # In the first hour of a school year its families would have answered in the one before.
    world = make_school(at=at, timezone=zone_where_it_is_nine(at))
    School.objects.update(identifies=True)
    enroll(world.willing.person, operator=world.office, at=at)
    assert comes_to(worker, "1 held")
    pupil = world.willing
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=clock.now())
    assert comes_to(worker, "0 zero")
