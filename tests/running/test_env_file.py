"""What the operator chose in `.env` is read once, by what starts things, and never changed behind their back."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from running import env_file
from running.places import PROJECT, CannotRunError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(env_file.VARIABLE, str(tmp_path / ".env"))
    return tmp_path / ".env"


def test_without_a_file_nothing_is_chosen(file: Path) -> None:
    assert env_file.read(file) == {}


def test_names_values_quotes_and_comments_are_understood(file: Path) -> None:
    file.write_text("# mine\nFACE_ENGINES=dlib,mobilefacenet\nEMAIL_HOST='mail.example'  # ours\n\nDEBUG=1\n")
    assert env_file.read(file) == {"FACE_ENGINES": "dlib,mobilefacenet", "EMAIL_HOST": "mail.example", "DEBUG": "1"}


def test_a_missing_quotation_mark_is_told_without_its_line(file: Path) -> None:
    file.write_text("EMAIL_HOST_PASSWORD='hush\n")
    with pytest.raises(CannotRunError, match="a quotation mark is missing") as told:
        env_file.read(file)
    assert "hush" not in str(told.value)


def test_the_real_environment_goes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("FACE_ENGINES=dlib,mobilefacenet\nTURNSTILE_DRIVER=x.Y\n")
    monkeypatch.setenv("FACE_ENGINES", "dlib")
    monkeypatch.setenv("TURNSTILE_DRIVER", "")
    monkeypatch.delenv("TURNSTILE_DRIVER")
    env_file.take_in()
    assert (os.environ["FACE_ENGINES"], os.environ["TURNSTILE_DRIVER"]) == ("dlib", "x.Y")


def test_a_line_is_added_below_what_the_operator_wrote(file: Path) -> None:
    file.write_text("DEBUG=1")
    file.chmod(0o640)
    env_file.add(file, "FACE_PAD", "required")
    assert file.read_text() == "DEBUG=1\nFACE_PAD=required\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_new_file_belongs_to_its_user_alone(file: Path) -> None:
    env_file.add(file, "FACE_PAD", "required")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert env_file.read(file) == {"FACE_PAD": "required"}


def chosen_by(program: list[str], file: Path, **outer: str) -> str:
    """Run a management command and return which engines its settings have."""
    done = subprocess.run(
        [
            sys.executable,
            *program,
            "shell",
            "-v",
            "0",
            "-c",
            "from django.conf import settings as s; print(s.FACE_ENGINES)",
        ],
        cwd=PROJECT,
        env={"PATH": os.defpath, env_file.VARIABLE: str(file), "DEBUG": "1", **outer},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_manage_by_hand_follows_the_file(file: Path) -> None:
    file.write_text("FACE_ENGINES=dlib,mobilefacenet\n")
    assert chosen_by(["manage.py"], file) == "dlib,mobilefacenet"
    assert chosen_by(["manage.py"], file, FACE_ENGINES="fake") == "fake"


def test_what_the_launcher_starts_is_given_what_the_file_says_and_reads_no_file(file: Path) -> None:
    file.write_text("FACE_ENGINES=dlib,mobilefacenet\nDEBUG=1\n")
    assert chosen_by(["-m", "running.launch", "manage"], file, CAMPUS_VAR=str(file.parent)) == "dlib,mobilefacenet"
    assert chosen_by(["manage.py"], file, CAMPUS_PROCESS="seal") == "dlib"
