"""The secrets of an installation are made once and stay its user's alone."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

from running import secrets


def test_the_file_belongs_to_its_user_alone(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    assert stat.S_IMODE(secrets.secrets_file(tmp_path).stat().st_mode) == 0o600


def test_every_key_is_32_bytes_of_its_own(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    known = secrets.read(tmp_path, {})
    assert set(known) == set(secrets.NAMES)
    assert {len(base64.urlsafe_b64decode(known[name])) for name in secrets.KEYS} == {32}
    assert len(set(known.values())) == len(known)


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    before = secrets.secrets_file(tmp_path).read_bytes()
    secrets.ensure(tmp_path)
    assert secrets.secrets_file(tmp_path).read_bytes() == before


def test_a_secret_that_a_new_version_needs_is_added_to_those_there_are(tmp_path: Path) -> None:
    secrets.secrets_file(tmp_path).write_text("CARD_KEY=kept\n")
    secrets.ensure(tmp_path)
    known = secrets.read(tmp_path, {})
    assert known["CARD_KEY"] == "kept"
    assert set(known) == set(secrets.NAMES)


def test_no_half_written_file_stays_behind(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.env"]


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    assert secrets.read(tmp_path, {"CARD_KEY": "from outside"})["CARD_KEY"] == "from outside"


def test_reading_makes_nothing(tmp_path: Path) -> None:
    assert secrets.read(tmp_path, {}) == {}
    assert list(tmp_path.iterdir()) == []
