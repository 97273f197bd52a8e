"""What each running process holds, and what becomes of a lane whose reader dies."""

from __future__ import annotations

import io
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from campus.processes import DATABASE_ROLES, KEYS_ROLE, NEEDS, ROLE_PASSWORDS
from running import secrets
from running.places import PROJECT
from tests.newcomers import Newcomer
from tests.stack.in_flight import InFlight, Senders, frozen, state_of
from tests.stack_fixture import RunningStack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into processes by /proc")

PROCESSES = ("web", "extract", "decide", "desk", "beat", "seal")
CONFIDENTIAL = frozenset().union(*NEEDS.values(), ROLE_PASSWORDS.values(), {secrets.OWNER_VARIABLE})
MATCHER = ("_dlib_pybind11", "face_recognition_models", "onnxruntime")
DECODER = "PIL/_imaging"
MOST_MEMORY = (1500 * 1024**2, 1500 * 1024**2)


def family(stack: RunningStack, process: str) -> list[int]:
    """Return a process and its children."""
    return [stack.pid(process), *stack.children(process)]


def environ_of(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(pair.decode().split("=", 1) for pair in pairs if b"=" in pair)


def libraries_of(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_has_the_secrets_of_its_own_row_and_no_other(stack: RunningStack, process: str) -> None:
    for pid in family(stack, process):
        assert CONFIDENTIAL & environ_of(pid).keys() == NEEDS[process]


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_has_no_secret_of_another_under_any_name(stack: RunningStack, process: str) -> None:
    known = secrets.read(stack.var, {})
    own_roles = {DATABASE_ROLES.get(process, "")} | ({KEYS_ROLE} if "KEYS_DATABASE_URL" in NEEDS[process] else set())
    allowed = NEEDS[process] | {ROLE_PASSWORDS[role] for role in own_roles if role}
    for pid in family(stack, process):
        everything = "\n".join(environ_of(pid).values())
        assert [name for name, value in known.items() if value in everything and name not in allowed] == []


@pytest.mark.parametrize("process", ["web", "decide", "beat", "seal"])
def test_only_those_who_measure_faces_have_the_matcher(stack: RunningStack, process: str) -> None:
    for pid in family(stack, process):
        assert [name for name in MATCHER if name in libraries_of(pid)] == []


def test_the_process_that_takes_uploads_has_nothing_that_decodes_them(stack: RunningStack, newcomer: Newcomer) -> None:
    assert newcomer.passes().reason == "match"
    for pid in family(stack, "web"):
        assert DECODER not in libraries_of(pid)


def test_the_readers_have_the_matcher(stack: RunningStack, newcomer: Newcomer) -> None:
    for process in ("extract", "desk"):
        assert all(MATCHER[0] in libraries_of(pid) for pid in stack.children(process))


def starts_as_a_worker(stack: RunningStack, process: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """Do what a worker does before it takes its first task."""
    code = "import django; django.setup(); from campus import celery; celery.worker_init.send(sender=None)"
    known = stack.environment(process) | {"DJANGO_SETTINGS_MODULE": "campus.settings"} | changed
    return subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=known, capture_output=True, text=True)


def test_a_worker_starts_with_the_settings_it_is_given(stack: RunningStack) -> None:
    started = starts_as_a_worker(stack, "extract")
    assert started.returncode == 0
    assert "Signal handler" not in started.stderr  # So Celery would put it if the checks themselves had failed.


def test_a_worker_refuses_a_broker_that_writes_to_disk(stack: RunningStack) -> None:
    stack.broker.config_set("save", "3600 1000000")
    try:
        started = starts_as_a_worker(stack, "extract")
    finally:
        stack.broker.config_set("save", "")
    assert started.returncode == 1
    assert "campus.E001" in started.stderr


def test_a_worker_whose_settings_can_not_be_checked_does_not_start(stack: RunningStack) -> None:
    nowhere = stack.environment("decide")["DATABASE_URL"].replace("5432", "5439")
    started = starts_as_a_worker(stack, "decide", DATABASE_URL=nowhere)
    assert started.returncode == 1
    assert "could not be made" in started.stderr


def readers(stack: RunningStack) -> list[int]:
    """Return the two children that read pictures, once they have loaded their models and given up the right to more."""

    def are_ready() -> bool:
        pids = stack.children("extract")
        with suppress(ProcessLookupError):  # One that was killed is taken off the list at any moment.
            return len(pids) == 2 and all(resource.prlimit(pid, resource.RLIMIT_AS) == MOST_MEMORY for pid in pids)
        return False

    stack.until(are_ready)
    return stack.children("extract")


def test_a_reader_of_pictures_may_not_take_more_memory_than_agreed(stack: RunningStack) -> None:
    for pid in readers(stack):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(rf"^Max address space +{MOST_MEMORY[0]} +{MOST_MEMORY[1]} ", limits, re.MULTILINE)


def test_no_process_may_leave_a_core_behind(stack: RunningStack) -> None:
    for process in PROCESSES:
        for pid in family(stack, process):
            assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)


@pytest.fixture
def senders(stack: RunningStack, newcomer: Newcomer) -> Iterator[Senders]:
    threads = Senders(stack)
    yield threads
    threads.close()
    newcomer.passes_by_card()  # Ends the visit and its tries.


def test_a_reader_that_dies_over_a_picture_lets_the_student_look_again_at_once(
    stack: RunningStack, newcomer: Newcomer, senders: Senders
) -> None:
    readers(stack)
    capture = senders.send(newcomer, takes_long())
    os.kill(_whoever_reads(stack, capture), signal.SIGKILL)
    began = time.monotonic()
    said = capture.said()
    assert (said.outcome, said.reason) == ("retry", "reader_restarted")
    assert said.claim
    assert time.monotonic() - began < 1.0
    again = newcomer.kiosk.send([newcomer.own_face], claim=said.claim)
    assert (again.outcome, again.reason) == ("granted", "match")


def takes_long() -> bytes:
    """A picture of a hall that takes some tenths of a second: a face takes ten milliseconds, too few to be met at."""
    data = io.BytesIO()
    Image.new("RGB", (3400, 3400), (196, 203, 208)).save(data, "PNG")
    return data.getvalue()


def _whoever_reads(stack: RunningStack, capture: InFlight) -> int:
    """Return the child that has taken the pictures and is at work on them."""
    children, at_work = stack.children("extract"), list[int]()

    def is_met() -> bool:
        # It may rest for a moment, where it waits for a page of memory.
        at_work[:] = [pid for pid in children if state_of(pid) == "R"]
        return len(at_work) == 1

    stack.until(lambda: not stack.broker.exists(f"parcel:frames:{capture.id}"))
    stack.until(is_met)
    return at_work[0]


def test_a_reader_that_hangs_over_a_picture_is_replaced_and_meanwhile_the_other_reads(
    stack: RunningStack, newcomer: Newcomer, senders: Senders
) -> None:
    readers(stack)
    capture = senders.send(newcomer, takes_long())
    hanging = _whoever_reads(stack, capture)
    os.kill(hanging, signal.SIGSTOP)
    assert (capture.said().outcome, capture.said().reason) == ("use_card", "timeout")
    assert newcomer.passes_by_card().outcome == "granted"
    assert newcomer.passes().reason == "match"
    stack.until(lambda: hanging not in stack.children("extract"))
    assert hanging not in readers(stack)
    assert stack.rows("SELECT count(*) FROM gates_passage WHERE capture_id = %s", capture.id) == [(0,)]


@pytest.mark.parametrize("which", [0, 1])
def test_a_reader_that_dies_before_it_begins_does_not_hang_the_lane(
    stack: RunningStack, newcomer: Newcomer, senders: Senders, which: int
) -> None:
    children = readers(stack)
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    capture = senders.send(newcomer, newcomer.own_face)
    stack.until(lambda: stack.broker.llen("extract") == 0)
    os.kill(children[which], signal.SIGKILL)
    os.kill(children[1 - which], signal.SIGCONT)
    said = capture.said()
    # Which of the two was to read it is the pool's choice. The other reads it, or the student hears what to do.
    heard = {("granted", "match"), ("retry", "reader_restarted"), ("use_card", "timeout")}
    assert (said.outcome, said.reason) in heard
    stack.until(lambda: newcomer.passes_by_card().outcome == newcomer.passes().outcome == "granted")


@contextmanager
def little_memory(stack: RunningStack, megabytes: int) -> Iterator[None]:
    """Leave the readers of pictures only so much more memory than they have."""
    pids = readers(stack)
    for pid in pids:
        taken = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (taken + megabytes * 1024**2, MOST_MEMORY[1]))
    try:
        yield
    finally:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_AS, MOST_MEMORY)


def test_a_picture_that_exhausts_the_memory_is_refused_and_the_next_is_read(
    stack: RunningStack, newcomer: Newcomer, senders: Senders
) -> None:
    data = io.BytesIO()
    Image.new("RGBA", (3400, 3400), (20, 40, 60, 80)).save(data, "PNG")
    pids = readers(stack)
    with little_memory(stack, 16):
        said = newcomer.kiosk.show(newcomer.card, data.getvalue())
    assert said.outcome == "retry"
    assert said.reason in ("image_too_large", "unreadable_image", "reader_restarted")
    assert stack.rows("SELECT count(*) FROM gates_passage WHERE capture_id = %s", said.body["capture_id"]) == [(0,)]
    assert newcomer.passes().reason == "match"
    assert stack.children("extract") == pids


def test_a_lane_without_readers_asks_for_the_card_and_then_looks_again(
    stack: RunningStack, newcomer: Newcomer, senders: Senders
) -> None:
    with frozen(stack, "extract"):
        said = newcomer.passes()
        assert (said.outcome, said.reason) == ("use_card", "timeout")
        assert said.ms < 2500
        assert newcomer.passes_by_card().outcome == "granted"
    assert newcomer.passes().reason == "match"
