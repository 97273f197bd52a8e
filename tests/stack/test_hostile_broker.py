"""Somebody who reads and writes the broker as they like: it costs a student at most a card, and opens nothing.

The attacker sees every parcel and every task, and holds no key. Each attack is made on captures that are
on their way, in the running product; after each, the next honest student passes by face.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery

from demo.callers import Said
from tests.newcomers import Newcomer
from tests.stack.in_flight import InFlight, Senders, frozen
from tests.stack_fixture import RunningStack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stops processes, which it knows from /proc")

QUEUES = ("extract", "decide", "desk")


class Attacker:
    """Writes into the broker."""

    def __init__(self, stack: RunningStack) -> None:
        self.broker = stack.broker
        self._celery = Celery("attacker", broker=stack.broker_url, set_as_current=False)

    def task(self, name: str, *args: Any, queue: str, **options: Any) -> None:
        """Send a task as the product does."""
        self._celery.send_task(name, args=args, queue=queue, **options)

    def parcel(self, name: str) -> bytes:
        """Copy a parcel, leaving it where it is."""
        found = self.broker.get(f"parcel:{name}")
        assert isinstance(found, bytes)
        return found

    def swap(self, kind: str, one: InFlight, other: InFlight) -> None:
        """Exchange the parcels of two captures."""
        first, second = self.parcel(f"{kind}:{one.id}"), self.parcel(f"{kind}:{other.id}")
        self.broker.set(f"parcel:{kind}:{one.id}", second)
        self.broker.set(f"parcel:{kind}:{other.id}", first)

    def has(self, kind: str, capture: InFlight) -> bool:
        """Tell whether a parcel of a capture lies there."""
        return bool(self.broker.exists(f"parcel:{kind}:{capture.id}"))


@pytest.fixture(scope="module")
def attacker(stack: RunningStack) -> Attacker:
    return Attacker(stack)


@pytest.fixture
def senders(stack: RunningStack) -> Iterator[Senders]:
    threads = Senders(stack)
    yield threads
    threads.close()


@pytest.fixture(autouse=True)
def _the_next_honest_student_passes(stack: RunningStack, newcomer: Newcomer) -> Iterator[None]:
    pids = {process: stack.pid(process) for process in (*QUEUES, "web", "beat", "seal")}
    yield
    assert newcomer.passes_by_card().outcome == "granted"  # The end of the visit that the attack was on.
    said = newcomer.passes()
    assert (said.outcome, said.reason) == ("granted", "match")
    assert {process: stack.pid(process) for process in pids} == pids, "a process has died"


def assert_nothing_opened(stack: RunningStack, capture: InFlight, *reasons: str) -> None:
    """The kiosk was told to ask for the card or to try again; there is no passage and so no opening."""
    said = capture.said()
    assert said.outcome in ("use_card", "retry")
    assert said.reason in reasons
    assert stack.rows("SELECT id FROM gates_passage WHERE capture_id = %s", capture.id) == []


def test_garbage_instead_of_frames_is_not_looked_at(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("frames", capture))
        attacker.broker.set(f"parcel:frames:{capture.id}", secrets.token_bytes(40_000))
    assert_nothing_opened(stack, capture, "tampered")


def test_a_parcel_that_is_no_parcel_is_no_worse(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("frames", capture))
        attacker.broker.delete(f"parcel:frames:{capture.id}")
        attacker.broker.rpush(f"parcel:frames:{capture.id}", "a list")
    assert_nothing_opened(stack, capture, "reader_restarted")


def test_the_frames_of_another_capture_do_not_open(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        own = senders.send(newcomer, newcomer.own_face)
        other = senders.send(newcomer, newcomer.other_face)
        stack.until(lambda: attacker.has("frames", own) and attacker.has("frames", other))
        attacker.swap("frames", own, other)
    assert_nothing_opened(stack, own, "tampered")
    assert_nothing_opened(stack, other, "tampered")


def test_the_probe_of_another_capture_does_not_open(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "decide"):
        own = senders.send(newcomer, newcomer.own_face)
        other = senders.send(newcomer, newcomer.other_face)
        stack.until(lambda: attacker.has("probe", own) and attacker.has("probe", other))
        attacker.swap("probe", own, other)
    assert_nothing_opened(stack, own, "tampered")
    assert_nothing_opened(stack, other, "tampered")


def test_frames_in_the_place_of_a_probe_do_not_open(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("frames", capture))
        frames = attacker.parcel(f"frames:{capture.id}")
        # Whole, it is more than a probe may weigh and isn't even read; its beginning weighs as much as one.
        for parcel in (frames, frames[:700]):
            attacker.broker.set(f"parcel:probe:{capture.id}", parcel)
            attacker.task("gates.decide", capture.id, queue="decide")
            stack.until(lambda: not attacker.has("probe", capture))
        assert_nothing_opened(stack, capture, "tampered")


def test_a_replayed_capture_is_not_decided_again(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("frames", capture))
        frames = attacker.parcel(f"frames:{capture.id}")
    assert capture.said().outcome == "granted"
    attacker.broker.set(f"parcel:frames:{capture.id}", frames)
    attacker.task("gates.extract", *capture.args, queue="extract")
    attacker.task("gates.decide", capture.id, queue="decide")
    stack.until(lambda: not attacker.has("frames", capture))
    assert newcomer.passes().outcome == "granted"  # What was sent before it has been worked off.
    assert stack.rows("SELECT count(*) FROM gates_passage WHERE capture_id = %s", capture.id) == [(1,)]
    query = "SELECT o.state FROM gates_opening o JOIN gates_passage p ON p.id = o.passage_id WHERE p.capture_id = %s"
    assert stack.rows(query, capture.id) == [("opened",)]


def test_a_probe_that_once_matched_does_not_open_for_the_next_capture(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "decide"):
        earlier = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("probe", earlier))
        probe = attacker.parcel(f"probe:{earlier.id}")
    assert earlier.said().outcome == "granted"
    with frozen(stack, "decide"):
        later = senders.send(newcomer, newcomer.other_face)
        stack.until(lambda: attacker.has("probe", later))
        attacker.broker.set(f"parcel:probe:{later.id}", probe)
    assert_nothing_opened(stack, later, "tampered")


def test_a_forged_order_to_decide_comes_to_nothing(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        attacker.task("gates.decide", capture.id, queue="decide")
        stack.until(lambda: attacker.broker.llen("decide") == 0)
    assert capture.said().reason in ("match", "timeout")
    assert len(stack.rows("SELECT 1 FROM gates_passage WHERE capture_id = %s", capture.id)) <= 1


def test_somebody_else_s_ids_open_no_frames(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("frames", capture))
        for kiosk, expires in ((str(uuid4()), capture.expires), (capture.kiosk, "2999-01-01T00:00:00+00:00")):
            attacker.task("gates.extract", capture.id, kiosk, expires, queue="extract")
            attacker.task("gates.extract", str(uuid4()), kiosk, expires, queue="extract")
        # The honest order has been taken off the queue; it comes to a parcel that an earlier order may have eaten.
    assert capture.said().outcome in ("granted", "use_card", "retry")
    matches = (
        "SELECT count(*) FROM gates_passage WHERE capture_id = %s AND NOT (outcome = 'granted' AND reason = 'match')"
    )
    assert stack.rows(matches, capture.id) == [(0,)]


def test_a_forged_word_that_it_is_done_is_checked_against_the_row(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        for _ in range(10):  # It looks at the row for each, and has two seconds.
            attacker.broker.rpush(f"done:{capture.id}", '{"outcome": "granted"}')
        stack.until(lambda: not attacker.broker.exists(f"done:{capture.id}"))  # The web process has heard it.
        assert not capture.answer.done()
    assert capture.said().reason == "match"
    assert stack.rows("SELECT count(*) FROM gates_passage WHERE capture_id = %s", capture.id) == [(1,)]


def test_a_word_that_can_not_be_read_asks_for_the_card(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        attacker.broker.set(f"done:{capture.id}", "no list")
        assert_nothing_opened(stack, capture, "timeout")


def test_a_broker_emptied_in_mid_capture_asks_for_the_card(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("frames", capture))
        attacker.broker.flushall()
    assert_nothing_opened(stack, capture, "timeout")


def test_a_broker_that_answers_nobody_asks_for_the_card_in_time(stack: RunningStack, newcomer: Newcomer) -> None:
    claim = newcomer.claim()
    with frozen(stack, "valkey"):
        said = newcomer.kiosk.send([newcomer.own_face], claim=claim)
    assert (said.outcome, said.reason) == ("use_card", "broker_unavailable")
    assert said.ms < 2500


def test_a_broker_that_falls_silent_while_the_web_waits_asks_for_the_card_in_time(
    stack: RunningStack, newcomer: Newcomer, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        capture = senders.send(newcomer, newcomer.own_face)
        with frozen(stack, "valkey"):
            assert_nothing_opened(stack, capture, "timeout")
    assert capture.said().ms < 3000


class Pickled:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.trace,)


GARBAGE = [
    b"this is no JSON",
    b"\xff\xfe\x00",
    b"null",
    b"[1, 2, 3]",
    b'"a word"',
    b"{}",
    b"[" * 100_000,
    json.dumps({"body": "?", "headers": None, "properties": None}).encode(),
    json.dumps({"body": "?", "headers": {}, "properties": {"delivery_info": {}, "delivery_tag": "1"}}).encode(),
    json.dumps(
        {
            "body": "e30=",
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {"task": ["a", "list"], "id": {"a": "dict"}, "expires": "never", "eta": "whenever"},
            "properties": {"body_encoding": "base64", "delivery_info": {}, "delivery_tag": "2"},
        }
    ).encode(),
]


@pytest.mark.parametrize("queue", QUEUES)
def test_garbage_in_a_queue_is_dropped(stack: RunningStack, attacker: Attacker, queue: str, tmp_path: Path) -> None:
    before = stack.rows("SELECT count(*) FROM gates_passage")
    for garbage in GARBAGE:
        attacker.broker.lpush(queue, garbage)
    trace = tmp_path / "unpickled"
    known = {"extract": "gates.extract", "decide": "gates.decide", "desk": "enrollment.enroll"}[queue]
    attacker.task(known, Pickled(trace), queue=queue, serializer="pickle")
    attacker.task("no.such.task", "x", queue=queue)
    attacker.task("os.system", "true", queue=queue)
    attacker.task(known, "not", "an", "id", "but", "five", "words", queue=queue)
    attacker.task(known, queue=queue)
    attacker.task(known, str(uuid4()), queue=queue, compression="gzip")
    attacker.task(known, "x" * 3_000_000, queue=queue)
    attacker.task(known, {"nested": [None] * 1000}, str(uuid4()), "2999-01-01", queue=queue)
    stack.until(lambda: attacker.broker.llen(queue) == 0)
    assert not trace.exists()
    assert stack.rows("SELECT count(*) FROM gates_passage") == before


@pytest.mark.parametrize("queue", QUEUES)
def test_something_else_in_the_place_of_a_queue_is_removed(stack: RunningStack, attacker: Attacker, queue: str) -> None:
    attacker.broker.delete(queue)
    attacker.broker.set(queue, "no queue")
    stack.until(lambda: attacker.broker.type(queue) in (b"none", b"list"))


def test_orders_to_the_workers_themselves_are_not_followed(stack: RunningStack, attacker: Attacker) -> None:
    for worker in QUEUES:
        attacker._celery.control.broadcast("shutdown", destination=None)
        attacker._celery.control.broadcast("pool_shrink", arguments={"n": 2}, destination=[f"{worker}@localhost"])
    assert stack.is_whole()
    assert len(stack.children("extract")) == 2


def test_a_forged_enrolment_keeps_nothing(stack: RunningStack, newcomer: Newcomer, attacker: Attacker) -> None:
    before = stack.rows("SELECT id FROM enrollment_reference ORDER BY id")
    (attempt,) = stack.rows("SELECT id::text FROM enrollment_enrollmentattempt ORDER BY begun_at DESC LIMIT 1")[0]
    for name in (attempt, str(uuid4())):
        attacker.broker.set(f"parcel:enrollment:{name}", secrets.token_bytes(50_000))
        attacker.task("enrollment.enroll", name, queue="desk")
    stack.until(lambda: not attacker.broker.keys("parcel:enrollment:*"))
    assert stack.rows("SELECT id FROM enrollment_reference ORDER BY id") == before
    query = "SELECT state FROM enrollment_enrollmentattempt WHERE id = %s"
    assert stack.rows(query, attempt) == [("enrolled",)]


def test_what_crosses_the_broker_names_nobody(
    stack: RunningStack, newcomer: Newcomer, attacker: Attacker, senders: Senders
) -> None:
    with frozen(stack, "extract"), frozen(stack, "decide"):
        capture = senders.send(newcomer, newcomer.own_face)
        stack.until(lambda: attacker.has("frames", capture))
        keys = [bytes(key) for key in attacker.broker.scan_iter()]
        everything = b"".join(key + bytes(attacker.broker.dump(key) or b"") for key in keys)
    for secret in (newcomer.name, newcomer.card, newcomer.id, newcomer.guardian):
        assert secret.encode() not in everything
    assert newcomer.own_face[2000:2032] not in everything
    said: Said = capture.said()
    assert said.outcome in ("granted", "use_card")
