"""Becomes one process of the product: `python -m running.launch NAME`, the lines of the Procfile.

Each is started by `exec`, so the pid that is written down is the process's own, and with an
environment made from nothing. Output is appended to `var/log/NAME.log`. Nothing secret stands in a
command line, where every user of the machine could read it.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from campus.processes import NEEDS
from running import env_file, environment, leftovers, places, postgres, secrets, valkey

WORKERS = {"extract": 2, "decide": 2, "desk": 1}
"""Celery worker -> how many processes it has; its queue has its name."""
TOOLS = {"manage": [str(places.PROJECT / "manage.py")], "prepare": ["-m", "running.prepare"]}
"""What a person runs, as the databases' owner -> its arguments for Python."""
PATIENCE = 60.0
"""Seconds within which a server answers, a first start on a slow disk included."""


def main(arguments: list[str]) -> None:
    """Replace this process with the one that is named."""
    name, rest = arguments[0], arguments[1:]
    var = places.var_folder(os.environ)
    if name in environment.SERVER_URLS:
        _become_server(name, var)
    elif name in TOOLS:
        if name == "prepare":
            leftovers.record(var, name, os.getpid())
        os.execve(
            sys.executable, [sys.executable, *TOOLS[name], *rest], environment.of_process("manage", os.environ, var)
        )
    elif name in NEEDS:
        _become_process(name, var)
    else:
        raise places.CannotRunError(
            f"there is no process {name!r}: it is one of {', '.join([*environment.SERVER_URLS, *NEEDS])}"
        )


def app_command(name: str, var: Path) -> list[str]:
    """Return the command line of one of the product's own processes."""
    if name == "web":
        return ["gunicorn", "--config", "python:running.gunicorn_conf", "campus.wsgi:application"]
    if name == "beat":
        return ["celery", "-A", "campus", "beat", "--schedule", str(var / "beat" / "schedule")]
    if name == "seal":
        return [str(places.PROJECT / "manage.py"), "seal"]
    pool = ["--pool", "prefork", "--concurrency", str(WORKERS[name]), "--prefetch-multiplier", "1"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return ["celery", "-A", "campus", "worker", "-Q", name, "-n", f"{name}@%h", *pool, *quiet]


def _become_process(name: str, var: Path) -> None:
    """Wait for the servers that run here, then become a process of the product."""
    _enlist(name, var)
    for server in environment.local_servers(os.environ):
        wait_for_server(server, environment.owner_urls(os.environ, var))
    (var / "beat").mkdir(parents=True, exist_ok=True)
    program, *rest = app_command(name, var)
    start = [program] if program.endswith(".py") else ["-m", program]
    own = environment.of_process(name, os.environ, var)
    os.chdir(places.PROJECT)
    os.execve(sys.executable, [sys.executable, *start, *rest], own)


def _become_server(name: str, var: Path) -> None:
    """Become a local server; its cluster is made at the first start."""
    _enlist(name, var)
    if leftovers.lock(var, name, outlives_exec=True) is None:
        raise places.CannotRunError(f"{name} runs already under {var}")
    if name == "valkey":
        command = valkey.command(var)
    else:
        secrets.ensure(var)
        cluster = postgres.clusters(var)[name]
        cluster.initialize(secrets.read(var, os.environ)[secrets.OWNER_VARIABLE])
        cluster.forget_dead_server()
        command = cluster.command(durable=os.environ.get("CAMPUS_DURABLE") != "0")
    os.execvpe(command[0], command, postgres.environment())


def wait_for_server(server: str, urls: Mapping[str, str], *, alive: Callable[[], None] = lambda: None) -> None:
    """Return once a server answers; `alive` raises when there is nothing more to wait for."""
    problem = valkey.problem if server == "valkey" else postgres.problem
    end = time.monotonic() + PATIENCE
    while error := problem(urls[environment.SERVER_URLS[server]]):
        alive()
        if time.monotonic() > end:
            raise places.CannotRunError(f"{server} does not answer: {error}")
        time.sleep(0.05)


def _enlist(name: str, var: Path) -> None:
    """Write this process down, send its output to its log, keep what it writes private: its program inherits that."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core would hold what was being looked at.
    leftovers.record(var, name, os.getpid())
    with open(places.log_file(var, name), "ab") as log:
        sys.stdout.flush()
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


if __name__ == "__main__":
    try:
        env_file.take_in()
        main(sys.argv[1:])
    except places.CannotRunError as error:
        sys.exit(f"cannot run: {error}")
