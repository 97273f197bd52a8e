"""The sockets' folder is short, plain and its user's alone, wherever the product was unpacked."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from running import places


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, instead of the machine's shared one."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_sockets_lie_under_var(tmp_path_factory: pytest.TempPathFactory) -> None:
    var = tmp_path_factory.mktemp("v")
    assert places.sockets(var) == var.resolve() / "run"


@pytest.mark.parametrize("name", ["x" * 90, "two words", "comma,comma", "percent%20", "学校"])
def test_a_folder_that_a_socket_cannot_lie_in_gives_a_private_temporary_one(
    name: str, tmp_path: Path, temporary: Path
) -> None:
    folder = places.sockets(tmp_path / name)
    assert folder.parent == temporary
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert places.sockets(tmp_path / name) == folder
    assert places.sockets(tmp_path / f"{name}2") != folder


def test_a_temporary_folder_that_somebody_planted_is_refused(tmp_path: Path, temporary: Path) -> None:
    folder = places.sockets(tmp_path / ("x" * 90))
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(places.CannotRunError, match="not a folder of this user"):
        places.sockets(tmp_path / ("x" * 90))


def test_a_folder_others_could_enter_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    assert stat.S_IMODE(places.records(tmp_path).stat().st_mode) == 0o700
