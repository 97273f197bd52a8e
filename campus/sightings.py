"""Who was seen at a gate although the register doesn't say so: a hint for a teacher, never a mark.

The gates are another app, named in the settings by dotted path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Sighting:
    """That a student came to a gate to go in, let in or not."""

    at: datetime
    """The last time."""
    doubtful: bool
    """Somebody was let in, and a person should look. It isn't said why: the child counts, not what a machine found."""


class Gates(Protocol):
    """What the function named in `settings.SIGHTINGS` does."""

    def __call__(self, students: Sequence[UUID], since: datetime, until: datetime) -> dict[UUID, Sighting]:
        """Return the sightings from `since` until before `until`, in one query whatever the number of students."""


def shown(cards: Sequence[UUID]) -> bool:
    """Tell whether a gate has ever been shown one of these cards."""
    return cast(Callable[[Sequence[UUID]], bool], import_string(settings.CARDS_SHOWN))(cards)


def of(students: Sequence[UUID], since: datetime, until: datetime) -> dict[UUID, Sighting]:
    """Ask the gates who of these students was seen."""
    return cast(Gates, import_string(settings.SIGHTINGS))(students, since, until)
