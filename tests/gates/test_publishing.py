"""A task that can't be published asks for the card at once: nothing is tried again while a student waits."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from campus.celery import app
from enrollment.models import Reference
from gates.models import Capture
from tests.gates.lane import Lane

LONGEST_WAIT = 4.0
"""Kombu left to itself takes half a minute. Ours is 1.5 s, and the rest is for a busy machine."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where Celery looks for its broker, in a path short enough for a socket; the parcels go where they always go."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "broker"
        monkeypatch.setitem(app.conf, "broker_url", f"redis+socket://{path}")
        # The connections that are open, to where it looked before.
        monkeypatch.setattr(app, "_pool", None)
        monkeypatch.setattr(app.amqp, "_producer_pool", None)
        yield path


def sends_a_face(lane: Lane) -> float:
    """Send a face, be asked for the card, and return how long it took."""
    claim = lane.claim(lane.world.willing)
    began = time.monotonic()
    answer = lane.send(pictures=1, claim=claim).json()
    assert (answer["outcome"], answer["reason"]) == ("use_card", "broker_unavailable")
    assert Capture.objects.get(capture_id=answer["capture_id"]).state == Capture.State.DECIDED
    return time.monotonic() - began


def test_nobody_listens(lane: Lane, reference: Reference, address: Path) -> None:
    assert sends_a_face(lane) < LONGEST_WAIT / 2


def test_somebody_listens_and_says_nothing(lane: Lane, reference: Reference, address: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        assert sends_a_face(lane) < LONGEST_WAIT


def test_afterwards_it_is_published_again(lane: Lane, reference: Reference) -> None:
    answer = lane.send(pictures=1, claim=lane.claim(lane.world.willing)).json()
    assert answer["reason"] == "timeout"  # Nobody works here, but the task lies in the queue.
