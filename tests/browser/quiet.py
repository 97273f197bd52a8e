"""Whether the server still answers: what a browser no longer waits for goes on there, and would reach the next test."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.signals import request_finished, request_started

PATIENCE = 30
"""Seconds."""
_answering: set[threading.Thread] = set()


@contextmanager
def watched() -> Iterator[None]:
    """Keep count of the requests that other threads than this one answer."""
    request_started.connect(_begun)
    request_finished.connect(_done)
    try:
        yield
    finally:
        request_started.disconnect(_begun)
        request_finished.disconnect(_done)
        _answering.clear()


def wait_until_quiet() -> None:
    """Wait until no request is being answered any more, one whose browser went on to another page included."""
    end = time.monotonic() + PATIENCE
    while any(thread.is_alive() for thread in tuple(_answering)):
        assert time.monotonic() < end, "the server still answers"
        time.sleep(0.01)


def _begun(**told: object) -> None:
    if threading.current_thread() is not threading.main_thread():
        _answering.add(threading.current_thread())


def _done(**told: object) -> None:
    _answering.discard(threading.current_thread())
