"""What Celery sends and keeps: ids in JSON that die young, no results, no more tasks at hand than hands."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from celery import Celery
from celery.backends.base import DisabledBackend

from campus.celery import app
from tests.newcomers import Newcomer
from tests.stack.in_flight import Senders, frozen
from tests.stack_fixture import RunningStack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stops processes, which it knows from /proc")


@pytest.fixture
def message(stack: RunningStack, newcomer: Newcomer) -> tuple[dict[str, Any], datetime]:
    """Return the task of a capture as it lies in the queue, and when it was seen there."""
    senders = Senders(stack)
    with frozen(stack, "extract"):
        for _ in range(2):  # The first may be on its way already to the worker that was stopped while it asked.
            senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: stack.broker.llen("extract") > 0)
        found, seen_at = stack.broker.lindex("extract", 0), datetime.now(UTC)
    senders.close()
    newcomer.passes_by_card()
    assert isinstance(found, bytes)
    task: dict[str, Any] = json.loads(found)
    return task, seen_at


def test_a_task_carries_ids_and_a_time_in_json_and_dies_within_two_seconds(
    message: tuple[dict[str, Any], datetime],
) -> None:
    task, seen_at = message
    assert task["content-type"] == "application/json"
    positional, named, _ = json.loads(base64.b64decode(task["body"]))
    capture, kiosk, expires = positional
    assert (UUID(capture), UUID(kiosk), named) == (UUID(capture), UUID(kiosk), {})
    assert seen_at < datetime.fromisoformat(expires) < seen_at + timedelta(seconds=11)
    assert datetime.fromisoformat(task["headers"]["expires"]) < seen_at + timedelta(seconds=2.1)
    assert task["headers"]["retries"] == 0


def test_no_result_is_kept(stack: RunningStack, newcomer: Newcomer) -> None:
    assert newcomer.passes().reason == "match"
    kinds = {bytes(key).split(b":")[0].split(b".")[0] for key in stack.broker.scan_iter()}
    assert kinds <= {b"parcel", b"done", b"_kombu", b"extract", b"decide", b"desk"}
    assert isinstance(app.backend, DisabledBackend)


def test_a_worker_has_no_more_tasks_at_hand_than_children(stack: RunningStack) -> None:
    sender = Celery("sender", broker=stack.broker_url, set_as_current=False)
    children = stack.children("extract")
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(6):
            arguments = [str(uuid4()), str(uuid4()), (datetime.now(UTC) + timedelta(minutes=1)).isoformat()]
            sender.send_task("gates.extract", args=arguments, queue="extract")
        stack.until(lambda: stack.broker.llen("extract") <= 6 - len(children))
        assert {stack.broker.llen("extract") for _ in range(200)} == {6 - len(children)}
    finally:
        for pid in children:
            os.kill(pid, signal.SIGCONT)
    stack.until(lambda: stack.broker.llen("extract") == 0)


def test_nothing_but_json_is_accepted_and_nothing_is_sent_twice() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_publish_retry is False
    assert app.conf.task_acks_late is False
    assert app.conf.worker_enable_remote_control is False
