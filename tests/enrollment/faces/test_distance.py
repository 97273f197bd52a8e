"""Templates as numbers and as bytes."""

from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.faces.distance import (
    DIMENSIONS,
    MalformedTemplateError,
    Template,
    average,
    distance,
    normalized,
    template_from_bytes,
    template_to_bytes,
)
from tests.enrollment.faces.conftest import PROJECT


def template(seed: int) -> Template:
    """A template in some direction."""
    return normalized(np.random.default_rng(seed).standard_normal(DIMENSIONS))


def axis(number: int) -> Template:
    """The template along one dimension."""
    return normalized([float(place == number) for place in range(DIMENSIONS)])


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_bytes_bring_the_very_template_back(seed: int) -> None:
    there = template(seed)
    back = template_from_bytes(template_to_bytes(there))
    assert back.dtype == np.float32
    assert np.array_equal(back, there)


def test_bytes_are_little_endian_float32() -> None:
    assert template_to_bytes(axis(1))[:12] == struct.pack("<fff", 0.0, 1.0, 0.0)
    assert len(template_to_bytes(axis(1))) == 512


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(511),
        bytes(513),
        bytes(512),
        struct.pack("<128f", *[1.0] * 128),
        struct.pack("<128f", float("nan"), *[0.0] * 127),
        struct.pack("<128f", float("inf"), *[0.0] * 127),
        struct.pack("<128f", *[3e38] * 128),
        struct.pack(">128f", 1.0, *[0.0] * 127),
    ],
    ids=["none", "short", "long", "zeros", "not of length 1", "nan", "infinite", "huge", "big-endian"],
)
def test_it_refuses_bytes_that_are_no_template(data: bytes) -> None:
    with pytest.raises(MalformedTemplateError):
        template_from_bytes(data)


@pytest.mark.parametrize("numbers", [np.zeros(128), np.ones(127), np.full(128, np.nan), np.ones((2, 128))])
def test_it_refuses_to_normalize_what_has_no_direction(numbers: np.ndarray) -> None:
    with pytest.raises(MalformedTemplateError):
        normalized(numbers)


def test_it_refuses_to_send_what_is_no_template() -> None:
    with pytest.raises(MalformedTemplateError):
        template_to_bytes(axis(0) * 2)


def test_the_distance_is_euclidean() -> None:
    assert distance(axis(0), axis(0)) == 0.0
    assert distance(axis(0), axis(1)) == pytest.approx(2**0.5)
    assert distance(axis(0), -axis(0)) == pytest.approx(2.0)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=5))
def test_an_average_is_a_template_that_does_not_depend_on_the_order(seeds: list[int]) -> None:
    mean = average([template(seed) for seed in seeds])
    assert mean.dtype == np.float32
    assert np.linalg.norm(mean) == pytest.approx(1.0, abs=1e-5)
    assert distance(mean, average([template(seed) for seed in reversed(seeds)])) < 1e-5


def test_an_average_lies_between() -> None:
    assert distance(average([axis(0), axis(1)]), axis(0)) == pytest.approx(
        distance(average([axis(0), axis(1)]), axis(1))
    )
    assert distance(average([axis(0), axis(1)]), axis(0)) < distance(axis(0), axis(1))


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("enrollment.faces.distance", {"PIL", "dlib", "face_recognition", "django", "celery"}),
        ("enrollment.faces.enrolling", {"dlib", "face_recognition", "django", "celery"}),
        ("enrollment.faces.engines", {"dlib", "face_recognition", "django", "celery"}),
        ("enrollment.faces.composed", {"face_recognition", "onnx", "matplotlib", "django", "celery"}),
    ],
)
def test_importing_a_module_brings_no_more_than_it_needs(module: str, never: set[str]) -> None:
    program = f"import {module}, sys; print(*sorted({never!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
