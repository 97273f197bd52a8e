"""The workers' pool: Celery's own, except that the death of a child is noticed at once.

The pool is told of a death by a pipe that closes, which happens a moment before the system lets a parent
reap the child. Celery looks once in that moment, finds the child alive, and looks again up to five seconds
later: long after the student at the gate, over whose picture the child died, has been sent away.
"""

from __future__ import annotations

import time
from typing import Any

from celery.concurrency import asynpool, prefork

ENDING_SECONDS = 0.5


class Pool(asynpool.AsynPool):
    """Celery's pool of forked children on an event loop."""

    def _event_process_exit(self, hub: Any, proc: Any) -> None:
        """Wait until a child that is ending has ended, then do what follows from it."""
        end = time.monotonic() + ENDING_SECONDS
        while proc.exitcode is None and time.monotonic() < end:
            time.sleep(0.001)
        super()._event_process_exit(hub, proc)


class TaskPool(prefork.TaskPool):
    """What `worker_pool` names."""

    Pool = Pool
