"""The network that tells a face from a picture of one: what it is shown, and that its word is a veto."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from demo import pictures
from enrollment.faces import liveness, weights
from enrollment.faces.capture import Probe, Rules, Sighting, probe, sight
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.faces.engine import Engine
from enrollment.faces.enrolling import combine
from enrollment.faces.face import Box
from enrollment.faces.images import Pixels
from enrollment.faces.liveness import LEAST, Liveness
from enrollment.faces.refusal import Refusal, Refused
from tests.enrollment.faces import files
from tests.optional_models import MODELS

MAX_PIXELS = 12_000_000
ANNA = 1001
MODEL = MODELS / weights.LIVENESS


class Grayscale:
    """Takes for an attack what has no color, as a copy on plain paper has none."""

    def is_live(self, pixels: Pixels, box: Box) -> bool:
        return bool(np.ptp(pixels.astype(np.int16), axis=2).max() > 60)


RULES = Rules(MAX_PIXELS, 0.45, liveness=Grayscale())


@pytest.fixture(scope="module")
def network() -> Liveness:
    return Liveness(weights.checked(MODEL))


class PaleEngine(DrawnEngine):
    """Finds figures on plain paper too: where they would be in color."""

    def locate(self, pixels: Pixels) -> list[Box]:
        return list(super().locate(pixels)) or list(super().locate(np.array(Image.open(io.BytesIO(draw(ANNA))))))


def on_paper(variant: int = 0) -> bytes:
    return files.saved(Image.open(io.BytesIO(draw(ANNA, variant))).convert("L"), "JPEG")


def test_one_frame_that_is_not_live_refuses_the_capture_however_many_are() -> None:
    for frames in ([on_paper()], [draw(ANNA), on_paper()], [draw(ANNA), draw(ANNA, 1), on_paper()]):
        assert probe(frames, PaleEngine(), RULES) == Refused(Refusal.NOT_LIVE, len(frames) - 1)
    assert isinstance(probe([draw(ANNA), draw(ANNA, 1)], PaleEngine(), RULES), Probe)


def test_nobody_is_enrolled_from_a_print() -> None:
    assert combine([draw(ANNA), draw(ANNA, 1), on_paper(2)], PaleEngine(), RULES) == Refused(Refusal.NOT_LIVE, 2)


def test_without_a_check_nothing_is_vetoed() -> None:
    assert isinstance(probe([on_paper()], PaleEngine(), Rules(MAX_PIXELS, 0.45)), Probe)


@pytest.mark.parametrize(
    ("box", "middle"),
    [
        (Box(290, 210, 350, 270), (320, 240)),
        (Box(0, 0, 60, 60), (66, 66)),
        (Box(-80, 400, 20, 500), (110, 370)),
        (Box(600, 440, 700, 540), (530, 370)),
    ],
    ids=["in the middle", "in a corner", "beyond an edge", "beyond a corner"],
)
def test_what_is_cut_out_is_shifted_to_stay_inside_the_picture(box: Box, middle: tuple[int, int]) -> None:
    rows, columns = np.mgrid[0:480, 0:640]
    pixels = np.stack([columns / 640 * 255, rows / 480 * 255, np.zeros((480, 640))], axis=2).astype(np.uint8)
    cut = np.asarray(liveness._cut(pixels, box)).astype(float)
    assert cut.shape == (128, 128, 3)
    seen = cut[:, :, 0].mean() / 255 * 640, cut[:, :, 1].mean() / 255 * 480
    assert seen == pytest.approx(middle, abs=3)


@settings(deadline=None)
@given(
    st.tuples(st.integers(80, 300), st.integers(80, 300)),
    st.tuples(*[st.integers(-2000, 2000)] * 4),
)
def test_any_box_is_cut_out(size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    assert liveness._cut(np.zeros((*size, 3), dtype=np.uint8), Box(*box)).size == (128, 128)


@pytest.mark.optional_models(weights.LIVENESS)
@pytest.mark.parametrize("who", ["obama", "biden"])
def test_a_photograph_of_somebody_in_a_room_passes(
    network: Liveness, dlib_engine: Engine, portraits_folder: Path, who: str
) -> None:
    seen = sight(pictures.probe(portraits_folder, who), dlib_engine, Rules(MAX_PIXELS, 0.45, liveness=network))
    assert isinstance(seen, Sighting)
    assert network.score(seen.pixels, seen.face.box) > 0.9


def held_up(portrait: bytes, box: Box) -> bytes:
    """A dull, bluish picture of a face with a dark edge, held up slantwise before a grey wall."""
    wide = box.width
    left, top = round(box.left - 0.25 * wide), round(box.top - 0.4 * wide)
    right, bottom = round(box.right + 0.25 * wide), round(box.bottom + 0.2 * wide)
    face = Image.open(io.BytesIO(portrait)).crop((left, top, right, bottom)).resize((200, 214))
    dull = Image.blend(face, Image.new("RGB", face.size, (80, 120, 255)), 0.35).filter(ImageFilter.GaussianBlur(1.5))
    sheet = Image.new("RGB", (240, 254), (10, 10, 10))
    sheet.paste(dull, (20, 20))
    slanted = sheet.rotate(12, Image.Resampling.BICUBIC, expand=True)
    wall = Image.new("RGB", (640, 480), (120, 118, 110))
    where = ((wall.width - slanted.width) // 2, (wall.height - slanted.height) // 2)
    wall.paste(slanted, where, Image.new("L", sheet.size, 255).rotate(12, expand=True))
    return files.saved(wall, "JPEG")


@pytest.mark.optional_models(weights.LIVENESS)
@pytest.mark.parametrize("who", ["obama", "biden"])
def test_a_picture_held_up_is_refused(network: Liveness, dlib_engine: Engine, portraits_folder: Path, who: str) -> None:
    portrait = pictures.probe(portraits_folder, who)
    himself = sight(portrait, dlib_engine, Rules(MAX_PIXELS, 0.45))
    assert isinstance(himself, Sighting)
    frame = held_up(portrait, himself.face.box)
    seen = sight(frame, dlib_engine, Rules(MAX_PIXELS, 0.45))
    assert isinstance(seen, Sighting)  # The face is good enough, and would be compared.
    assert network.score(seen.pixels, seen.face.box) < LEAST
    assert sight(frame, dlib_engine, Rules(MAX_PIXELS, 0.45, liveness=network)) is Refusal.NOT_LIVE
