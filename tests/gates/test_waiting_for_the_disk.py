"""Who waits for the disk: whatever was answered is on it, and a call that has no answer yet waits for its decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from enrollment.models import Reference
from tests.gates.lane import Lane

NOT_WAITING = "SET LOCAL synchronous_commit TO off"


def said_to_postgres(act: Callable[[], object]) -> list[str]:
    said: list[str] = []

    def heard(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(heard):
        act()
    return said


@pytest.mark.usefixtures("reference", "ticking")
def test_only_pictures_that_are_sent_on_wait_for_their_decision_instead(lane: Lane) -> None:
    pupil = lane.world.willing
    assert NOT_WAITING not in said_to_postgres(lambda: lane.send(pupil))
    claim = lane.claim(pupil)
    looked_at = said_to_postgres(lambda: lane.send(pupil, pictures=1, claim=claim))
    assert looked_at.count(NOT_WAITING) == 1
    assert NOT_WAITING not in said_to_postgres(lambda: lane.send(pupil, pictures=1, claim=claim))


def test_a_card_alone_is_on_the_disk_before_its_answer(lane: Lane) -> None:
    said = said_to_postgres(lambda: lane.send(lane.world.refusing, pictures=1))
    assert NOT_WAITING not in said
    assert not Reference.objects.exists()
