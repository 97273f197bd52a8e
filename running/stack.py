"""The servers, and the whole product on top of them, started and stopped as one: for the demo and for tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from running import environment, launch, leftovers, places, secrets
from running.procfile import Honcho

PROCESSES = ("web", "extract", "decide", "desk", "beat", "seal")
PORTS_TRIED = 50


class Servers:
    """Postgres, the keys' Postgres and Valkey under one folder; those whose URL is given are left alone."""

    def __init__(self, var: Path, outer: Mapping[str, str] | None = None) -> None:
        self.var = var.resolve()
        self.outer = dict(os.environ if outer is None else outer)
        self._honcho: Honcho | None = None
        self._lock: int | None = None

    @property
    def is_started(self) -> bool:
        """Whether this holds the folder, and so may have to be stopped."""
        return self._lock is not None

    @property
    def urls(self) -> dict[str, str]:
        """The owner's URLs: DATABASE_URL, KEYS_DATABASE_URL, REDIS_URL."""
        return environment.owner_urls(self.outer, self.var)

    def start(self) -> list[str]:
        """Take the folder, end what a killed run left in it, start the servers; returns the names of those ended."""
        self._lock = leftovers.lock(self.var, "run")
        if self._lock is None:
            raise places.CannotRunError(
                f"another run uses {self.var}; stop it first, or set CAMPUS_VAR to another folder"
            )
        try:
            ended = leftovers.end(self.var)
            secrets.ensure(self.var)
            self._start_local()
        except BaseException:
            self.stop()
            raise
        return ended

    def check(self) -> None:
        """Raise when a server has ended."""
        if self._honcho:
            self._honcho.check()

    def stop(self) -> None:
        """Stop the servers that were started, and give the folder free."""
        if self._honcho:
            self._honcho.stop()
            self._honcho = None
        places.tidy_sockets(self.var)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _start_local(self) -> None:
        lines = environment.local_servers(self.outer)
        if not lines:
            return
        self._honcho = Honcho("honcho-servers", lines, self.var, self.outer)
        self._honcho.start()
        for line in lines:
            launch.wait_for_server(line, self.urls, alive=self._honcho.check)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class Stack:
    """The whole product: servers, databases with the demo school in them, and every process."""

    def __init__(self, var: Path, outer: Mapping[str, str] | None = None) -> None:
        self.servers = Servers(var, outer)
        self.var = self.servers.var
        self.outer = self.servers.outer
        self.seed: dict[str, Any] = {}
        if self.outer.get("CAMPUS_CLOCK"):
            # The moment from which the shifted clock runs is the same for all processes.
            self.outer.setdefault("CAMPUS_CLOCK_AT", str(time.time()))
        self._honcho: Honcho | None = None

    @property
    def base_url(self) -> str:
        """Where the pages and the kiosks' interface are."""
        return f"http://127.0.0.1:{self.outer['PORT']}"

    @property
    def clock_shift(self) -> timedelta:
        """By how much the product's clock is moved: not at all, unless CAMPUS_CLOCK is set."""
        if not self.outer.get("CAMPUS_CLOCK"):
            return timedelta(0)
        began = datetime.fromtimestamp(float(self.outer["CAMPUS_CLOCK_AT"]), UTC)
        return datetime.fromisoformat(self.outer["CAMPUS_CLOCK"]) - began

    def prepare(self) -> None:
        """Migrate, set the roles up and make the demo school, which `seed` then describes."""
        command = [sys.executable, "-m", "running.launch", "prepare", "--demo"]
        outer = {**self.outer, "CAMPUS_VAR": str(self.var)}
        # In a session of its own, a Ctrl-C reaches it through this process alone, which then ends it.
        done = subprocess.run(
            command,
            cwd=places.PROJECT,
            env=outer,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            start_new_session=True,
        )
        if done.returncode != 0:
            raise places.CannotRunError("the databases could not be prepared; the reason stands above")
        self.seed = json.loads(done.stdout)

    def start_processes(self) -> None:
        """Start every process of the product; `wait` tells when they are ready."""
        self.outer.setdefault("PORT", str(free_port()))
        self._honcho = Honcho("honcho-processes", PROCESSES, self.var, self.outer)
        self._honcho.start()

    def wait(self, *, seconds: float = 60.0) -> None:
        """Return once the web process answers and each worker takes tasks."""
        end = time.monotonic() + seconds
        while not (self._web_answers() and self._workers_listen()):
            self.check()
            if time.monotonic() > end:
                raise places.CannotRunError(
                    f"the processes were not ready after {seconds:.0f} s: see {self.var / 'log'}"
                )
            time.sleep(0.1)

    def start(self) -> None:
        """Start everything and return once it is ready."""
        try:
            self.servers.start()
            self.prepare()
            self.start_processes()
            self.wait()
        except BaseException:
            self.stop()
            raise

    def check(self) -> None:
        """Raise when a process or a server has ended."""
        self.servers.check()
        if self._honcho:
            self._honcho.check()

    def stop(self) -> None:
        """Stop what was started: the processes first, then the servers they use."""
        if self._honcho:
            self._honcho.stop()
            self._honcho = None
        self.servers.stop()

    def _web_answers(self) -> bool:
        host, _, port = self.base_url.removeprefix("http://").partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _workers_listen(self) -> bool:
        # Celery's own word; its remote control, which could be asked, is switched off.
        return self._honcho is not None and all(self._honcho.has_said(worker, " ready.") for worker in launch.WORKERS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def free_port(wanted: int = 0) -> int:
    """Return the wanted port of this machine, or the next one that is free; any free one for 0."""
    for port in range(wanted, wanted + (PORTS_TRIED if wanted else 1)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise places.CannotRunError(f"no port from {wanted} to {wanted + PORTS_TRIED - 1} is free; set PORT to another")
