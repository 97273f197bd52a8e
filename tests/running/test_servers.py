"""The servers from the wheels: how they run, how they stop, and what a killed run costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from running import environment, leftovers, places, postgres
from running.stack import Servers

OUTER = environment.neutral(os.environ) | {"CAMPUS_DURABLE": "0"}


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """A folder with as long and unusual a name as a user's may have, where the next run clears a killed one's away."""
    folder = places.PROJECT / "var" / "tests" / f"run-{os.getpid()}-My School, {'x' * 60}"
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def servers(var: Path) -> Iterator[Servers]:
    with Servers(var, OUTER) as running:
        yield running


def ask(url: str, query: str) -> str:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return str((cursor.fetchone() or [""])[0])
    finally:
        connection.close()


def test_both_clusters_and_the_broker_answer(servers: Servers) -> None:
    assert ask(servers.urls["DATABASE_URL"], "SELECT current_database()") == "campus"
    assert ask(servers.urls["KEYS_DATABASE_URL"], "SELECT current_database()") == "campus_keys"
    with redis.Redis.from_url(servers.urls["REDIS_URL"]) as broker:
        assert broker.ping()


def test_the_keys_lie_in_another_cluster(servers: Servers) -> None:
    query = "SELECT system_identifier FROM pg_control_system()"
    assert ask(servers.urls["DATABASE_URL"], query) != ask(servers.urls["KEYS_DATABASE_URL"], query)


def test_postgres_keeps_values_out_of_its_log(servers: Servers) -> None:
    for name, wanted in postgres.NO_NAMES_IN_LOGS.items():
        assert ask(servers.urls["DATABASE_URL"], f"SHOW {name}") == wanted
        assert ask(servers.urls["KEYS_DATABASE_URL"], f"SHOW {name}") == wanted


def test_nobody_connects_without_a_password(servers: Servers) -> None:
    cluster = postgres.clusters(servers.var)["postgres"]
    with pytest.raises(psycopg2.OperationalError, match=r"password authentication failed|no password supplied"):
        psycopg2.connect(cluster.url(user=postgres.OWNER, password="wrong"))


def test_no_server_listens_to_the_network(servers: Servers) -> None:
    assert ask(servers.urls["DATABASE_URL"], "SHOW listen_addresses") == ""
    with redis.Redis.from_url(servers.urls["REDIS_URL"], decode_responses=True) as broker:
        assert broker.config_get("port") == {"port": "0"}


def test_the_broker_writes_nothing_to_disk(servers: Servers) -> None:
    with redis.Redis.from_url(servers.urls["REDIS_URL"], decode_responses=True) as broker:
        assert broker.config_get("save", "appendonly") == {"save": "", "appendonly": "no"}


def test_a_second_run_in_the_same_folder_is_refused_in_words(servers: Servers) -> None:
    second = Servers(servers.var, OUTER)
    with pytest.raises(places.CannotRunError, match="another run uses"):
        second.start()
    assert ask(servers.urls["DATABASE_URL"], "SELECT 1") == "1"


def test_stopping_ends_every_server(var: Path) -> None:
    with Servers(var, OUTER):
        started = leftovers.recorded(var)
    assert {process.name for process in started} == {"postgres", "keys-postgres", "valkey", "honcho-servers"}
    assert not [process for process in started if process.is_alive()]


def test_no_sockets_folder_stays_behind_in_the_temporary_one(var: Path) -> None:
    with Servers(var, OUTER):
        folder = places.sockets(var)
        assert folder.parent == Path(tempfile.gettempdir())
    assert not folder.exists()


def test_the_next_run_ends_what_a_killed_one_left(var: Path) -> None:
    script = (
        "import os, pathlib, sys; from running.stack import Servers; "
        "Servers(pathlib.Path(sys.argv[1])).start(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(var)], env=OUTER, cwd=places.PROJECT, check=False)
    left = leftovers.recorded(var.resolve())
    assert {process.name for process in left} == {"postgres", "keys-postgres", "valkey", "honcho-servers"}
    with Servers(var, OUTER) as servers:
        assert ask(servers.urls["DATABASE_URL"], "SELECT 1") == "1"
        assert not [process for process in left if process.is_alive()]


def test_a_dead_servers_lock_file_with_a_pid_that_lives_again_does_not_block(var: Path) -> None:
    with Servers(var, OUTER):
        pass
    (var / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{var / 'postgres'}\n1\n5432\n\n\n")
    with Servers(var, OUTER) as servers:
        assert ask(servers.urls["DATABASE_URL"], "SELECT 1") == "1"


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(places.CannotRunError, match=r"^postgres has ended(?s:.*)could not access the server conf"):
        Servers(tmp_path, OUTER).start()
    assert leftovers.recorded(tmp_path) == []


def test_servers_whose_url_is_given_are_not_started(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgres://owner:x@db.example/school",
        "KEYS_DATABASE_URL": "postgres://owner:x@keys.example/keys",
        "REDIS_URL": "redis://broker.example",
    }
    with Servers(tmp_path, OUTER | given) as servers:
        assert servers.urls == given
        assert leftovers.recorded(servers.var) == []
    assert not [name for name in ("postgres", "keys-postgres", "valkey", "log") if (tmp_path / name).exists()]


def test_a_root_who_may_not_make_a_user_namespace_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(places.CannotRunError, match="ordinary user, or set DATABASE_URL"):
        postgres.clusters(tmp_path)["postgres"].command()
