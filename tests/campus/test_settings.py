"""What a process was not given stops its start; what it was given and doesn't need, it doesn't hold."""

from __future__ import annotations

import base64
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from campus.processes import DATABASE_ROLES, NEEDS
from running.places import PROJECT

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
NAMES = sorted(frozenset().union(*NEEDS.values()))
KEYS = [name for name in NAMES if name.endswith("_KEY") and name != "SECRET_KEY"]
GIVEN = {
    **dict.fromkeys(["SECRET_KEY", *KEYS], KEY),
    "VAULT_EPOCH_FILE": "var/epoch.json",
    "TOMBSTONES_FILE": "var/tombstones.jsonl",
    "DATABASE_URL": "postgres://owner:x@db.example/school",
    "KEYS_DATABASE_URL": "postgres://owner:x@keys.example/keys",
    "REDIS_URL": "redis://broker.example",
}
NEEDED = [(process, name) for process in NEEDS for name in sorted(NEEDS[process])]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take everything of the project out of the environment, DEBUG as well."""
    for name in [
        *GIVEN,
        "VAULT_ROOT_KEY_FILE",
        "VAULT_ROOT_KEY_NEXT",
        "DEBUG",
        "CAMPUS_CLOCK",
        "CAMPUS_CLOCK_AT",
        "CAMPUS_PROCESS",
        "EMAIL_BACKEND",
    ]:
        monkeypatch.delenv(name, raising=False)


def settings_of(monkeypatch: pytest.MonkeyPatch, process: str, given: dict[str, str]) -> dict[str, Any]:
    """Read the settings file as a process with this environment would."""
    for name, value in {**given, "CAMPUS_PROCESS": process}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(PROJECT / "campus" / "settings.py"))


@pytest.mark.parametrize("process", NEEDS)
def test_a_process_starts_with_its_own_row_and_nothing_else(monkeypatch: pytest.MonkeyPatch, process: str) -> None:
    settings_of(monkeypatch, process, {name: GIVEN[name] for name in NEEDS[process]})


@pytest.mark.parametrize(("process", "name"), NEEDED)
def test_without_one_of_its_secrets_a_process_does_not_start(
    monkeypatch: pytest.MonkeyPatch, process: str, name: str
) -> None:
    given = {other: GIVEN[other] for other in NEEDS[process] if other != name}
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set, and the {process} process needs it"):
        settings_of(monkeypatch, process, given)


@pytest.mark.parametrize("process", NEEDS)
def test_a_real_start_without_secrets_ends_in_words(process: str) -> None:
    environment = {"PATH": os.environ["PATH"], "CAMPUS_PROCESS": process, "DJANGO_SETTINGS_MODULE": "campus.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert f"is not set, and the {process} process needs it" in ended.stderr


@pytest.mark.parametrize("process", NEEDS)
def test_a_process_holds_no_secret_that_is_not_its_own(monkeypatch: pytest.MonkeyPatch, process: str) -> None:
    held = settings_of(monkeypatch, process, GIVEN)
    for name in KEYS:
        assert held[name] == (b"k" * 32 if name in NEEDS[process] else b"")
    if "SECRET_KEY" not in NEEDS[process]:
        assert held["SECRET_KEY"] != KEY
    wanted = {
        alias for alias, name in (("default", "DATABASE_URL"), ("keys", "KEYS_DATABASE_URL")) if name in NEEDS[process]
    }
    assert set(held["DATABASES"]) == wanted


def test_every_variable_that_a_process_needs_is_tried_here() -> None:
    assert set(GIVEN) == set(NAMES)


def test_the_process_that_parses_pictures_has_no_database_and_no_key_of_the_vault() -> None:
    assert NEEDS["extract"] == {"REDIS_URL", "FRAMES_KEY", "PROBE_KEY"}


def test_nobody_but_the_processes_of_the_vault_holds_its_key() -> None:
    holders = {process for process in NEEDS if "VAULT_ROOT_KEY" in NEEDS[process]}
    assert holders == {"decide", "desk", "manage"}


def test_who_compares_can_t_unseal_a_picture_and_the_web_can_t_unseal_a_probe() -> None:
    assert "FRAMES_KEY" not in NEEDS["decide"]
    assert not {"PROBE_KEY", "VAULT_ROOT_KEY", "KEYS_DATABASE_URL"} & NEEDS["web"]


def test_what_a_card_s_secret_opens_goes_from_the_web_to_who_compares_and_to_nobody_else() -> None:
    assert {process for process in NEEDS if "CARD_PARCEL_KEY" in NEEDS[process]} == {"web", "decide"}


def test_the_root_key_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "root"
    path.write_text(KEY + "\n")
    given = {name: value for name, value in GIVEN.items() if name != "VAULT_ROOT_KEY"}
    assert settings_of(monkeypatch, "desk", given | {"VAULT_ROOT_KEY_FILE": str(path)})["VAULT_ROOT_KEY"] == b"k" * 32
    assert settings_of(monkeypatch, "web", given)["VAULT_ROOT_KEY"] == b""
    path.write_text("short")
    with pytest.raises(ImproperlyConfigured, match="VAULT_ROOT_KEY_FILE must be 32 bytes"):
        settings_of(monkeypatch, "desk", given)
    path.unlink()
    with pytest.raises(ImproperlyConfigured, match="VAULT_ROOT_KEY_FILE can't be read: No such file"):
        settings_of(monkeypatch, "desk", given)


def test_the_root_key_to_come_is_known_to_those_who_hold_that_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    following = base64.urlsafe_b64encode(b"n" * 32).decode()
    for process in NEEDS:
        held = settings_of(monkeypatch, process, GIVEN | {"VAULT_ROOT_KEY_NEXT": following})["VAULT_ROOT_KEY_NEXT"]
        assert held == (b"n" * 32 if "VAULT_ROOT_KEY" in NEEDS[process] else b"")


def test_every_process_with_a_database_has_a_role() -> None:
    assert {process for process in NEEDS if "DATABASE_URL" in NEEDS[process]} == {*DATABASE_ROLES, "manage"}


@pytest.mark.parametrize("wrong", ["short", KEY[:-4], "é" * 44, KEY + KEY, "!" * 44])
def test_a_key_of_the_wrong_length_stops_the_start_without_being_quoted(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match="CARD_KEY must be 32 bytes") as refusal:
        settings_of(monkeypatch, "web", GIVEN | {"CARD_KEY": wrong})
    assert wrong not in str(refusal.value)


def test_a_process_that_nobody_knows_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="is none of beat, decide"):
        settings_of(monkeypatch, "sweep", GIVEN)


def test_thresholds_come_from_the_measured_file_and_the_drawn_ones_are_for_debug_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = {
        debug: [path.name for path in settings_of(monkeypatch, "web", GIVEN | {"DEBUG": debug})["FACE_CALIBRATIONS"]]
        for debug in ("", "1")
    }
    assert names == {"": ["calibration.toml"], "1": ["calibration.toml", "drawn.toml"]}


@pytest.mark.parametrize("debug", ["", "0", "true", "True", "yes", "no"])
def test_only_a_one_switches_debug_on(monkeypatch: pytest.MonkeyPatch, debug: str) -> None:
    assert settings_of(monkeypatch, "web", GIVEN | {"DEBUG": debug})["DEBUG"] is False


def test_in_production_the_clock_can_t_be_shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = {"CAMPUS_CLOCK": "2026-03-07T23:58:00+00:00"}
    with pytest.raises(ImproperlyConfigured, match="CAMPUS_CLOCK"):
        settings_of(monkeypatch, "web", GIVEN | moved)
    assert settings_of(monkeypatch, "web", GIVEN | moved | {"DEBUG": "1"})["CLOCK_SHIFT"]


def test_in_production_pages_need_https(monkeypatch: pytest.MonkeyPatch) -> None:
    held = settings_of(monkeypatch, "web", GIVEN)
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"):
        assert held[name]
