"""The table of refused photographs counts what a gate and the desk would refuse."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image, ImageFilter
from pytest_django import Settings

from enrollment.faces.drawn_engine import draw


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Two good figures, one out of focus, an empty hall, and a file that is no picture."""
    for person, name, data in [
        ("anna", "1.jpg", draw(7)),
        ("anna", "2.JPG", draw(7, 1)),
        ("anna", "3.jpg", draw(7, people=0)),
        ("ben", "1.png", b"no picture"),
    ]:
        (tmp_path / "hall" / person).mkdir(parents=True, exist_ok=True)
        (tmp_path / "hall" / person / name).write_bytes(data)
    blurred = Image.open(io.BytesIO(draw(7))).filter(ImageFilter.GaussianBlur(12))
    blurred.save(tmp_path / "hall" / "ben" / "2.jpg")
    (tmp_path / "hall" / "notes.txt").write_text("no photograph")
    return tmp_path / "hall"


def printed(*folders: Path, **options: bool) -> str:
    out = io.StringIO()
    call_command("quality_table", *map(str, folders), engines="fake", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_it_counts_each_reason_for_the_gate_and_for_the_desk(photographs: Path, settings: Settings) -> None:
    [row] = json.loads(printed(photographs, json=True))
    assert (row["folder"], row["photos"]) == ("hall", 5)
    expected = {"good": 2, "no_face": 1, "unreadable_image": 1, "blurred": 1}
    assert row["gate"] == row["desk"] == expected


def test_the_table_gives_the_part_that_was_refused(photographs: Path) -> None:
    lines = printed(photographs / "anna", photographs).splitlines()
    assert lines[2] == "| anna | 3 | gate | 33.3% | 1 no_face |"
    assert lines[4].startswith("| hall | 5 | gate | 60.0% | ")
    assert len(lines) == 6


def test_a_folder_without_photographs_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no photographs"):
        printed(tmp_path)
