"""The optional models, where `make models` has fetched them.

A test that needs some is marked `@pytest.mark.optional_models(weights.LIVENESS, ...)`. Without the files it is skipped;
with REQUIRE_MODELS=1 it runs all the same, and fails.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from running.places import PROJECT

MODELS = PROJECT / "var" / "models"


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark."""
    config.addinivalue_line("markers", "optional_models(*names): needs these files of `make models`")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Skip what needs a file that is not there."""
    for item in items:
        mark = item.get_closest_marker("optional_models")
        missing = [name for name in mark.args if not (MODELS / name).is_file()] if mark else []
        if missing and os.environ.get("REQUIRE_MODELS") != "1":
            item.add_marker(pytest.mark.skip(reason=f"`make models` has not fetched {', '.join(missing)}"))
