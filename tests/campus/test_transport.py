"""A worker reads on, whatever is written into the broker: what is no message is dropped, and the next one comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis
from django.conf import settings
from kombu import Connection, Consumer, Queue

from campus.celery import app

QUEUE = "transport-test"


class Choked(Exception):
    """What a consumer raises over a message."""


@dataclass
class Worker:
    """Reads one queue as a worker does, over the transport that the product's address names."""

    connection: Any
    broker: redis.Redis
    read: list[Any] = field(default_factory=list)

    def send(self, body: Any) -> None:
        """Send a message as the product does."""
        with self.connection.Producer(serializer="json") as producer:
            producer.publish(body, routing_key=QUEUE)

    def reads_on(self) -> bool:
        """Tell whether an honest message that is sent now arrives, after all that lies before it."""
        self.send("honest")
        while self.broker.llen(QUEUE):
            self.connection.drain_events(timeout=5)
        return self.read[-1:] == ["honest"]

    def receive(self, body: Any, message: Any) -> None:
        if body == "choke":
            raise Choked
        self.read.append(body)
        message.ack()


@pytest.fixture
def worker() -> Iterator[Worker]:
    with (
        Connection(app.conf.broker_url, transport_options=app.conf.broker_transport_options) as connection,
        redis.Redis.from_url(settings.REDIS_URL) as broker,
    ):
        made = Worker(connection, broker)
        with Consumer(connection, [Queue(QUEUE, routing_key=QUEUE)], callbacks=[made.receive], accept=["json"]):
            yield made
        broker.delete(QUEUE)


@pytest.mark.parametrize(
    "garbage",
    [b"no JSON", b"\xff\xfe", b"null", b"[1]", b"{}", b"[" * 100_000, json.dumps({"properties": None}).encode()],
)
def test_it_drops_what_is_no_message(worker: Worker, garbage: bytes) -> None:
    worker.broker.lpush(QUEUE, garbage)
    assert worker.reads_on()
    assert worker.read == ["honest"]


def test_it_drops_a_message_that_its_reader_chokes_on(worker: Worker) -> None:
    for _ in range(3):  # More than a worker takes before it acknowledges any.
        worker.send("choke")
    assert worker.reads_on()
    assert worker.read == ["honest"]


def test_it_removes_what_is_no_queue(worker: Worker) -> None:
    worker.broker.delete(QUEUE)
    worker.broker.set(QUEUE, "no queue")
    with pytest.raises(TimeoutError):
        worker.connection.drain_events(timeout=1)
    assert worker.broker.type(QUEUE) == b"none"
    assert worker.reads_on()


def test_it_still_notices_that_the_broker_is_gone(worker: Worker) -> None:
    with pytest.raises(TimeoutError):
        worker.connection.drain_events(timeout=0.05)  # It has asked, and nothing has come.
    worker.broker.client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(redis.ConnectionError):
        worker.connection.drain_events(timeout=1)
