"""The Procfile's lines, and what stands in their command lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from honcho.environ import parse_procfile

from campus.processes import NEEDS
from running import environment, launch, places, postgres, secrets, valkey
from running.stack import PROCESSES


def test_the_procfile_has_a_line_for_each_process_and_server() -> None:
    lines = parse_procfile((places.PROJECT / "Procfile").read_text()).processes
    assert set(lines) == (set(NEEDS) - {"manage"}) | set(environment.SERVER_URLS)
    assert lines == {name: f"exec python -m running.launch {name}" for name in lines}
    assert set(PROCESSES) == set(NEEDS) - {"manage"}


def test_no_secret_stands_in_a_command_line(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    commands = [launch.app_command(name, tmp_path) for name in PROCESSES]
    commands += [cluster.command() for cluster in postgres.clusters(tmp_path).values()]
    words = " ".join(word for command in [*commands, valkey.command(tmp_path)] for word in command)
    assert not [name for name, value in secrets.read(tmp_path, {}).items() if value in words]


@pytest.mark.parametrize("name", sorted(launch.WORKERS))
def test_a_worker_takes_its_own_queue_alone_and_one_task_at_a_time(name: str, tmp_path: Path) -> None:
    command = launch.app_command(name, tmp_path)
    assert command[command.index("-Q") + 1] == name
    assert command[command.index("--prefetch-multiplier") + 1] == "1"


def test_a_process_that_does_not_exist_is_named_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(places.CannotRunError, match="no process 'cinema'"):
        launch.main(["cinema"])
