"""What each worker of the gate loads: who compares has nothing that decodes a picture or measures a face."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LOADED = """
import sys
import django
django.setup()
from importlib import import_module
from campus.celery import TASK_MODULES
for name in TASK_MODULES[sys.argv[1]]:
    import_module(name)
print(" ".join(sorted(sys.modules)))
"""
LOOKS = {"PIL", "dlib", "onnxruntime", "ai_edge_litert", "enrollment.faces.images", "enrollment.faces.engines"}


def loaded_by(process: str) -> set[str]:
    """Return the modules that a worker has once it has imported its tasks."""
    given = os.environ | {"DJANGO_SETTINGS_MODULE": "campus.settings"}
    said = subprocess.run(
        [sys.executable, "-c", LOADED, process], capture_output=True, text=True, env=given, check=True
    )
    return set(said.stdout.split())


def test_who_compares_loads_nothing_that_looks_at_pictures() -> None:
    loaded = loaded_by("decide")
    assert "gates.verification" in loaded
    assert loaded & LOOKS == set()


@pytest.mark.parametrize("process", ["extract", "desk"])
def test_who_looks_at_pictures_loads_what_reads_them(process: str) -> None:
    assert {"PIL", "enrollment.faces.images"} <= loaded_by(process)


def test_who_looks_at_pictures_can_not_open_a_reference() -> None:
    assert {"enrollment.opening", "enrollment.references", "enrollment.vault.keys"} & loaded_by("extract") == set()
