"""A lane, in a process that is web and workers at once."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from tests.gates.conftest import gate_settings, lane

__all__ = ["gate_settings", "lane"]


@pytest.fixture(autouse=True)
def desk_settings(settings: Settings) -> None:
    """Give this process the desk's key too."""
    settings.ENROLLMENT_KEY = b"e" * 32
