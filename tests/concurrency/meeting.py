"""Makes two callers meet where a test wants them to: in threads of their own, with transactions that commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pytest
from django.db import connection, connections

P = ParamSpec("P")
T = TypeVar("T")
PATIENCE = 20.0


class Callers:
    """Threads that stand for processes: each has connections of its own, closed when its call is over."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=8)

    def start(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin a call and return at once."""

        def run() -> T:
            try:
                return call(*args, **kwargs)
            finally:
                connections.close_all()

        return self._threads.submit(run)

    def at_once(self, *calls: Callable[[], T]) -> list[T]:
        """Begin several calls at the same moment and return what each returned."""
        barrier = threading.Barrier(len(calls))

        def met(call: Callable[[], T]) -> T:
            barrier.wait(PATIENCE)
            return call()

        return [result(future) for future in [self.start(met, call) for call in calls]]

    def close(self) -> None:
        """Wait for every call to be over."""
        self._threads.shutdown()


def result(future: Future[T]) -> T:
    """Return what a call returned, once it has."""
    return future.result(timeout=PATIENCE)


class Pause:
    """A place in the product's code at which the first to come by waits until it is told to go on."""

    def __init__(self) -> None:
        self._taken = threading.Lock()
        self._reached, self._released = threading.Event(), threading.Event()

    def reached(self) -> None:
        """Wait until somebody stands there."""
        assert self._reached.wait(PATIENCE), "nobody came by"

    def go_on(self) -> None:
        """Let whoever stands there go on."""
        self._released.set()

    def stand(self) -> bool:
        """Wait here, if nobody has before; tell whether this was the first to come."""
        first = self._taken.acquire(blocking=False)
        if first:
            self._reached.set()
            assert self._released.wait(PATIENCE), "nobody said to go on"
        return first


def pause_before(monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> Pause:
    """Let the first caller of a function wait before its call."""
    return _pause(monkeypatch, place, name, before=True)


def pause_after(monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> Pause:
    """Let the first caller of a function wait after its call, before what it returned is used."""
    return _pause(monkeypatch, place, name, before=False)


def _pause(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, *, before: bool) -> Pause:
    function, pause = getattr(place, name), Pause()

    @wraps(function)
    def paused(*args: Any, **kwargs: Any) -> Any:
        if before:
            pause.stand()
        returned = function(*args, **kwargs)
        if not before:
            pause.stand()
        return returned

    monkeypatch.setattr(place, name, paused)
    return pause


def wait_for_a_blocked_caller() -> None:
    """Return once somebody waits for a lock that somebody else holds."""
    end = time.monotonic() + PATIENCE
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < end, "nobody waits for a lock"
