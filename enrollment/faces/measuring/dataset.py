"""A folder `person/photo` as people and their photographs, and which half of an experiment each person belongs to."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"})
"""What counts as a photograph by its name. The gate reads two of these formats; the others are refused, and counted."""


class NoPhotographsError(Exception):
    """A folder that holds nothing to measure; the message says which and what was expected."""


@dataclass(frozen=True)
class Person:
    """One person of a dataset; the photographs are in the order of their names."""

    name: str
    photos: tuple[Path, ...]


def people(folder: Path, *, flat: bool = False) -> tuple[Person, ...]:
    """Return the people of a folder `person/photo`, in the order of their names. Hidden files are left alone.

    With `flat`, photographs that lie in the folder itself are taken for those of one person named after it.
    """
    if not folder.is_dir():
        raise NoPhotographsError(f"{folder} is no folder")
    found = tuple(
        Person(inner.name, photos)
        for inner in sorted(folder.iterdir())
        if inner.is_dir() and not inner.name.startswith(".") and (photos := _photos(inner))
    )
    if flat and (photos := _photos(folder)):
        found = (Person(folder.resolve().name, photos), *found)
    if not found:
        raise NoPhotographsError(f"{folder} holds no photographs as person/photo")
    return found


def groups(file: Path) -> dict[str, str]:
    """Return the group of each person in a CSV file of `person,group`, with or without that line at its head."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = [(row[0].strip(), row[1].strip()) for row in csv.reader(lines) if len(row) >= 2]
    return {person: group for person, group in rows if (person, group) != ("person", "group")}


def grouped(everyone: tuple[Person, ...], groups_of: Mapping[str, str], otherwise: str) -> dict[str, list[Person]]:
    """Return the people of each group; who is in none is in the group named `otherwise`."""
    found: dict[str, list[Person]] = {}
    for person in everyone:
        found.setdefault(groups_of.get(person.name, otherwise), []).append(person)
    return found


def calibrates(name: str) -> bool:
    """Tell whether a person's photographs set thresholds; those of the other half of people test them.

    The hash of the name decides, so nobody is ever in both halves, whatever else a folder holds.
    """
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def _photos(folder: Path) -> tuple[Path, ...]:
    return tuple(
        file
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in PICTURES and not file.name.startswith(".") and file.is_file()
    )
