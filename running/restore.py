"""Puts a backup back: `make restore FROM=folder`, with ONLY=main the school's database alone.

It is made ready beside the databases in use: restored, migrated, and brought up to date with what has ended since
(`campus.replaying`). Only then do the two change names, so whatever fails before that leaves everything as it was. The
databases that were in use stay, under another name, until `make forget-replaced`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
from psycopg2 import sql

from running import dumps, env_file, leftovers, places
from running.dumps import Database
from running.progress import step
from running.stack import PROCESSES

NEW, REPLACED = "_restoring", "_replaced_"
"""What is added to a database's name while a backup is being put back, and after another took its place."""
SERVER = "postgres"
"""The database from which others are made, dropped and renamed."""
LEAVING_SECONDS = 3.0
"""So long, on a busy machine, Postgres may list who has left already: we too, who have just looked whether it runs."""


def main(arguments: Sequence[str]) -> None:
    """Restore what the arguments name, or drop what a restore replaced."""
    parser = argparse.ArgumentParser(prog="running.restore", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="of the backup")
    parser.add_argument("--only", choices=["main"], help="restore the school's database alone")
    parser.add_argument("--forget", action="store_true", help="drop the databases that restores have replaced")
    chosen = parser.parse_args(arguments)
    env_file.take_in()
    var = places.var_folder(os.environ)
    if chosen.forget:
        print("dropped:", ", ".join(forget(var, os.environ)) or "nothing")
    elif chosen.folder is None:
        parser.error("say which backup: make restore FROM=folder")
    else:
        replaced = restore(var, os.environ, chosen.folder, only_main=chosen.only is not None, at=datetime.now(UTC))
        print(f"restored. What was there before is {' and '.join(replaced)}; make forget-replaced drops it")


def restore(var: Path, outer: Mapping[str, str], folder: Path, *, only_main: bool, at: datetime) -> list[str]:
    """Put a backup in the place of the databases in use, and return the names that those have now."""
    check(folder)
    _refuse_while_processes_run(var)
    with dumps.servers(var, outer) as databases:
        chosen = databases[:1] if only_main else databases
        for database in databases:
            _refuse_while_in_use(database)
        for database in chosen:
            with step(f"  restoring {database.file}"):
                _make_anew(database, folder)
        _bring_up_to_date(var, outer, databases, chosen)
        return [_swap(database, at) for database in chosen]


def forget(var: Path, outer: Mapping[str, str]) -> list[str]:
    """Drop the databases that restores have replaced, and return their names."""
    dropped = []
    with dumps.servers(var, outer) as databases:
        for database in databases:
            known = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname"
            for (name,) in database.ask(known, f"{database.name}{REPLACED}", name=SERVER):
                _drop(database, name)
                dropped.append(name)
    return dropped


def check(folder: Path) -> None:
    """Refuse a folder that isn't a whole backup, byte for byte as it was made."""
    try:
        manifest = json.loads((folder / dumps.MANIFEST).read_text())
        known = manifest["format"] == dumps.FORMAT
        files = {name: (said["bytes"], said["sha256"]) for name, said in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise places.CannotRunError(f"{folder} is no backup: its manifest can't be read") from error
    if not known or set(files) != {"main.dump", "keys.dump"}:
        raise places.CannotRunError(f"{folder} is no backup that this version knows")
    for name, (size, digest) in files.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size or dumps.digest(file) != digest:
            raise places.CannotRunError(f"{name} is missing, cut or changed: its SHA-256 is not the manifest's")


def _refuse_while_processes_run(var: Path) -> None:
    running = sorted(started.name for started in leftovers.recorded(var) if started.name in PROCESSES)
    if running:
        raise places.CannotRunError(f"stop the processes first: {', '.join(running)}")


def _refuse_while_in_use(database: Database) -> None:
    """Refuse while anybody stays connected, from this machine or another."""
    others = """SELECT DISTINCT usename::text FROM pg_stat_activity
                WHERE datname = %s AND backend_type = 'client backend' ORDER BY 1"""
    end = time.monotonic() + LEAVING_SECONDS
    while users := [name for (name,) in database.ask(others, database.name, name=SERVER)]:
        if time.monotonic() > end:
            raise places.CannotRunError(f"stop the processes first: {', '.join(users)} use {database.name}")
        time.sleep(0.05)


def _make_anew(database: Database, folder: Path) -> None:
    name = f"{database.name}{NEW}"
    _drop(database, name)  # What a killed run left.
    made = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
    _on_the_server(database, made)
    whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    database.run("pg_restore", *whole, str(folder / database.file), name=name)


def _bring_up_to_date(
    var: Path, outer: Mapping[str, str], databases: Sequence[Database], chosen: Sequence[Database]
) -> None:
    """Migrate what was restored, give the roles their rights in it, and let end again what has ended since."""
    urls = {
        database.variable: database.url_of(f"{database.name}{NEW}") if database in chosen else database.url
        for database in databases
    }
    own = {**outer, **urls, "CAMPUS_VAR": str(var)}
    command = [sys.executable, "-m", "running.launch", "prepare", "--databases"]
    if subprocess.run(command, cwd=places.PROJECT, env=own, check=False).returncode != 0:
        raise places.CannotRunError("nothing was changed: the reason stands above")


def _swap(database: Database, at: datetime) -> str:
    """Let the restored database take the place of the one in use, in one transaction; return that one's new name."""
    replaced = f"{database.name}{REPLACED}{at:%Y%m%d%H%M%S}"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    names = [(database.name, replaced), (f"{database.name}{NEW}", database.name)]
    with closing(psycopg2.connect(database.url_of(SERVER))) as connection, connection, connection.cursor() as cursor:
        for old, new in names:
            cursor.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
    return replaced


def _drop(database: Database, name: str) -> None:
    gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    _on_the_server(database, gone)


def _on_the_server(database: Database, statement: sql.Composed) -> None:
    with closing(psycopg2.connect(database.url_of(SERVER))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (places.CannotRunError, psycopg2.Error) as error:
        sys.exit(f"nothing was restored: {error}")
