"""Starts the servers that the tests use, before Django reads its settings: `-p tests.servers_plugin`.

Each run has clusters of its own under `var/tests/`, so two runs don't meet; making them takes a
second. A run that was killed leaves its folder and its servers to the next, which clears both away.
Servers whose URL is given in the environment are used and left alone.

With `pytest -n`, each worker has servers of its own too: what one flushes is no other's.
"""

from __future__ import annotations

import atexit
import os
import shutil
from pathlib import Path

from campus import catalogues
from running import env_file, environment, leftovers
from running.places import PROJECT
from running.stack import Servers

_FOLDER = PROJECT / "var" / "tests"
_STARTED = "CAMPUS_TESTS_STARTED"
"""Names the variables that a run put into its environment, for its workers inherit them."""


def _clear_killed_runs() -> None:
    """End and remove what killed runs left: the folders `run-PID...` of a pid that nobody has, and locked by nobody."""
    for folder in _FOLDER.glob("run-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and leftovers.start_time(int(pid)):
            continue
        handle = leftovers.lock(folder, "run")
        if handle is not None:
            leftovers.end(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(handle)


def _start() -> None:
    """Start the servers and put into the environment what the `manage` process has."""
    _clear_killed_runs()
    var = _FOLDER / f"run-{os.getpid()}"
    shutil.rmtree(var, ignore_errors=True)
    inherited = os.environ.pop(_STARTED, "").split(",")
    outer = {name: value for name, value in os.environ.items() if name not in inherited}
    outer |= {"CAMPUS_DURABLE": "0", "DEBUG": "1"}
    servers = Servers(var, outer)
    servers.start()
    atexit.register(_stop, servers, var, os.getpid())
    own = environment.of_process("manage", outer, servers.var)
    os.environ[_STARTED] = ",".join(own.keys() - outer.keys())
    os.environ.update(own)


def _stop(servers: Servers, var: Path, pid: int) -> None:
    """Stop the servers and remove their folder; a fork of this process must not."""
    if os.getpid() == pid:
        servers.stop()
        shutil.rmtree(var, ignore_errors=True)


os.environ[env_file.VARIABLE] = os.devnull  # Nobody's own choice decides what a test sees.
catalogues.compile_stale()
_start()
