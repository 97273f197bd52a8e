"""A school whose face reader is being changed, from the engine of drawn figures to another over the same figures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from enrollment.faces import engines
from tests.drawn import measured_as

ENDS = datetime(2026, 3, 10, tzinfo=UTC)
"""Six days after the moment at which tests stand."""


@pytest.fixture
def second_engine(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let there be a second engine set, measured like the first."""
    monkeypatch.setitem(engines.ENGINES, "redrawn", "tests.drawn.load_redrawn")
    measured = measured_as(tmp_path, engines='"redrawn"', engine='"drawn-2"', version='"drawn again"')
    settings.FACE_CALIBRATIONS = [*settings.FACE_CALIBRATIONS, measured]


@pytest.fixture
def changed(settings: Settings, second_engine: None) -> None:
    """Change the engine set without a renewal."""
    settings.FACE_ENGINES = "redrawn"


@pytest.fixture
def renewing(settings: Settings, changed: None) -> None:
    """Change the engine set with a renewal until `ENDS`."""
    settings.FACE_ENGINES_BEFORE, settings.FACE_RENEWAL_UNTIL = "fake", "2026-03-10"


@pytest.fixture
def not_shown(settings: Settings, tmp_path: Path) -> None:
    """Let the engine of drawn figures be measured with too few to show anything."""
    settings.FACE_CALIBRATIONS = [measured_as(tmp_path, shown_at="0.1", version='"few"', name='"children"')]
