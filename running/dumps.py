"""What a backup and a restore have in common: the two databases, the folder of dumps, and the wheel's own programs."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg2
from psycopg2.extensions import make_dsn, parse_dsn

from running import environment, leftovers, places, postgres
from running.stack import Servers

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Database:
    """One of the two databases: the name of its dump, and where its owner finds it."""

    file: str
    variable: str
    url: str

    @property
    def name(self) -> str:
        """What the database is called on its server."""
        return str(parse_dsn(self.url)["dbname"])

    def dsn(self, name: str = "") -> str:
        """Return how to reach a database of this server, without the password: that goes by the environment."""
        known = {key: value for key, value in parse_dsn(self.url).items() if key != "password"}
        return str(make_dsn(**known | {"dbname": name or self.name}))

    def url_of(self, name: str) -> str:
        """Return the URL of another database of this server."""
        return urlsplit(self.url)._replace(path=f"/{quote(name)}").geturl()

    def ask(self, query: str, *values: object, name: str = "") -> list[tuple[Any, ...]]:
        """Run one statement, outside any transaction, and return its rows."""
        with closing(psycopg2.connect(self.url_of(name or self.name))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []

    def run(self, program: str, *arguments: str, name: str = "") -> None:
        """Run one of the wheel's programs on this database. No password is on its command line."""
        command = [str(postgres.binary(program)), "--no-password", f"--dbname={self.dsn(name)}", *arguments]
        password = str(parse_dsn(self.url).get("password", ""))
        own = postgres.environment() | ({"PGPASSWORD": password} if password else {})
        done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise places.CannotRunError(f"{program} failed: {done.stderr.strip()}")


def databases(urls: Mapping[str, str]) -> list[Database]:
    """Return both databases. The school's goes first: a key without its reference does no harm."""
    files = {"main.dump": "DATABASE_URL", "keys.dump": "KEYS_DATABASE_URL"}
    return [Database(file, variable, urls[variable]) for file, variable in files.items()]


@contextmanager
def servers(var: Path, outer: Mapping[str, str]) -> Iterator[list[Database]]:
    """Return both databases, from the servers that run; where nothing runs, those from the wheel are started."""
    found = databases(environment.owner_urls(outer, var))
    silent = {database.variable: problem for database in found if (problem := postgres.problem(database.url))}
    local = {environment.SERVER_URLS[server] for server in environment.local_servers(outer)}
    if not silent:
        yield found
    elif leftovers.recorded(var) or silent.keys() - local:
        raise places.CannotRunError(f"a database does not answer: {next(iter(silent.values()))}")
    else:
        with Servers(var, outer) as started:
            yield databases(started.urls)


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Return once a file or a folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
