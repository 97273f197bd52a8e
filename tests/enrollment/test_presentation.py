"""The detection of pictures held up to the camera is there where it is required, or nobody looks at a face."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from enrollment import calibration, presentation
from enrollment.faces import quality, weights
from enrollment.faces.liveness import Liveness
from gates import extraction
from tests.optional_models import MODELS

PROJECT = Path(__file__).resolve().parents[2]
MODEL = MODELS / weights.LIVENESS


DRAWN = calibration.read(PROJECT / "enrollment" / "faces" / "drawn.toml")[0]


@pytest.fixture(autouse=True)
def as_a_process_starts() -> Iterator[None]:
    presentation.liveness.cache_clear()
    yield
    presentation.liveness.cache_clear()


def test_switched_off_it_is_not_asked_even_if_its_file_is_there(settings: Settings, tmp_path: Path) -> None:
    settings.FACE_PAD, settings.LIVENESS_FILE = "off", tmp_path / weights.LIVENESS
    settings.LIVENESS_FILE.write_bytes(b"whatever")
    assert presentation.liveness() is None
    assert extraction.rules_of(DRAWN).liveness is None


@pytest.mark.parametrize("held", [None, b"another network"])
def test_where_it_is_required_nothing_goes_on_without_the_file_that_was_measured(
    settings: Settings, tmp_path: Path, held: bytes | None
) -> None:
    settings.FACE_PAD, settings.LIVENESS_FILE = "required", tmp_path / weights.LIVENESS
    if held is not None:
        settings.LIVENESS_FILE.write_bytes(held)
    with pytest.raises(weights.WrongWeightsError, match=weights.LIVENESS):
        extraction.rules_of(DRAWN)


@pytest.mark.optional_models(weights.LIVENESS)
def test_where_it_is_required_the_gate_asks_it_and_loads_it_once(settings: Settings) -> None:
    settings.FACE_PAD, settings.LIVENESS_FILE = "required", MODEL
    rules = extraction.rules_of(DRAWN)
    assert isinstance(rules.liveness, Liveness)
    assert rules.liveness is extraction.rules_of(DRAWN).liveness
    assert rules.limits is quality.PROBE
