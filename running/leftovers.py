"""What was started here, by pid and start time: so that a killed run's leftovers can be ended, and nothing else.

A pid alone proves nothing, since the system gives it to somebody else later. A pid together with the
time at which its process started names one process for ever, and stays the same through `exec`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from running import places

POSTGRES = frozenset({"postgres", "keys-postgres"})
SERVERS = POSTGRES | {"valkey", "honcho-servers"}
"""What goes last: everything else talks to these."""


@dataclass(frozen=True)
class Started:
    """One process that a run has started."""

    name: str
    pid: int
    started: str

    def is_alive(self) -> bool:
        """Tell whether that very process still runs."""
        return start_time(self.pid) == self.started

    def ask_to_end(self) -> None:
        """Ask it to end in its own way: Postgres waits for its clients on SIGTERM, not on SIGINT."""
        self._send(signal.SIGINT if self.name in POSTGRES else signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, with its children: Postgres ends its own on SIGQUIT and repairs itself at the next start."""
        self._send(signal.SIGQUIT if self.name in POSTGRES else signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if not self.is_alive():
            return
        # It may end in between; macOS answers EPERM for a group of which only a zombie is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if number == signal.SIGKILL and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)


def start_time(pid: int) -> str | None:
    """Return what tells a process from every other that had its pid; None when it doesn't run (or is a zombie)."""
    if sys.platform != "linux":
        listed = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        return " ".join(listed[1:]) if listed and not listed[0].startswith("Z") else None
    try:
        # The command's name stands in parentheses and may hold anything, spaces too: state is the first field after it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return f"{boot} {fields[19]}" if fields[0] not in "ZX" else None


def record(var: Path, name: str, pid: int) -> Started:
    """Write down that this process was started as `name`."""
    started = Started(name, pid, start_time(pid) or "")
    target = places.records(var) / f"{name}.json"
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"pid": started.pid, "started": started.started}))
    draft.replace(target)
    return started


def recorded(var: Path) -> list[Started]:
    """Return what was written down and still runs, and forget the rest."""
    alive = []
    for file in sorted(places.records(var).glob("*.json")):
        try:
            found = json.loads(file.read_text())
            started = Started(file.stem, int(found["pid"]), str(found["started"]))
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            file.unlink(missing_ok=True)
            continue
        if started.is_alive():
            alive.append(started)
        else:
            file.unlink(missing_ok=True)
    return alive


def end(var: Path, *, patience: float = 8.0) -> list[str]:
    """End everything that was started under this folder and still runs; the servers after those who use them.

    Returns the names of what was ended.
    """
    found = recorded(var)
    _end_all([started for started in found if started.name not in SERVERS], patience)
    _end_all([started for started in found if started.name in SERVERS], patience)
    recorded(var)
    return [started.name for started in found]


def _end_all(processes: Iterable[Started], patience: float) -> None:
    """Ask these to end, and kill those that are still there after that many seconds."""
    processes = list(processes)
    for started in processes:
        started.ask_to_end()
    if not wait_until_gone(processes, seconds=patience):
        for started in processes:
            started.kill()
        wait_until_gone(processes, seconds=patience)


def wait_until_gone(processes: Iterable[Started], *, seconds: float) -> bool:
    """Wait until none of these runs; tell whether that came to pass."""
    end_at = time.monotonic() + seconds
    while any(started.is_alive() for started in processes):
        if time.monotonic() > end_at:
            return False
        time.sleep(0.05)
    return True


def lock(var: Path, name: str, *, outlives_exec: bool = False) -> int | None:
    """Take the lock `name` for as long as this process lives; None when another process holds it.

    With `outlives_exec` a program that takes this process's place goes on holding it, and so do its
    children: whoever gets the lock knows that none of them runs.
    """
    handle = os.open(places.records(var) / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    os.set_inheritable(handle, outlives_exec)
    return handle
