"""The whole product, started once a session for the tests that need every process: the fixture `stack`.

It runs under a folder of its own, beside the one of the servers that in-process tests use. What a killed
run leaves there is cleared by the next (`tests.servers_plugin`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from demo import portraits
from demo.day import Day
from running import env_file, environment, launch, leftovers
from running.places import PROJECT
from running.stack import Stack

PATIENCE = 30.0
"""What a busy machine may need for what takes a moment; what has to come sooner is measured where it is asked for."""
DATABASES = {"postgres": "DATABASE_URL", "keys-postgres": "KEYS_DATABASE_URL"}


class RunningStack:
    """The running product, as somebody sees it who holds the machine: its databases, broker and processes."""

    def __init__(self, stack: Stack, portraits_folder: Path, started_at: float) -> None:
        self._stack = stack
        self.portraits = portraits_folder
        self.started_at = started_at
        self.base_url, self.seed, self.var, self.outer = stack.base_url, stack.seed, stack.var, stack.outer
        self.mail, self.log = stack.var / "mail", stack.var / "log"

    def day(self) -> Day:
        """Return the demo school on the day of the rides."""
        self.forget_sign_ins()
        return Day(self.base_url, self.seed, self.mail, self.portraits, timedelta(0))

    def forget_sign_ins(self) -> None:
        """Let the same people sign in again: a few times a minute is what the product allows, and tests are quick."""
        self.rows("DELETE FROM campus_cache")

    @cached_property
    def broker(self) -> redis.Redis:
        """A client of the broker, with the rights of anybody who reaches it."""
        return redis.Redis.from_url(self._stack.servers.urls["REDIS_URL"], socket_timeout=10)

    @property
    def broker_url(self) -> str:
        """The broker's address as Celery writes it."""
        return f"redis+socket://{self._stack.servers.urls['REDIS_URL'].removeprefix('unix://')}"

    def rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        """Ask the school's database as its owner."""
        return self._ask("postgres", query, params)

    def key_rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        """Ask the keys' database as its owner."""
        return self._ask("keys-postgres", query, params)

    def environment(self, process: str) -> dict[str, str]:
        """Return what a process of this stack is started with: its secrets, and its own role's URLs."""
        return environment.of_process(process, self.outer, self.var)

    def manage(self, *arguments: str) -> str:
        """Run a management command as the owner and return what it says."""
        return self._run("-m", "running.launch", "manage", *arguments)

    def python(self, code: str, *arguments: str) -> str:
        """Run code with Django set up, as `manage` has it, and return what it prints."""
        return self._run("-c", f"import django; django.setup()\n{code}", *arguments)

    def until(self, condition: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
        """Return as soon as a condition holds; fail when it doesn't come to hold."""
        end = time.monotonic() + seconds
        while not condition():
            self._stack.check()
            assert time.monotonic() < end, f"it has not come to hold within {seconds:.0f} s"
            time.sleep(0.01)

    def pid(self, process: str) -> int:
        """Return the process that runs one line of the Procfile, the parent where it has children."""
        return next(started.pid for started in leftovers.recorded(self.var) if started.name == process)

    def children(self, process: str) -> list[int]:
        """Return the processes that one line of the Procfile has forked."""
        return [
            int(pid) for pid in Path(f"/proc/{self.pid(process)}/task/{self.pid(process)}/children").read_text().split()
        ]

    def is_whole(self) -> bool:
        """Tell whether every process still runs."""
        running = {started.name for started in leftovers.recorded(self.var) if started.is_alive()}
        return running >= {*launch.WORKERS, "web", "beat", "seal", "postgres", "keys-postgres", "valkey"}

    def plant(self, place: str, values: list[bytes]) -> None:
        """Put values into a table of one of the clusters, as they are."""
        self._ask(place, "CREATE TABLE planted (value bytea)")
        self._ask(place, "ALTER TABLE planted ALTER value SET STORAGE EXTERNAL")
        for value in values:
            self._ask(place, "INSERT INTO planted VALUES (%s)", (value,))

    def unplant(self, place: str) -> None:
        """Take the planted table away."""
        self._ask(place, "DROP TABLE IF EXISTS planted")

    def checkpoint(self) -> None:
        """Let both clusters write everything they hold into their files."""
        for place in DATABASES:
            self._ask(place, "CHECKPOINT")

    def _ask(self, place: str, query: str, params: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(self._stack.servers.urls[DATABASES[place]])) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, params)
                return cursor.fetchall() if cursor.description else []

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={"DJANGO_SETTINGS_MODULE": "campus.settings"} | self._outer_for(arguments),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _outer_for(self, arguments: tuple[str, ...]) -> dict[str, str]:
        if arguments[0] == "-c":
            return self.environment("manage")
        return {**self.outer, "CAMPUS_VAR": str(self.var)}


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """Everything that `make demo` runs, with the demo school in it and the real engine."""
    folder = PROJECT / "var" / "tests" / f"run-{os.getpid()}-stack"
    shutil.rmtree(folder, ignore_errors=True)
    photographs = portraits.fetch(PROJECT / "var")
    started_at = time.time()
    outer = environment.neutral(os.environ) | {"CAMPUS_DURABLE": "0", "DEBUG": "1", env_file.VARIABLE: os.devnull}
    with Stack(folder, outer) as running:
        yield RunningStack(running, photographs, started_at)
    shutil.rmtree(folder, ignore_errors=True)
