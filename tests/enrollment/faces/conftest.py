"""The real engine and the portraits it is tried on, each once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import portraits
from enrollment.faces import engines
from enrollment.faces.engine import Engine

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def portraits_folder() -> Path:
    """The demo's portraits, fetched by pip the first time and then shared by every run, and by the demo."""
    return portraits.fetch(PROJECT / "var")


@pytest.fixture(scope="session")
def dlib_engine() -> Engine:
    """The engine that gates use."""
    return engines.load("dlib", PROJECT / "var" / "models")
