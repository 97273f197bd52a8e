"""The real engine, on portraits."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from demo import pictures
from enrollment.faces import engines
from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.distance import DIMENSIONS, distance
from enrollment.faces.engine import Engine
from enrollment.faces.enrolling import Combined, combine
from enrollment.faces.refusal import Refusal, Refused
from tests.enrollment.faces import files

MODELS = Path(__file__).resolve().parents[3] / "var" / "models"
MAX_PIXELS = 12_000_000
THRESHOLD = 0.45


def probed(engine: Engine, *frames: bytes) -> Probe | Refused:
    return probe(frames, engine, Rules(MAX_PIXELS, THRESHOLD))


def measured(engine: Engine, one: bytes, other: bytes) -> float:
    """The distance of the faces in two pictures."""
    first, second = probed(engine, one), probed(engine, other)
    assert isinstance(first, Probe)
    assert isinstance(second, Probe)
    return distance(first.template, second.template)


@pytest.fixture(scope="module")
def enrolled(dlib_engine: Engine, portraits_folder: Path) -> dict[str, Combined]:
    """What the demo enrolls."""
    people = {}
    for who in ("obama", "biden"):
        photos = pictures.enrollment_set(portraits_folder, who)
        answer = combine(photos, dlib_engine, Rules(MAX_PIXELS, THRESHOLD))
        assert isinstance(answer, Combined), answer
        people[who] = answer
    return people


@pytest.mark.parametrize("seen", ["obama", "biden"])
def test_a_face_matches_its_own_enrollment_and_nobody_elses(
    dlib_engine: Engine, portraits_folder: Path, enrolled: dict[str, Combined], seen: str
) -> None:
    answer = probed(dlib_engine, pictures.probe(portraits_folder, seen))
    assert isinstance(answer, Probe)
    near = {who: distance(answer.template, person.template) < THRESHOLD for who, person in enrolled.items()}
    assert near == {who: who == seen for who in enrolled}


def test_a_template_is_128_float32_numbers_of_length_1(dlib_engine: Engine, portraits_folder: Path) -> None:
    answer = probed(dlib_engine, pictures.probe(portraits_folder, "obama"))
    assert isinstance(answer, Probe)
    assert answer.template.dtype == np.float32
    assert answer.template.shape == (DIMENSIONS,)
    assert np.linalg.norm(answer.template) == pytest.approx(1.0, abs=1e-5)


def test_the_distances_of_the_portraits_are_those_of_their_full_size(
    dlib_engine: Engine, portraits_folder: Path
) -> None:
    # Measured at full size, library defaults, five landmarks, normalized: reducing must not move them much.
    full = {
        ("obama", "obama2"): 0.251,
        ("obama", "obama3"): 0.240,
        ("obama2", "obama3"): 0.313,
        ("obama", "biden"): 0.61,
    }
    for (one, other), apart in full.items():
        photos = [(portraits_folder / f"{name}.jpg").read_bytes() for name in (one, other)]
        assert measured(dlib_engine, *photos) == pytest.approx(apart, abs=0.03)


def test_two_faces_are_refused(dlib_engine: Engine, portraits_folder: Path) -> None:
    assert probed(dlib_engine, pictures.two_faces(portraits_folder)) == Refused(Refusal.SEVERAL_FACES, 0)


def test_somebody_further_back_is_left_alone(dlib_engine: Engine, portraits_folder: Path) -> None:
    frame = Image.open(io.BytesIO(pictures.probe(portraits_folder, "obama")))
    alone = probed(dlib_engine, files.saved(frame, "JPEG"))
    behind = Image.open(io.BytesIO(pictures.probe(portraits_folder, "biden")))
    frame.paste(behind.resize((200, 150)), (0, 20))
    together = probed(dlib_engine, files.saved(frame, "JPEG"))
    assert isinstance(alone, Probe)
    assert isinstance(together, Probe)
    assert distance(alone.template, together.template) < 0.1


def test_an_empty_hall_has_no_face(dlib_engine: Engine) -> None:
    assert probed(dlib_engine, pictures.no_face()) == Refused(Refusal.NO_FACE)


def test_frames_that_change_from_one_person_to_another_are_refused(dlib_engine: Engine, portraits_folder: Path) -> None:
    frames = [pictures.probe(portraits_folder, who) for who in ("obama", "biden")]
    assert probed(dlib_engine, *frames) == Refused(Refusal.NOT_ONE_PERSON)


def test_a_picture_that_ends_early_is_refused_also_where_pillow_was_told_to_fill_it_with_grey(
    dlib_engine: Engine, portraits_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # As face_recognition does when it is imported.
    assert probed(dlib_engine, pictures.corrupt_jpeg(portraits_folder)) == Refused(Refusal.UNREADABLE_IMAGE, 0)


def test_its_version_names_weights_and_alignment_and_stays(dlib_engine: Engine) -> None:
    assert dlib_engine.version == "dlib-809185e1e214d2fb"


def test_an_engine_is_loaded_once(dlib_engine: Engine) -> None:
    assert engines.load("dlib", MODELS) is dlib_engine
