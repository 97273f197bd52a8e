"""Two sweeps at the same moment, and a passage beside one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from pytest_django import Settings

from campus import sweeping
from campus.models import AuditEvent, AuditPayload
from gates.models import Capture, Claim, Opening, Passage
from tests.concurrency.conftest import Hall
from tests.concurrency.meeting import Callers

LONG_AGO = timedelta(days=190)
ENDED = AuditEvent.objects.filter(kind="retention.ended")


@pytest.fixture
def long_ago(settings: Settings) -> None:
    """Let what a test makes be made long ago by Postgres' own clock."""
    settings.CLOCK_SHIFT = -LONG_AGO


@pytest.mark.usefixtures("long_ago")
def test_two_sweeps_end_each_row_once_and_say_so_once(hall: Hall, callers: Callers) -> None:
    """LAW 27, 35."""
    for pupil in hall.world.pupils.values():
        hall.show(pupil)
    before = sum(model.objects.count() for model in (Passage, Capture, Claim, Opening))
    late = hall.world.at + LONG_AGO
    done = callers.at_once(*[partial(sweeping.sweep, at=late, batch=2)] * 2)
    sweeping.sweep(at=late)
    # Templates end with consent, which another sweep looks after.
    assert not [rule for rule in sweeping.overdue(late) if rule.startswith("gates.")]
    assert not Passage.objects.exists()
    bodies = AuditPayload.objects.filter(event__in=ENDED, body__rule__startswith="gates.")
    assert sum(body["rows"] for body in bodies.values_list("body", flat=True)) == before
    assert any(done)


@pytest.mark.usefixtures("long_ago")
def test_a_sweep_that_is_killed_in_a_batch_leaves_all_of_it(hall: Hall) -> None:
    """LAW 27: neither the rows nor the event of the batch it was at."""
    hall.show(hall.world.refusing)
    late = hall.world.at + LONG_AGO
    with transaction.atomic():
        assert sweeping.sweep(at=late)["gates.Passage.delete"] == 1
        transaction.set_rollback(True)
    assert Passage.objects.count() == 1
    assert not ENDED.exists()
