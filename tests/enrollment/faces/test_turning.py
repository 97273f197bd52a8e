"""A head that turns is told from a flat picture that is swung, on heads and sheets in a synthetic room."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from enrollment.faces.distance import DIMENSIONS, Template, normalized
from enrollment.faces.turning import DEPTHS, LEAST_TURN, TURNS, Fault, Frame, Landmarks, Way, asked, fault, turn

PAIR = 0.45
FOCAL, MIDDLE = 600.0, np.array([320.0, 240.0])
"""A webcam of 640 x 480 pixels."""

HEAD = np.array(
    [(-45, -34, 27), (-17, -34, 21), (17, -34, 21), (45, -34, 27), (0, 0, 0), (-26, 34, 25), (26, 34, 25), (0, 68, 12)],
    dtype=np.float64,
)
"""The eight points of a head, in millimetres: right, down, and away from the camera, from the tip of the nose."""
NECK = np.array([0.0, 20.0, 100.0])
"""What a head turns about."""

Points = NDArray[np.float64]


def of_person(number: int) -> Points:
    """The head of somebody, whose proportions are their own."""
    return HEAD * np.random.default_rng(number).uniform(0.88, 1.12, HEAD.shape)


def rotated(points: Points, degrees: float, about: Points) -> Points:
    """Turn to the picture's right, which is the left of whoever is seen."""
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    turned: Points = (points - about) @ matrix.T + about
    return turned


def seen(points: Points, *, away: float = 500.0, noise: float = 0.0, seed: int = 0) -> Landmarks:
    """Where a camera sees points: in perspective, and with so many pixels of error."""
    projected: Landmarks = FOCAL * points[:, :2] / (points[:, 2:] + away) + MIDDLE
    return projected + np.random.default_rng(seed).normal(0, noise, projected.shape) if noise else projected


def on_paper(head: Points, wide: float = 1.0) -> Points:
    """A sheet with the picture of a head, as large as the head or so many times as large."""
    flat = head * wide
    flat[:, 2] = 0.0
    return flat


def template(person: int) -> Template:
    numbers = np.zeros(DIMENSIONS)
    numbers[person] = 1.0
    return normalized(numbers)


PEOPLE = range(8)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("degrees", [-35, -25, 25, 35])
def test_a_turned_head_is_measured_whoever_turns_it(person: int, degrees: float) -> None:
    head = of_person(person)
    found = turn(seen(head), seen(rotated(head, degrees, NECK), noise=0.3, seed=person))
    assert np.sign(found) == np.sign(degrees)
    assert LEAST_TURN < abs(found) < 55  # Noses differ: what is asked is that a turn shows.


@pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
def test_far_away_an_ordinary_head_turns_as_far_as_is_measured(degrees: float) -> None:
    far = 3000.0
    assert turn(seen(HEAD, away=far), seen(rotated(HEAD, degrees, NECK), away=far)) == pytest.approx(degrees, abs=3)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("wide", [0.7, 1.0, 1.4])
@pytest.mark.parametrize("degrees", [-45, -30, 30, 45])
def test_a_flat_picture_that_is_swung_shows_under_5_degrees(person: int, wide: float, degrees: float) -> None:
    sheet = on_paper(of_person(person), wide)
    swung = rotated(sheet, degrees, np.zeros(3))
    assert abs(turn(seen(sheet), seen(swung))) < 5.0
    assert abs(turn(seen(sheet), seen(swung, noise=0.2, seed=person))) < LEAST_TURN / 2


def bent(sheet: Points, radius: float) -> Points:
    """A sheet bent round an upright cylinder of so many millimetres."""
    angle = sheet[:, 0] / radius
    return np.column_stack([radius * np.sin(angle), sheet[:, 1], radius * (1 - np.cos(angle))])


@pytest.mark.parametrize(("radius", "passes"), [(200.0, False), (120.0, False), (60.0, True)])
def test_a_bent_picture_shows_no_turn_unless_it_is_bent_like_a_head(radius: float, passes: bool) -> None:
    sheet = bent(on_paper(HEAD), radius)
    assert (abs(turn(seen(sheet), seen(rotated(sheet, 45, np.zeros(3))))) >= LEAST_TURN) is passes


@pytest.mark.parametrize("away", [350.0, 900.0])
def test_coming_closer_and_stepping_back_is_no_turn(away: float) -> None:
    assert abs(turn(seen(HEAD), seen(HEAD, away=away))) < 5.0


