"""Weight files: only the very ones that were measured are read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from enrollment.faces import engines, weights


def test_dlibs_files_are_those_that_were_measured() -> None:
    assert weights.resnet().name == weights.RESNET
    assert weights.landmarks().name == weights.LANDMARKS


def test_a_file_that_differs_in_one_byte_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / weights.LANDMARKS
    shutil.copyfile(weights.landmarks(), copy)
    assert weights.checked(copy) == copy
    with copy.open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)[0]
        file.seek(1000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(weights.WrongWeightsError, match="SHA-256 differs"):
        weights.checked(copy)


def test_a_set_whose_files_are_missing_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(weights.WrongWeightsError, match="make models"):
        engines.load("dlib,mobilefacenet", tmp_path)
