"""Dumps both databases into one folder: `make backup`, or `python -m running.backup`.

The folder is `var/backups/TIME`, or one in BACKUP_DIR, open to its user alone. Who is signed in and what is cached
stays out. The epoch file, the root key and the tombstone log are never in a backup: it could revive what has ended.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from running import dumps, env_file, places
from running.dumps import Database

LEFT_OUT = ("django_session", "campus_cache")
"""Tables whose rows are in no dump."""


def main() -> None:
    """Make a backup and say where it is."""
    env_file.take_in()
    folder = back_up(places.var_folder(os.environ), os.environ, datetime.now(UTC))
    print(folder)


@contextmanager
def _private() -> Iterator[None]:
    """Keep what is written meanwhile, here and by what is started, to its user alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@_private()
def back_up(var: Path, outer: Mapping[str, str], at: datetime) -> Path:
    """Dump both databases and return the folder. It gets its name last, so that a killed run leaves no half of one."""
    parent = Path(outer.get("BACKUP_DIR") or var / "backups").resolve()
    folder = parent / at.strftime("%Y-%m-%dT%H-%M-%SZ")
    draft = folder.with_suffix(".part")
    for left in parent.glob("*.part"):
        shutil.rmtree(left)
    draft.mkdir(parents=True)
    with dumps.servers(var, outer) as databases:
        last = _last_tombstone(databases[0])
        for database in databases:
            left_out = [f"--exclude-table-data=public.{table}" for table in LEFT_OUT]
            plain = ["--format=custom", "--no-owner", "--no-privileges", f"--file={draft / database.file}"]
            database.run("pg_dump", *plain, *left_out)
        manifest = _manifest(databases, draft, at) | {"last_tombstone": last}
    (draft / dumps.MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    for path in (*draft.iterdir(), draft):
        dumps.sync(path)
    draft.rename(folder)
    dumps.sync(parent)
    return folder


def _manifest(databases: Sequence[Database], folder: Path, at: datetime) -> dict[str, object]:
    project = tomllib.loads((places.PROJECT / "pyproject.toml").read_text())["project"]
    return {
        "format": dumps.FORMAT,
        "made_at": at.isoformat(),
        "version": project["version"],
        "files": {
            database.file: {
                "bytes": (folder / database.file).stat().st_size,
                "sha256": dumps.digest(folder / database.file),
                "postgres": database.ask("SHOW server_version")[0][0],
            }
            for database in databases
        },
    }


def _last_tombstone(database: Database) -> int:
    """Return the number of the last line of the tombstone log that the dump will know at least."""
    return int(database.ask("SELECT coalesce(max(number), 0) FROM campus_tombstone")[0][0])


if __name__ == "__main__":
    try:
        main()
    except places.CannotRunError as error:
        sys.exit(f"no backup was made: {error}")
