"""How long it takes from a family's click until no face of the child is compared any more, all kiosks being busy.

A student passes again and again while the guardian takes the yes back. A capture that is under way at that moment may
still be compared; one that is sent after the web page has answered may not, ever: such are counted.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

from bench.lane import Lane, Visit
from demo.callers import Visitor
from running.places import CannotRunError

BEFORE, AFTER = 2, 5
"""How many visits are followed on both sides of a withdrawal."""
PATIENCE = 30.0


@dataclass(frozen=True)
class Leaver:
    """An enrolled student with a kiosk of the own, and the guardian, signed in, who will take the yes back."""

    student: str
    card: str
    kiosk: str
    guardian: Visitor


@dataclass(frozen=True)
class Withdrawal:
    """One withdrawal, in seconds of one clock, and the visits before, during and after it."""

    clicked: float
    answered: float
    visits: Sequence[Visit]

    @property
    def ms(self) -> float:
        """From the click to the first answer after which no comparison came."""
        last = max((visit.ended for visit in self.visits if visit.compared), default=0.0)
        return 1000 * (min(each.ended for each in self.visits if each.ended > max(last, self.clicked)) - self.clicked)

    @property
    def compared_after(self) -> int:
        """How many captures were compared that were sent after the withdrawal had been answered."""
        return sum(visit.compared for visit in self.visits if visit.sent > self.answered)


def take_back(leaver: Leaver, base_url: str, picture: bytes) -> Withdrawal:
    """Let a student pass again and again and the guardian withdraw meanwhile.

    Raises:
        CannotRunError: the student was not compared before, or the withdrawal was refused.
    """
    visits: list[Visit] = []
    over = Event()

    def pass_again() -> None:
        lane = Lane(base_url, leaver.kiosk)
        while not over.is_set():
            visits.append(lane.visit(leaver.card, [picture]))
        lane.close()

    leaver.guardian.get(f"/family/{leaver.student}/")
    with ThreadPoolExecutor(1) as thread:
        passing = thread.submit(pass_again)
        try:
            _wait_for(visits, BEFORE)
            clicked = time.perf_counter()
            response = leaver.guardian.send(f"/family/{leaver.student}/withdraw/", follow=False)
            answered = time.perf_counter()
            _wait_for(visits, len(visits) + AFTER)
        finally:
            over.set()
        passing.result()
    if not response.is_redirect or not all(visit.compared for visit in visits[:BEFORE]):
        raise CannotRunError("a withdrawal could not be measured: it was refused, or nothing was compared before it")
    return Withdrawal(clicked, answered, visits)


def summed_up(withdrawals: Sequence[Withdrawal]) -> dict[str, Any]:
    """Return the figures of some withdrawals."""
    times = [each.ms for each in withdrawals]
    return {
        "withdrawals": len(times),
        "withdrawal_ms": {"p50": statistics.median(times), "max": max(times)},
        "compared_after_withdrawal": sum(each.compared_after for each in withdrawals),
    }


def _wait_for(visits: Sequence[Visit], count: int) -> None:
    end = time.monotonic() + PATIENCE
    while len(visits) < count:
        if time.monotonic() > end:
            raise CannotRunError("a student's visits came to a stop: see the log of the web process")
        time.sleep(0.005)
