"""The engines there are, each imported only where it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from enrollment.faces.engine import Engine

ENGINES: dict[str, str] = {
    "dlib": "enrollment.faces.dlib_engine.load",
    "fake": "enrollment.faces.drawn_engine.load",
}
"""Engine name -> dotted path of the function that loads it."""


@cache
def load(name: str) -> Engine:
    """Return the engine of that name, its weights loaded; the same one each time in a process."""
    module, _, function = ENGINES[name].rpartition(".")
    loader: Callable[[], Engine] = getattr(import_module(module), function)
    return loader()
