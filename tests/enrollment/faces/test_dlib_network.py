"""The converted network gives the templates of dlib's own, and refuses weights it doesn't know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlib
import numpy as np
import pytest
from PIL import Image

from enrollment.faces import converted, dlib_network, dlib_weights, hog, landmarks, weights
from enrollment.faces.images import Pixels
from enrollment.faces.matchers import Dlib

MODELS = Path(__file__).resolve().parents[3] / "var" / "models"
MOST_APART = 1e-5
"""L2, between templates of the same chip: a hundred-thousandth of a usual threshold."""


@pytest.fixture(scope="module")
def chips(portraits_folder: Path) -> Pixels:
    """At least 50 different pictures of a face, as the network takes them: portraits in many poses and lights."""
    found = []
    detector, points = hog.Hog(), landmarks.Landmarks(str(weights.landmarks()))
    for path in sorted(portraits_folder.glob("*.jpg")):
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((700, 700))
        for turned in (-16, -8, 0, 8, 16):
            for light in (0.5, 1.0, 1.5):
                pixels = np.asarray(picture.rotate(turned).point(lambda value, light=light: value * light))
                boxes = detector.locate(pixels)
                found += [landmarks.dlib_chip(pixels, points.mark(pixels, box)) for box in boxes[:1]]
    return np.stack(found)


@pytest.fixture(scope="module")
def network() -> Dlib:
    return Dlib(converted.session(weights.resnet(), MODELS))


def test_its_templates_are_dlibs_own(chips: Pixels, network: Dlib) -> None:
    assert len(chips) >= 50
    original: Any = dlib.face_recognition_model_v1(str(weights.resnet()))
    expected = np.array([original.compute_face_descriptor(chip) for chip in chips])
    alone = np.concatenate([network.templates(chip[None]) for chip in chips])
    assert np.linalg.norm(expected[0] - expected[-1]) > 0.1, "different pictures give different templates"
    assert np.linalg.norm(alone - expected, axis=1).max() <= MOST_APART
    assert np.linalg.norm(network.templates(chips) - expected, axis=1).max() <= MOST_APART


def test_the_chip_is_the_one_of_the_library(portraits_folder: Path) -> None:
    pixels = np.asarray(Image.open(portraits_folder / "obama.jpg").convert("RGB").resize((480, 600)))
    box = hog.Hog().locate(pixels)[0]
    shape = dlib.shape_predictor(str(weights.landmarks()))(pixels, dlib.rectangle(*box))
    face = landmarks.Landmarks(str(weights.landmarks())).mark(pixels, box)
    assert np.array_equal(landmarks.dlib_chip(pixels, face), dlib.get_face_chip(pixels, shape, 150, 0.25))


def test_it_is_converted_once_for_the_same_weights(tmp_path: Path) -> None:
    first = converted.prepare(weights.resnet(), tmp_path)
    made = first.stat().st_mtime_ns
    assert converted.prepare(weights.resnet(), tmp_path) == first
    assert first.stat().st_mtime_ns == made
    assert [path.name for path in tmp_path.iterdir()] == [first.name], "nothing half-written is left"


def test_a_converted_network_that_was_changed_is_made_again(tmp_path: Path) -> None:
    first = converted.prepare(weights.resnet(), tmp_path)
    whole = first.read_bytes()
    first.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    assert converted.prepare(weights.resnet(), tmp_path).read_bytes() == whole


@pytest.mark.parametrize("damage", ["cut short", "another version", "no layer"])
def test_other_weights_are_refused(damage: str) -> None:
    data = weights.resnet().read_bytes()
    if damage == "cut short":
        data = data[: len(data) // 2]
    elif damage == "another version":
        place = data.find(b"con_4") + len(b"con_4")
        data = data[:place] + b"\x01\x07" + data[place + 2 :]
    else:
        data = b"nothing of it"
    with pytest.raises(dlib_weights.UnknownWeightsError):
        dlib_network.graph(dlib_weights.read(data))
