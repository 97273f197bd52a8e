"""What a killed run left is ended by pid and start time, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import leftovers, places


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A harmless process that reads a pipe for ever."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    yield process
    process.kill()
    process.communicate()


def test_a_recorded_process_is_ended(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    leftovers.record(tmp_path, "web", child.pid)
    assert leftovers.end(tmp_path) == ["web"]
    assert child.wait(10) != 0


def test_a_process_that_got_the_pid_later_is_left_alone(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    leftovers.record(tmp_path, "web", child.pid)
    file = places.records(tmp_path) / "web.json"
    found = json.loads(file.read_text())
    file.write_text(json.dumps(found | {"started": found["started"] + "0"}))
    assert leftovers.end(tmp_path) == []
    assert child.poll() is None
    assert not file.exists()


def test_a_process_nobody_recorded_is_left_alone(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    assert leftovers.end(tmp_path) == []
    assert child.poll() is None


def test_a_process_that_refuses_to_end_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", stubborn], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        leftovers.record(tmp_path, "web", process.pid)
        leftovers.end(tmp_path, patience=0.2)
        assert process.wait(10) == -9


def test_a_record_that_cannot_be_read_is_forgotten(tmp_path: Path) -> None:
    file = places.records(tmp_path) / "web.json"
    file.write_text("{")
    assert leftovers.recorded(tmp_path) == []
    assert not file.exists()


def test_the_start_time_stays_the_same_through_exec() -> None:
    talk = "print(flush=True); input()"
    script = f"import os, sys; {talk}; os.execv(sys.executable, [sys.executable, '-c', '{talk}'])"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        before = leftovers.start_time(process.pid)
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert before is not None
        assert leftovers.start_time(process.pid) == before


def test_an_ended_process_has_no_start_time(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    assert leftovers.start_time(child.pid) is None


def test_a_lock_is_held_by_one_and_freed_by_its_end(tmp_path: Path) -> None:
    handle = leftovers.lock(tmp_path, "run")
    assert handle is not None
    assert leftovers.lock(tmp_path, "run") is None
    os.close(handle)
    again = leftovers.lock(tmp_path, "run")
    assert again is not None
    os.close(again)
