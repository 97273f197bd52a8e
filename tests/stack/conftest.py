"""The rides of the demo, ridden once a session on the whole product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from demo import rides
from demo.day import Day, Ride
from tests.stack_fixture import RunningStack


@dataclass(frozen=True)
class Ridden:
    """What came of the rides, by the name of the function that rode them."""

    day: Day
    rows: Mapping[str, list[Ride]]


@pytest.fixture(scope="session")
def ridden(stack: RunningStack) -> Ridden:
    """Ride every ride, in order, once."""
    day = stack.day()
    return Ridden(day, {ride.__name__: list(ride(day)) for ride in rides.RIDES})
