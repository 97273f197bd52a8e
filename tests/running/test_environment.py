"""Each process gets its row of the table and nothing else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from campus.processes import DATABASE_ROLES, KEYS_ROLE, NEEDS, ROLE_PASSWORDS
from running import environment, secrets
from running.places import CannotRunError

OUTSIDE = {
    "PATH": "/bin",
    "DEBUG": "1",
    "HOME": "/home/x",
    "CLOUD_TOKEN": "t",
    "PYTHONPATH": "/evil",
    "OWNER_DATABASE_PASSWORD": "o",
}
FIXED = {*environment.ONE_THREAD, "CAMPUS_VAR", "CAMPUS_PROCESS", "PYTHONUNBUFFERED"}
REAL = {
    "DATABASE_URL": "postgres://chief:s%2Fecret@db.example:6000/school?sslmode=require",
    "KEYS_DATABASE_URL": "postgres://chief:other@keys.example/school_keys",
    "REDIS_URL": "rediss://broker.example:6390/0",
}


@pytest.fixture
def var(tmp_path: Path) -> Path:
    secrets.ensure(tmp_path)
    return tmp_path


@pytest.mark.parametrize("process", sorted(NEEDS))
def test_a_process_gets_exactly_its_row(process: str, var: Path) -> None:
    given = environment.of_process(process, OUTSIDE, var)
    beside = {"web": {"PORT"}, "manage": set(ROLE_PASSWORDS.values())}.get(process, set())
    assert set(given) - FIXED - {"PATH", "DEBUG", "HOME"} == NEEDS[process] | beside
    assert given["CAMPUS_PROCESS"] == process


@pytest.mark.parametrize("process", sorted(set(NEEDS) - {"manage"}))
def test_no_process_but_manage_can_find_the_owners_password(process: str, var: Path) -> None:
    owner = secrets.read(var, {})[secrets.OWNER_VARIABLE]
    assert not [
        name
        for name, value in environment.of_process(process, {"PATH": "/bin"}, var).items()
        if owner in unquote(value)
    ]


@pytest.mark.parametrize("process", sorted(DATABASE_ROLES))
def test_a_process_connects_as_its_own_role(process: str, var: Path) -> None:
    url = urlsplit(environment.of_process(process, OUTSIDE, var)["DATABASE_URL"])
    role = DATABASE_ROLES[process]
    assert url.username == role
    assert unquote(url.password or "") == secrets.read(var, {})[ROLE_PASSWORDS[role]]


@pytest.mark.parametrize("process", sorted(NEEDS))
def test_the_root_key_s_file_and_the_next_one_go_to_those_who_hold_the_root_key(process: str, var: Path) -> None:
    given = environment.of_process(process, OUTSIDE | {"VAULT_ROOT_KEY_NEXT": "n", "VAULT_ROOT_KEY_FILE": "/f"}, var)
    holds = "VAULT_ROOT_KEY" in NEEDS[process]
    assert ("VAULT_ROOT_KEY_NEXT" in given, given.get("VAULT_ROOT_KEY_FILE") == "/f") == (holds, holds)
    assert "VAULT_ROOT_KEY" not in given


def test_a_real_servers_url_keeps_all_but_its_user(var: Path) -> None:
    given = environment.of_process("decide", OUTSIDE | REAL, var)
    main, keys = urlsplit(given["DATABASE_URL"]), urlsplit(given["KEYS_DATABASE_URL"])
    assert (main.username, main.hostname, main.port, main.path, main.query) == (
        *("campus_matcher", "db.example", 6000, "/school"),
        "sslmode=require",
    )
    assert (keys.username, keys.hostname, keys.path) == (KEYS_ROLE, "keys.example", "/school_keys")
    assert given["REDIS_URL"] == REAL["REDIS_URL"]


def test_manage_uses_a_real_server_as_the_one_it_was_given(var: Path) -> None:
    given = environment.of_process("manage", OUTSIDE | REAL, var)
    assert {name: given[name] for name in REAL} == REAL


def test_a_role_without_a_password_stops_the_start_in_words(tmp_path: Path) -> None:
    with pytest.raises(CannotRunError, match="WEB_DATABASE_PASSWORD is not set"):
        environment.of_process("web", OUTSIDE | REAL, tmp_path)


def test_only_the_servers_without_a_url_run_here() -> None:
    assert environment.local_servers({}) == ["postgres", "keys-postgres", "valkey"]
    assert environment.local_servers({"DATABASE_URL": "postgres://db.example/x"}) == ["keys-postgres", "valkey"]
    assert environment.local_servers(REAL) == []
