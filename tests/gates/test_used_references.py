"""On which day a reference was last compared: what nobody uses is not needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campus.models import School
from enrollment.models import Reference
from tests.drawn import enroll
from tests.gates.lane import Lane

Freeze = Callable[[datetime], None]


@pytest.fixture
def reference(lane: Lane) -> Reference:
    return enroll(lane.world.willing.person, operator=lane.world.office, at=lane.world.at)


def used_on(reference: Reference) -> str:
    reference.refresh_from_db()
    return str(reference.used_on)


def test_a_new_reference_was_never_used(reference: Reference) -> None:
    """LAW 27."""
    assert reference.used_on is None


@pytest.mark.parametrize("distance", [0.2, 0.9], ids=["matched", "did not match"])
def test_a_comparison_is_noted_with_the_school_s_own_date(lane: Lane, reference: Reference, distance: float) -> None:
    """LAW 27: at half past nine UTC the next day has begun on Kiritimati."""
    School.objects.update(timezone="Pacific/Kiritimati")
    lane.world.willing.person.refresh_from_db()
    lane.tries(lane.world.willing, distance=distance, at=datetime(2026, 3, 4, 11, 0, tzinfo=UTC))
    assert used_on(reference) == "2026-03-05"


def test_it_is_written_once_a_day(lane: Lane, reference: Reference) -> None:
    """LAW 27: nobody waits for a second row to be written."""
    lane.tries(lane.world.willing, distance=0.2, at=lane.world.at)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        lane.tries(lane.world.willing, distance=0.2, at=lane.world.at + timedelta(minutes=5))
    (update,) = [query["sql"] for query in queries if query["sql"].startswith('UPDATE "enrollment_reference"')]
    with connection.cursor() as cursor:
        cursor.execute(update)
        assert cursor.rowcount == 0
    lane.tries(lane.world.willing, distance=0.2, at=lane.world.at + timedelta(days=1))
    assert used_on(reference) == "2026-03-05"


def test_a_try_that_compared_nothing_and_a_card_alone_use_nothing(lane: Lane, reference: Reference) -> None:
    """LAW 27."""
    lane.tries(lane.world.willing, distance=None, at=lane.world.at)
    lane.passes(lane.world.willing, at=lane.world.at + timedelta(minutes=1))
    assert used_on(reference) == "None"


def test_an_earlier_day_never_replaces_a_later_one(lane: Lane, reference: Reference) -> None:
    """LAW 27: a record that was delayed past midnight."""
    lane.tries(lane.world.willing, distance=0.2, at=lane.world.at)
    lane.tries(lane.world.willing, distance=0.2, at=lane.world.at - timedelta(days=1))
    assert used_on(reference) == "2026-03-04"
