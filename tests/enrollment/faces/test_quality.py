"""A face that would not match its owner is refused by name, and nothing else is."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from demo import pictures
from enrollment.faces import quality
from enrollment.faces.capture import Rules, Sighting, sight
from enrollment.faces.drawn_engine import IDENTITIES, VARIANTS, DrawnEngine, draw
from enrollment.faces.engine import Engine
from enrollment.faces.face import Box, Face
from enrollment.faces.refusal import Refusal
from tests.enrollment.faces import files

MAX_PIXELS = 12_000_000
GATE, DESK = Rules(MAX_PIXELS, 0.45), Rules(MAX_PIXELS, 0.45, quality.ENROLLMENT)
Alter = Callable[[Image.Image, Face], Image.Image]


@pytest.fixture(scope="module")
def portrait(dlib_engine: Engine, portraits_folder: Path) -> tuple[Image.Image, Face]:
    """What a kiosk's camera takes of somebody who stands there as asked, and his face in it."""
    data = pictures.probe(portraits_folder, "obama")
    seen = sight(data, dlib_engine, DESK)
    assert isinstance(seen, Sighting), seen
    return Image.open(io.BytesIO(data)), seen.face


def judged(picture: Image.Image, engine: Engine, rules: Rules) -> Refusal | None:
    seen = sight(files.saved(picture, "JPEG", quality=95), engine, rules)
    return seen if isinstance(seen, Refusal) else None


def blurred(by: float) -> Alter:
    return lambda image, face: image.filter(ImageFilter.GaussianBlur(by * face.eye_distance))


def lit(times: float) -> Alter:
    return lambda image, face: ImageEnhance.Brightness(image).enhance(times)