@pytest.mark.parametrize("tilt", [-25.0, 40.0])
def test_a_tilted_head_turns_as_far_as_an_upright_one(tilt: float) -> None:
    angle = np.radians(tilt)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    after = (seen(rotated(HEAD, 25, NECK)) - MIDDLE) @ matrix.T + MIDDLE
    assert turn(seen(HEAD), after) == pytest.approx(turn(seen(HEAD), seen(rotated(HEAD, 25, NECK))), abs=0.1)


def test_the_same_view_is_no_turn_and_points_in_one_place_are_none_either() -> None:
    assert turn(seen(HEAD), seen(HEAD)) == pytest.approx(0.0, abs=1e-6)
    nowhere = np.zeros((len(DEPTHS), 2))
    assert turn(nowhere, seen(HEAD)) == turn(seen(HEAD), nowhere) == 0.0


# ------------------------------------------------------------ what a nonce asks for


def test_a_nonce_asks_for_the_same_turns_each_time_and_all_orders_are_asked_for_alike() -> None:
    nonces = [number.to_bytes(16, "big") for number in range(4000)]
    assert asked(nonces[7]) == asked(nonces[7])
    orders = [asked(nonce) for nonce in nonces]
    assert {len(order) for order in orders} == {TURNS}
    shares = [orders.count((one, other)) / len(orders) for one in Way for other in Way]
    assert shares == pytest.approx([0.25] * 4, abs=0.03)


def asking(*ways: Way) -> bytes:
    """A nonce that asks for these turns."""
    numbers = itertools.count()  # Not by chance: each of several workers must name the same tests.
    while asked(nonce := next(numbers).to_bytes(16)) != ways:
        pass
    return nonce


LEFT_RIGHT = asking(Way.LEFT, Way.RIGHT)


def swings(*reached: float, frames: int = 8) -> list[float]:
    """The angles of somebody who turns to each of these and back, so many frames a way."""
    angles = [0.0]
    for angle in reached:
        angles += [*np.linspace(0, angle, frames), *np.linspace(angle, 0, frames)]
    return angles


def filmed(thing: Points, angles: Sequence[float], about: Points = NECK) -> list[Frame]:
    """Frames of one person's head, or picture, at these angles."""
    return [
        Frame(seen(rotated(thing, angle, about), noise=0.2, seed=number), template(0))
        for number, angle in enumerate(angles)
    ]


@pytest.mark.parametrize("person", PEOPLE)
def test_a_head_that_turns_as_asked_passes(person: int) -> None:
    assert fault(filmed(of_person(person), swings(32, -32)), LEFT_RIGHT, PAIR) is None


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("nonce", [asking(one, other) for one in Way for other in Way])
def test_a_swung_picture_passes_whatever_is_asked_for_by_no_luck(person: int, nonce: bytes) -> None:
    for angles in (swings(45, -45), swings(-45, 45), swings(45, 45), swings(-45, -45)):
        film = filmed(on_paper(of_person(person)), angles, np.zeros(3))
        assert fault(film, nonce, PAIR) is Fault.NOT_TURNED


@pytest.mark.parametrize(
    ("angles", "wrong"),
    [
        ([], Fault.NO_FRAMES),
        ([0.0] * 10, Fault.NOT_TURNED),
        (swings(8, -8), Fault.NOT_TURNED),
        (swings(-32, 32), Fault.WRONG_WAY),
        (swings(32, 32), Fault.WRONG_WAY),
        (swings(32), Fault.NOT_TURNED),
        (swings(32)[:10], Fault.NOT_BACK),
        (swings(32, -32)[:-7], Fault.NOT_BACK),
        ([0.0, 32.0, 0.0, -32.0, 0.0], Fault.JUMPED),
    ],
    ids=[
        "none",
        "stands still",
        "too little",
        "the other way round",
        "twice to one side",
        "half of it",
        "not back",
        "not back at last",
        "photographs in turn",
    ],
)
def test_what_is_not_as_asked_is_named(angles: list[float], wrong: Fault) -> None:
    assert fault(filmed(HEAD, angles), LEFT_RIGHT, PAIR) is wrong


@pytest.mark.parametrize("stranger", [1, 12, 32])
def test_one_frame_of_somebody_else_refuses_all(stranger: int) -> None:
    film = filmed(HEAD, swings(32, -32))
    film[stranger] = Frame(film[stranger].landmarks, template(1))
    assert fault(film, LEFT_RIGHT, PAIR) is Fault.NOT_ONE_PERSON


def test_a_frame_shows_no_number_of_its_face() -> None:
    assert repr(filmed(HEAD, [0.0])[0]) == "Frame()"
