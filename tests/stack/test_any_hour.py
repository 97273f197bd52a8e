"""The demo rides at any hour of any day: the whole product is run with its clock moved."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import portraits, rides
from running import environment
from running.places import PROJECT
from running.stack import Stack
from tests.stack_fixture import RunningStack


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One installation for all the hours, as one machine sees them."""
    folder = PROJECT / "var" / "tests" / f"run-{os.getpid()}-hours"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("2026-11-28T23:58:00+00:00", id="Saturday 23:58"),
        pytest.param("2026-10-25T01:30:00+00:00", id="the hour that a daylight-saving change repeats"),
    ],
)
def test_every_ride_comes_out_as_expected_at(folder: Path, moment: str) -> None:
    outer = environment.neutral(os.environ) | {"CAMPUS_DURABLE": "0", "DEBUG": "1", "CAMPUS_CLOCK": moment}
    with Stack(folder, outer) as stack:
        photographs = portraits.fetch(PROJECT / "var")
        RunningStack(stack, photographs, time.time()).forget_sign_ins()
        ridden = rides.run(stack.base_url, stack.seed, stack.var / "mail", photographs, shift=stack.clock_shift)
    assert [ride for ride in ridden if not ride.ok] == []
    assert len(ridden) >= 25