def smaller(eye_distance: float) -> Alter:
    """The same person further back, in a hall of one color, taken by a poorer camera."""

    def step_back(image: Image.Image, face: Face) -> Image.Image:
        scale = eye_distance / face.eye_distance
        hall = Image.new("RGB", (image.width // 2, image.height // 2), (150, 150, 150))
        small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        hall.paste(small, ((hall.width - small.width) // 2, (hall.height - small.height) // 2))
        return hall

    return step_back


def moved_out(part: float) -> Alter:
    """So much of the face's width is beyond the picture's left edge."""

    def move(image: Image.Image, face: Face) -> Image.Image:
        return image.crop((round(face.box.left + part * face.box.width), 0, image.width, image.height))

    return move


def dark_glasses(image: Image.Image, face: Face) -> Image.Image:
    wearing = image.copy()
    reach = 0.42 * face.eye_distance
    for x, y in face.eyes:
        ImageDraw.Draw(wearing).ellipse((x - reach, y - 0.8 * reach, x + reach, y + 0.8 * reach), fill=(14, 14, 16))
    return wearing


@pytest.mark.parametrize(
    ("alter", "reason"),
    [
        (blurred(0.1), Refusal.BLURRED),
        (lit(0.15), Refusal.TOO_DARK),
        (lit(2.8), Refusal.TOO_BRIGHT),
        (smaller(14.0), Refusal.FACE_TOO_SMALL),
        (moved_out(0.27), Refusal.CUT_OFF),
        (dark_glasses, Refusal.EYES_NOT_VISIBLE),
    ],
    ids=["blurred", "too dark", "too bright", "too small", "cut off", "dark glasses"],
)
def test_each_reason_is_named_at_the_gate_and_at_the_desk(
    dlib_engine: Engine, portrait: tuple[Image.Image, Face], alter: Alter, reason: Refusal
) -> None:
    picture = alter(*portrait)
    assert judged(picture, dlib_engine, GATE) is reason
    assert judged(picture, dlib_engine, DESK) is reason


@pytest.mark.parametrize(
    ("alter", "reason"),
    [
        (blurred(0.04), Refusal.BLURRED),
        (lit(0.3), Refusal.TOO_DARK),
        (smaller(24.0), Refusal.FACE_TOO_SMALL),
        (moved_out(0.12), Refusal.CUT_OFF),
    ],
    ids=["a little blurred", "a little dark", "a little far", "a little out of the picture"],
)
def test_the_desk_asks_for_more_than_the_gate(
    dlib_engine: Engine, portrait: tuple[Image.Image, Face], alter: Alter, reason: Refusal
) -> None:
    picture = alter(*portrait)
    assert judged(picture, dlib_engine, GATE) is None
    assert judged(picture, dlib_engine, DESK) is reason


@pytest.mark.parametrize("who", ["obama", "biden"])
def test_pictures_that_people_took_with_care_pass(dlib_engine: Engine, portraits_folder: Path, who: str) -> None:
    for data in pictures.enrollment_set(portraits_folder, who):
        assert isinstance(sight(data, dlib_engine, DESK), Sighting)


GOOD = quality.Measures(
    inside=1.0,
    eye_distance=60.0,
    light=120.0,
    glare=0.0,
    sideways=0.0,
    below=0.75,
    sharpness=2.0,
    eye_light=1.0,
    eye_contrast=0.5,
)


@pytest.mark.parametrize(
    ("turned", "at_the_gate", "at_the_desk"),
    [
        ({"sideways": 0.0}, None, None),
        ({"sideways": -0.25}, None, None),
        ({"sideways": 0.4}, None, Refusal.TURNED_AWAY),
        ({"sideways": -0.65}, Refusal.TURNED_AWAY, Refusal.TURNED_AWAY),
        ({"below": 0.4}, None, Refusal.TURNED_AWAY),
        ({"below": 0.2}, Refusal.TURNED_AWAY, Refusal.TURNED_AWAY),
    ],
)
def test_a_face_that_is_turned_away_is_refused(
    turned: dict[str, float], at_the_gate: Refusal | None, at_the_desk: Refusal | None
) -> None:
    found = replace(GOOD, **turned)
    assert quality.refusal(found, quality.PROBE) is at_the_gate
    assert quality.refusal(found, quality.ENROLLMENT) is at_the_desk


def test_the_nose_tells_how_far_a_head_is_turned_however_it_is_tilted() -> None:
    pixels = np.full((480, 640, 3), 128, dtype=np.uint8)
    straight = np.array([(40, 0), (20, 0), (-40, 0), (-20, 0), (15, 45)], dtype=np.float32)
    for degrees in (0, 20, -35):
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        points = (straight @ turn.T + (320, 240)).astype(np.float32)
        found = quality.measure(pixels, Face(Box(250, 180, 390, 320), points))
        assert found.sideways == pytest.approx(0.25, abs=1e-3)
        assert found.below == pytest.approx(0.75, abs=1e-3)


@settings(deadline=None)
@given(
    st.integers(0, IDENTITIES - 1),
    st.integers(0, VARIANTS - 1),
    st.sampled_from([(160, 120), (320, 240), (480, 640)]),
)
def test_whom_a_drawn_figure_shows_never_decides_whether_it_is_good(
    identity: int, variant: int, size: tuple[int, int]
) -> None:
    assert isinstance(sight(draw(identity, variant, size=size), DrawnEngine(), DESK), Sighting)


places = st.integers(-2000, 2000)


@settings(deadline=None, max_examples=200)
@given(
    st.tuples(st.integers(80, 400), st.integers(80, 400)),
    st.tuples(places, places, places, places),
    st.lists(st.tuples(st.floats(-3000, 3000, width=32), st.floats(-3000, 3000, width=32)), min_size=5, max_size=5),
)
def test_any_place_of_a_face_is_measured(
    size: tuple[int, int], box: tuple[int, int, int, int], points: list[tuple[float, float]]
) -> None:
    pixels = np.full((*size, 3), 90, dtype=np.uint8)
    found = quality.measure(pixels, Face(Box(*box), np.array(points, dtype=np.float32)))
    assert all(np.isfinite(value) for value in vars(found).values())
    quality.refusal(found, quality.PROBE)
