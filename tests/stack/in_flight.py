"""Captures on their way through the running stack, held where a test wants to look at them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from uuid import uuid4

from demo.callers import Said
from tests.newcomers import Newcomer
from tests.stack_fixture import RunningStack

PATIENCE = 15.0


@contextmanager
def frozen(stack: RunningStack, process: str) -> Iterator[None]:
    """Stop a process and its children where they are, and let them go on afterwards."""
    pids = [stack.pid(process), *stack.children(process)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        stack.until(lambda: all(state_of(pid) == "T" for pid in pids))
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def state_of(pid: int) -> str:
    """Return the state of a process as Linux names it: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@dataclass(frozen=True)
class InFlight:
    """A capture whose kiosk waits for the answer."""

    id: str
    """The row's id, by which tasks and parcels are named."""
    kiosk: str
    expires: str
    answer: Future[Said]

    @property
    def args(self) -> list[str]:
        """What the task `gates.extract` is told."""
        return [self.id, self.kiosk, self.expires]

    def said(self) -> Said:
        """Return the answer, once the kiosk has it."""
        return self.answer.result(timeout=PATIENCE)


class Senders:
    """Kiosks that send and wait, each in a thread of its own."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._threads = ThreadPoolExecutor(max_workers=6)

    def send(self, newcomer: Newcomer, image: bytes) -> InFlight:
        """Send a face for a card and return once the capture is in the database and its pictures in the broker."""
        capture_id, claim = str(uuid4()), newcomer.claim()
        answer = self._threads.submit(newcomer.kiosk.send, [image], capture_id=capture_id, claim=claim)
        query = "SELECT id::text, kiosk_id::text, received_at FROM gates_capture WHERE capture_id = %s"
        self._stack.until(lambda: bool(self._stack.rows(query, capture_id)))
        (row,) = self._stack.rows(query, capture_id)
        expires = row[2].astimezone(UTC) + timedelta(seconds=10)
        return InFlight(row[0], row[1], expires.isoformat(), answer)

    def close(self) -> None:
        """Wait until every kiosk has its answer."""
        self._threads.shutdown()
