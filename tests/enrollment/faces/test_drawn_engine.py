"""The engine for fast tests behaves as a face engine does, on figures."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.distance import Template, distance
from enrollment.faces.drawn_engine import IDENTITIES, VARIANTS, DrawnEngine, draw
from enrollment.faces.images import read
from enrollment.faces.refusal import Refusal, Refused

ENGINE = DrawnEngine()
identities = st.integers(0, IDENTITIES - 1)
variants = st.integers(0, VARIANTS - 1)


def template(picture: bytes) -> Template:
    """The template of a picture with one figure."""
    answer = probe([picture], ENGINE, Rules(12_000_000, 0.45))
    assert isinstance(answer, Probe), answer
    return answer.template


@settings(deadline=None)
@given(identities, variants, variants)
def test_two_variants_of_one_identity_are_near_and_not_the_same(identity: int, one: int, other: int) -> None:
    apart = distance(template(draw(identity, one)), template(draw(identity, other)))
    assert apart < 0.3
    assert (apart > 0.01) == (one != other)


@settings(deadline=None)
@given(identities, identities, variants)
def test_two_identities_are_far_apart(one: int, other: int, variant: int) -> None:
    apart = distance(template(draw(one, variant)), template(draw(other, variant)))
    assert (apart > 0.9) == (one != other)


@settings(deadline=None)
@given(identities, variants, st.sampled_from([(160, 120), (320, 240), (640, 480), (480, 640)]), st.integers(30, 95))
def test_it_recognizes_a_figure_at_any_size_after_another_compression(
    identity: int, variant: int, size: tuple[int, int], quality: int
) -> None:
    data = io.BytesIO()
    Image.open(io.BytesIO(draw(identity, variant, size=size))).save(data, "JPEG", quality=quality)
    assert distance(template(data.getvalue()), template(draw(identity, variant))) == 0.0


@pytest.mark.parametrize("people", [0, 1, 2, 3])
def test_it_sees_as_many_figures_as_there_are(people: int) -> None:
    pixels = read(draw(5, people=people), 12_000_000)
    assert not isinstance(pixels, Refusal)
    assert len(ENGINE.locate(pixels)) == people


def test_it_sees_nobody_in_a_picture_without_figures() -> None:
    plain = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(plain, "JPEG")
    answer = probe([plain.getvalue()], ENGINE, Rules(12_000_000, 0.45))
    assert answer == Refused(Refusal.NO_FACE)


@pytest.mark.parametrize(("identity", "variant"), [(-1, 0), (IDENTITIES, 0), (0, VARIANTS)])
def test_it_draws_nobody_it_could_not_tell_apart(identity: int, variant: int) -> None:
    with pytest.raises(ValueError, match="identities go up to"):
        draw(identity, variant)
