"""Which weight files an engine set is made of, and what is wrong with them. Answering loads none of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from enrollment.faces import weights

_PACKAGED: tuple[Callable[[], Path], ...] = (weights.resnet, weights.landmarks)
OPTIONAL: dict[str, tuple[str, ...]] = {
    "dlib": (),
    "dlib,mobilefacenet": (weights.MOBILEFACENET, weights.BLAZEFACE),
}
"""Name of an engine set -> the files that it needs beside dlib's, in the folder of `make models`."""


def problems(names: str, folder: Path) -> list[str]:
    """Return what is missing or changed of an engine set's files, in words; nothing where all is as it was measured."""
    if names == "fake":
        return []
    if names not in OPTIONAL:
        return [f"there is no engine set {names!r}: it is one of {', '.join(map(repr, OPTIONAL))}"]
    asked: list[Callable[[], Path]] = [
        *_PACKAGED,
        *(partial(weights.checked, folder / name) for name in OPTIONAL[names]),
    ]
    return [problem for ask in asked if (problem := _problem(ask))]


def of_liveness(path: Path) -> list[str]:
    """Return what is wrong with the liveness model; one that is missing is the business of `campus.E010`."""
    return [problem for problem in [_problem(partial(weights.checked, path))] if problem and path.is_file()]


def _problem(ask: Callable[[], Path]) -> str:
    try:
        ask()
    except weights.WrongWeightsError as error:
        return str(error)
    return ""
