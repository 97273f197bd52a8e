"""Backups of the databases that a test runs on, put back over them as an operator would."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from running import backup, dumps, restore
from tests.personas import AT


@dataclass(frozen=True)
class Installation:
    """A test's own folder, and the environment in which its databases are the installation's."""

    var: Path
    outer: Mapping[str, str]

    def back_up(self, at: datetime = AT) -> Path:
        """Make a backup and return its folder."""
        return backup.back_up(self.var, self.outer, at)

    def restore(self, folder: Path, *, only_main: bool = False, at: datetime = AT) -> list[str]:
        """Put a backup back, as nobody is connected."""
        connections.close_all()
        return restore.restore(self.var, self.outer, folder, only_main=only_main, at=at)

    def databases(self) -> list[dumps.Database]:
        return dumps.databases({name: self.outer[name] for name in ("DATABASE_URL", "KEYS_DATABASE_URL")})


@pytest.fixture
def installation(transactional_db: None, tmp_path: Path, settings: Settings) -> Iterator[Installation]:
    """The databases of this run as somebody's own servers, with a vault folder of their own."""
    settings.VAULT_EPOCH_FILE = tmp_path / "vault" / "epoch.json"
    settings.TOMBSTONES_FILE = tmp_path / "vault" / "tombstones.jsonl"
    own = {"CAMPUS_CLOCK": AT.isoformat()}
    own |= {name: str(getattr(settings, name)) for name in ("VAULT_EPOCH_FILE", "TOMBSTONES_FILE")}
    for alias, variable in (("default", "DATABASE_URL"), ("keys", "KEYS_DATABASE_URL")):
        known = dumps.Database("", variable, os.environ[variable])
        own[variable] = known.url_of(str(connections[alias].settings_dict["NAME"]))
    found = Installation(tmp_path, os.environ | own)
    yield found
    connections.close_all()
    restore.forget(found.var, found.outer)
    for database in found.databases():
        restore._drop(database, f"{database.name}{restore.NEW}")
