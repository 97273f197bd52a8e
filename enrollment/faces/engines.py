"""The engine sets there are, each imported only where it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

from enrollment.faces.engine import Engine

ENGINES: dict[str, str] = {
    "dlib": "enrollment.faces.composed.dlib_alone",
    "dlib,mobilefacenet": "enrollment.faces.composed.dlib_and_mobilefacenet",
    "fake": "enrollment.faces.drawn_engine.load",
}
"""Name of an engine set -> dotted path of the function that loads it."""


@cache
def load(name: str, folder: Path) -> Engine:
    """Return the engine set of that name, the same one each time in a process.

    `folder` is where `make models` puts the optional weights, and where converted ones are kept.
    """
    module, _, function = ENGINES[name].rpartition(".")
    loader: Callable[[Path], Engine] = getattr(import_module(module), function)
    return loader(folder)
