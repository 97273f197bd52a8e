"""A backup is whole or is none, holds no key, and is put back whole or not at all.

Everything here is done by pg_dump and pg_restore on the databases of this run.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import psycopg2
import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from pytest_django import Settings

from campus.models import Tombstone
from enrollment import consent
from enrollment.models import ConsentEvent
from running import backup, dumps, leftovers, places, postgres, restore
from tests.gates.lane import Lane
from tests.restoring import Installation
from tests.running.since_backup import LATER, comparable, settle


def in_plain(folder: Path, file: str) -> str:
    """Return a dump as the SQL that it stands for."""
    shown = subprocess.run(
        [str(postgres.binary("pg_restore")), "-f", "-", str(folder / file)],
        env=postgres.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout


def test_a_backup_holds_neither_the_epoch_key_nor_the_log_nor_who_is_signed_in(
    installation: Installation, lane: Lane, settings: Settings
) -> None:
    """LAW 26."""
    session = Session.objects.get().session_key
    folder = installation.back_up()
    assert sorted(path.name for path in folder.iterdir()) == ["keys.dump", "main.dump", "manifest.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())} == {0o700, 0o600}
    main, both = in_plain(folder, "main.dump"), in_plain(folder, "main.dump") + in_plain(folder, "keys.dump")
    assert lane.world.willing.person.name in main
    assert session not in both
    wrapped = re.findall(r"[\w+/-]{40,}", settings.VAULT_EPOCH_FILE.read_text())
    assert wrapped
    assert not [key for key in wrapped if key in both]
    assert not [line for line in settings.TOMBSTONES_FILE.read_text().splitlines() if line in both]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["last_tombstone"] == Tombstone.objects.exclude(number=None).count()
    assert manifest["files"]["main.dump"]["postgres"].startswith("18")


def test_a_killed_backup_leaves_nothing_that_looks_like_one(
    installation: Installation, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*arguments: object) -> dict[str, object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backup, "_manifest", die)
        with pytest.raises(KeyboardInterrupt):
            installation.back_up()
    (left,) = (installation.var / "backups").iterdir()
    with pytest.raises(places.CannotRunError, match="is no backup"):
        restore.check(left)
    folder = installation.back_up()
    assert list((installation.var / "backups").iterdir()) == [folder]


def names(installation: Installation) -> list[str]:
    """Return every database on both servers."""
    found = [
        database.ask("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1", name="postgres")
        for database in installation.databases()
    ]
    return [str(name) for rows in found for (name,) in rows]


def test_a_restore_killed_at_any_moment_leaves_everything_as_it_was(installation: Installation, lane: Lane) -> None:
    folder = installation.back_up()
    consent.withdraw(student=lane.world.willing.person, guardian=lane.world.willing.parent, at=lane.world.at + LATER)
    settle(lane.world)
    connections.close_all()
    before = names(installation)
    main = installation.databases()[0]
    command = [sys.executable, "-m", "running.restore", str(folder)]
    environment = {**installation.outer, "CAMPUS_VAR": str(installation.var)}
    with subprocess.Popen(command, cwd=places.PROJECT, env=environment) as killed:
        while f"{main.name}{restore.NEW}" not in names(installation):
            assert killed.poll() is None
        killed.kill()
    assert [name for name in names(installation) if restore.NEW not in name] == before
    assert ConsentEvent.objects.filter(student=lane.world.willing.person, kind=ConsentEvent.Kind.WITHDRAWN).exists()
    assert comparable(lane.world) == ["unanswered", "latecomer"]
    installation.restore(folder)
    assert comparable(lane.world) == ["unanswered", "latecomer"]
    assert not [name for name in names(installation) if restore.NEW in name]


def test_a_restore_killed_between_the_two_databases_can_be_made_again(
    installation: Installation, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = installation.back_up()
    swap = restore._swap

    def die_at_the_keys(database: dumps.Database, at: datetime) -> str:
        if database.file == "keys.dump":
            raise KeyboardInterrupt
        return swap(database, at)

    with monkeypatch.context() as patch:
        patch.setattr(restore, "_swap", die_at_the_keys)
        with pytest.raises(KeyboardInterrupt):
            installation.restore(folder)
    assert comparable(lane.world) == ["willing", "unanswered", "latecomer"]
    installation.restore(folder, at=lane.world.at + LATER)
    assert comparable(lane.world) == ["willing", "unanswered", "latecomer"]


def test_a_backup_that_was_cut_or_changed_is_refused(installation: Installation, lane: Lane) -> None:
    folder = installation.back_up()
    whole = (folder / "main.dump").read_bytes()
    for touched in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        (folder / "main.dump").write_bytes(touched)
        with pytest.raises(places.CannotRunError, match=r"main\.dump is missing, cut or changed"):
            installation.restore(folder)
    (folder / "main.dump").unlink()
    with pytest.raises(places.CannotRunError, match=r"main\.dump is missing"):
        installation.restore(folder)
    with pytest.raises(places.CannotRunError, match="is no backup"):
        installation.restore(installation.var)


def test_it_refuses_while_anybody_uses_the_databases(installation: Installation, lane: Lane) -> None:
    folder = installation.back_up()
    with (
        closing(psycopg2.connect(installation.databases()[1].url)),
        pytest.raises(places.CannotRunError, match="stop the processes first: campus_owner use"),
    ):
        installation.restore(folder)
    leftovers.record(installation.var, "desk", os.getpid())
    with pytest.raises(places.CannotRunError, match="stop the processes first: desk"):
        installation.restore(folder)


def test_no_password_is_on_a_command_line(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def note(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", note)
    database = dumps.Database("main.dump", "X", "postgres://owner:s%2Fecret@db.example:6000/school?sslmode=require")
    database.run("pg_dump", "--format=custom")
    assert "s/ecret" not in " ".join(ran[0])
    assert "secret" not in " ".join(ran[0])
    assert "--dbname=user=owner dbname=school host=db.example port=6000 sslmode=require" in ran[0]
