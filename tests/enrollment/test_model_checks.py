"""E011: the models are exactly those that were measured, or the processes that look at faces don't start."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from campus.processes import NEEDS
from enrollment import model_checks
from enrollment.faces import engines, required, weights
from running.places import PROJECT
from tests.optional_models import MODELS

BOTH = "dlib,mobilefacenet"


def found(settings: Settings, names: str, folder: Path) -> list[tuple[str, str]]:
    settings.FACE_ENGINES, settings.MODELS_DIR = names, folder
    return [(str(message.id), message.msg) for message in model_checks.models_are_those_measured(None)]


def test_dlib_alone_needs_no_optional_file(settings: Settings, tmp_path: Path) -> None:
    assert found(settings, "dlib", tmp_path) == []


def test_a_set_without_its_files_is_refused_and_each_is_named(settings: Settings, tmp_path: Path) -> None:
    numbers, words = zip(*found(settings, BOTH, tmp_path), strict=True)
    assert numbers == ("campus.E011", "campus.E011")
    assert words[0] == (
        "FACE_ENGINES=dlib,mobilefacenet: MobileFaceNet.tflite is missing: `make models` fetches the optional models"
    )
    assert "face_detection_short_range.tflite is missing" in words[1]


@pytest.mark.optional_models(*required.OPTIONAL[BOTH])
def test_a_set_with_its_files_is_taken(settings: Settings) -> None:
    assert found(settings, BOTH, MODELS) == []


@pytest.mark.optional_models(*required.OPTIONAL[BOTH])
@pytest.mark.parametrize("name", required.OPTIONAL[BOTH])
def test_one_changed_byte_is_refused(settings: Settings, tmp_path: Path, name: str) -> None:
    for each in required.OPTIONAL[BOTH]:
        shutil.copy(MODELS / each, tmp_path)
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    assert found(settings, BOTH, tmp_path) == [
        ("campus.E011", f"FACE_ENGINES={BOTH}: {name} is not the file that was measured: its SHA-256 differs")
    ]


def test_a_changed_file_of_dlibs_is_refused_too(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(weights.SHA256, weights.LANDMARKS, "0" * 64)
    assert [number for number, _ in found(settings, "dlib", tmp_path)] == ["campus.E011"]


def test_a_set_that_does_not_exist_is_refused(settings: Settings, tmp_path: Path) -> None:
    assert found(settings, "mobilefacenet", tmp_path) == [
        (
            "campus.E011",
            "FACE_ENGINES=mobilefacenet: there is no engine set 'mobilefacenet': "
            "it is one of 'dlib', 'dlib,mobilefacenet'",
        )
    ]


def test_every_engine_set_says_which_files_it_needs() -> None:
    assert set(required.OPTIONAL) | {"fake"} == set(engines.ENGINES)


@pytest.mark.parametrize("process", sorted(set(NEEDS) - {"manage"}))
def test_the_check_runs_where_faces_are_looked_at_and_loads_the_matcher_nowhere_else(
    process: str, tmp_path: Path
) -> None:
    code = (
        "import sys, django; django.setup(); from django.core import checks; "
        "print(*(m.id for m in checks.run_checks() if m.id == 'campus.E011')); "
        "print('enrollment.faces.weights' in sys.modules)"
    )
    outer = {"PATH": os.defpath, "DEBUG": "1", "CAMPUS_PROCESS": process, "CAMPUS_VAR": str(tmp_path)}
    outer |= {"FACE_ENGINES": BOTH, "DJANGO_SETTINGS_MODULE": "campus.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=outer, capture_output=True, text=True)
    looks = process in ("extract", "desk")
    assert done.stdout.split() == ["campus.E011"] * 2 * looks + [str(looks)], done.stderr


def test_a_changed_liveness_model_is_refused_where_the_check_is_required(settings: Settings, tmp_path: Path) -> None:
    settings.LIVENESS_FILE = tmp_path / weights.LIVENESS
    settings.LIVENESS_FILE.write_bytes(b"another model")
    settings.FACE_PAD = "required"
    assert found(settings, "dlib", tmp_path) == [
        ("campus.E011", "FACE_PAD: fr_liveness.onnx is not the file that was measured: its SHA-256 differs")
    ]
    settings.FACE_PAD = "off"
    assert found(settings, "dlib", tmp_path) == []
