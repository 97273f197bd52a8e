"""What the product's processes hold in memory, as the system's own `ps` tells it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from running import leftovers

PROCESSES = ("extract", "decide", "web")


def table() -> dict[int, tuple[int, float]]:
    """Return every process of the machine: pid -> parent, and resident memory in MB."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    rows = (line.split() for line in listed.splitlines())
    return {int(pid): (int(parent), int(kilobytes) / 1024) for pid, parent, kilobytes in rows}


def largest(pid: int, known: dict[int, tuple[int, float]]) -> float:
    """Return the resident memory, in MB, of the largest of a process and all below it: the one that does the work."""
    children = (child for child, (parent, _) in known.items() if parent == pid)
    return max(known[pid][1], *(largest(child, known) for child in children), 0.0)


def of(var: Path, processes: Iterable[str] = PROCESSES) -> dict[str, float]:
    """Return the resident memory in MB of one working process of each kind."""
    known = table()
    pids = {started.name: started.pid for started in leftovers.recorded(var)}
    return {name: round(largest(pids[name], known), 1) for name in processes}
