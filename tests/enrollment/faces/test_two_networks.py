"""The set of both networks, where `make models` has fetched its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demo import pictures
from enrollment.faces import blazeface, engines, hog, images, weights
from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.distance import distance, template_from_bytes, template_to_bytes
from enrollment.faces.engine import Engine
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal, Refused
from tests.optional_models import MODELS

pytestmark = pytest.mark.optional_models(weights.MOBILEFACENET, weights.BLAZEFACE)


@pytest.fixture(scope="module")
def both() -> Engine:
    return engines.load("dlib,mobilefacenet", MODELS)


def probed(engine: Engine, *frames: bytes) -> Probe | Refused:
    return probe(frames, engine, Rules(12_000_000, 0.8))


def seen(portraits: Path, name: str) -> Pixels:
    pixels = images.read((portraits / f"{name}.jpg").read_bytes(), 30_000_000)
    assert not isinstance(pixels, Refusal)
    return pixels


def test_a_template_holds_both_networks_numbers_and_survives_its_bytes(both: Engine, portraits_folder: Path) -> None:
    answer = probed(both, pictures.probe(portraits_folder, "obama"))
    assert isinstance(answer, Probe)
    assert answer.template.shape == (320,)
    assert np.array_equal(template_from_bytes(template_to_bytes(answer.template)), answer.template)


def test_one_person_is_near_and_another_far(both: Engine, portraits_folder: Path) -> None:
    faces = {}
    for name in ("obama", "obama2", "obama3", "biden"):
        pixels = seen(portraits_folder, name)
        faces[name] = both.encode(pixels, both.mark(pixels, both.locate(pixels)[0]))
    own = [distance(faces["obama"], faces[name]) for name in ("obama2", "obama3")]
    assert max(own) < 0.5 < 0.8 < distance(faces["obama"], faces["biden"])


def test_its_detector_draws_the_box_that_dlib_would(portraits_folder: Path) -> None:
    fast, slow = blazeface.BlazeFace(MODELS / weights.BLAZEFACE), hog.Hog()
    for who in ("obama", "biden"):
        pixels = images.read(pictures.probe(portraits_folder, who), 12_000_000)
        assert not isinstance(pixels, Refusal)
        (one,), (other,) = fast.locate(pixels), slow.locate(pixels)
        assert np.abs(np.subtract(one, other)).max() < 0.25 * other.width


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (300, 500)])
def test_its_detector_finds_faces_in_any_format(portraits_folder: Path, size: tuple[int, int]) -> None:
    canvas = Image.new("RGB", size, (196, 203, 208))
    canvas.paste(Image.open(portraits_folder / "obama.jpg").convert("RGB").resize((280, 350)), (10, 60))
    assert len(blazeface.BlazeFace(MODELS / weights.BLAZEFACE).locate(np.asarray(canvas))) == 1


def test_two_faces_are_refused_and_an_empty_hall_has_none(both: Engine, portraits_folder: Path) -> None:
    assert probed(both, pictures.two_faces(portraits_folder)) == Refused(Refusal.SEVERAL_FACES, 0)
    assert probed(both, pictures.no_face()) == Refused(Refusal.NO_FACE)


def test_templates_of_the_two_sets_are_never_compared(
    both: Engine, dlib_engine: Engine, portraits_folder: Path
) -> None:
    frame = pictures.probe(portraits_folder, "obama")
    one, other = probed(both, frame), probed(dlib_engine, frame)
    assert isinstance(one, Probe)
    assert isinstance(other, Probe)
    assert one.engine_version != other.engine_version
    with pytest.raises(ValueError, match="different engines"):
        distance(one.template, other.template)
