"""Exactly one face, in every frame the same, or nothing: and nobody else is ever encoded."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageFilter

from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.distance import Template, average, distance
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.faces.enrolling import Combined, combine
from enrollment.faces.face import Box, Face
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal, Refused
from tests.enrollment.faces import files

MAX_PIXELS = 12_000_000
PAIR = 0.45
ANNA, BEN = 1001, 2002


class CountingEngine(DrawnEngine):
    """The engine of drawn figures, which remembers what it encoded."""

    def __init__(self) -> None:
        self.encoded: list[Template] = []

    def encode(self, pixels: Pixels, face: Face) -> Template:
        template = super().encode(pixels, face)
        self.encoded.append(template)
        return template


class TurningEngine(CountingEngine):
    """To whom figures in wide pictures look to the side."""

    def mark(self, pixels: Pixels, box: Box) -> Face:
        face = super().mark(pixels, box)
        if pixels.shape[1] == 640:
            face.points[4, 0] += 0.7 * face.eye_distance
        return face


def probed(*frames: bytes, engine: DrawnEngine | None = None) -> Probe | Refused:
    return probe(frames, engine or DrawnEngine(), Rules(MAX_PIXELS, PAIR))


def combined(*photos: bytes, engine: DrawnEngine | None = None) -> Combined | Refused:
    return combine(photos, engine or DrawnEngine(), Rules(MAX_PIXELS, PAIR))


def nobody() -> bytes:
    return draw(0, people=0)


def crowd() -> bytes:
    return draw(ANNA, people=2)


def blurred() -> bytes:
    return files.saved(Image.open(io.BytesIO(draw(ANNA))).filter(ImageFilter.GaussianBlur(12)), "JPEG")


def turned() -> bytes:
    return draw(ANNA, size=(640, 480))


def anna(count: int) -> Sequence[bytes]:
    return [draw(ANNA, variant) for variant in range(count)]


def test_a_probe_is_the_average_of_its_frames() -> None:
    engine = CountingEngine()
    answer = probed(*anna(3), engine=engine)
    assert isinstance(answer, Probe)
    assert answer.frames == 3
    assert answer.engine_version == engine.version
    assert np.array_equal(answer.template, average(engine.encoded))


def test_frames_without_a_face_are_left_out_while_one_has_a_face() -> None:
    answer = probed(nobody(), draw(ANNA), nobody())
    assert isinstance(answer, Probe)
    assert answer.frames == 1


@pytest.mark.parametrize("frames", [[], [nobody()], [nobody(), nobody()]])
def test_frames_without_any_face_are_refused(frames: list[bytes]) -> None:
    assert probed(*frames) == Refused(Refusal.NO_FACE)


@pytest.mark.parametrize("poor", [blurred(), turned()], ids=["blurred", "turned"])
def test_a_frame_that_is_blurred_or_turned_is_left_out_while_another_is_good(poor: bytes) -> None:
    engine = TurningEngine()
    answer = probed(poor, draw(ANNA, 3), poor, engine=engine)
    assert isinstance(answer, Probe)
    assert answer.frames == len(engine.encoded) == 1


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([blurred()], Refusal.BLURRED),
        ([turned()], Refusal.TURNED_AWAY),
        ([nobody(), nobody(), blurred()], Refusal.BLURRED),
        ([blurred(), turned(), nobody()], Refusal.TURNED_AWAY),
        ([turned(), blurred(), turned()], Refusal.TURNED_AWAY),
        ([turned(), turned(), blurred()], Refusal.TURNED_AWAY),
        ([turned(), blurred()], Refusal.BLURRED),
    ],
)
def test_what_is_told_of_frames_without_a_good_face_is_what_helps_most(frames: list[bytes], reason: Refusal) -> None:
    engine = TurningEngine()
    assert probed(*frames, engine=engine) == Refused(reason)
    assert engine.encoded == []


@pytest.mark.parametrize("poor", [blurred(), turned()], ids=["blurred", "turned"])
def test_an_enrollment_waits_for_no_better_picture(poor: bytes) -> None:
    answer = combined(draw(ANNA), poor, draw(ANNA, 1), engine=TurningEngine())
    assert isinstance(answer, Refused)
    assert answer.image == 1


def test_a_bystander_in_any_frame_refuses_the_capture() -> None:
    assert probed(draw(ANNA), crowd()) == Refused(Refusal.SEVERAL_FACES, 1)


def test_nobody_is_encoded_from_a_capture_with_a_bystander_in_it() -> None:
    engine = CountingEngine()
    probed(crowd(), engine=engine)
    probed(draw(ANNA), draw(ANNA, 1), crowd(), engine=engine)
    combined(*anna(4), crowd(), engine=engine)
    assert engine.encoded == []


def test_frames_of_two_people_are_refused() -> None:
    assert probed(draw(ANNA), draw(BEN)) == Refused(Refusal.NOT_ONE_PERSON)


def test_an_unreadable_frame_refuses_the_capture_and_is_named() -> None:
    assert probed(draw(ANNA), b"no picture") == Refused(Refusal.UNREADABLE_IMAGE, 1)


def test_a_probe_shows_no_number_of_its_template() -> None:
    answer = probed(draw(ANNA))
    assert isinstance(answer, Probe)
    assert repr(answer) == "Probe(engine_version='drawn-1', frames=1)"


@pytest.mark.parametrize("count", [3, 4, 5])
def test_pictures_of_one_person_become_one_template(count: int) -> None:
    engine = CountingEngine()
    answer = combined(*anna(count), engine=engine)
    assert isinstance(answer, Combined)
    assert (answer.count, answer.engine_version) == (count, engine.version)
    assert np.array_equal(answer.template, average(engine.encoded))
    assert repr(answer) == f"Combined(engine_version='drawn-1', count={count})"


def test_an_enrollment_matches_another_picture_of_that_person_only() -> None:
    enrolled, same, other = combined(*anna(3)), probed(draw(ANNA, 9)), probed(draw(BEN, 9))
    assert isinstance(enrolled, Combined)
    assert isinstance(same, Probe)
    assert isinstance(other, Probe)
    assert distance(enrolled.template, same.template) < PAIR < distance(enrolled.template, other.template)


@pytest.mark.parametrize(
    ("count", "reason"), [(0, Refusal.TOO_FEW_IMAGES), (2, Refusal.TOO_FEW_IMAGES), (6, Refusal.TOO_MANY_IMAGES)]
)
def test_an_enrollment_takes_three_to_five_pictures(count: int, reason: Refusal) -> None:
    assert combined(*anna(count)) == Refused(reason)


@pytest.mark.parametrize("stranger", range(4))
def test_an_enrollment_with_somebody_else_among_its_pictures_names_that_picture(stranger: int) -> None:
    photos = [draw(BEN) if number == stranger else photo for number, photo in enumerate(anna(4))]
    assert combined(*photos) == Refused(Refusal.NOT_ONE_PERSON, stranger)


def test_a_mixture_of_two_people_is_refused() -> None:
    answer = combined(*anna(3), draw(BEN), draw(BEN, 1))
    assert isinstance(answer, Refused)
    assert answer.reason is Refusal.NOT_ONE_PERSON


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (nobody(), Refusal.NO_FACE),
        (crowd(), Refusal.SEVERAL_FACES),
        (b"no picture", Refusal.UNREADABLE_IMAGE),
    ],
)
def test_an_enrollment_names_the_picture_that_can_not_be_used(bad: bytes, reason: Refusal) -> None:
    assert combined(draw(ANNA), draw(ANNA, 1), bad) == Refused(reason, 2)


def test_a_small_picture_is_refused_by_name() -> None:
    data = io.BytesIO()
    Image.new("RGB", (20, 20)).save(data, "PNG")
    assert probed(data.getvalue()) == Refused(Refusal.IMAGE_TOO_SMALL, 0)
