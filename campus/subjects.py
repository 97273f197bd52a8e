"""What each app offers about one person, so that pages for parents and officers are made of all three."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.translation import gettext

from campus.keeping import Kept
from campus.models import Person


@dataclass(frozen=True)
class Held:
    """One kind of thing that is held about a person, in words a parent reads."""

    what: str
    count: int
    since: datetime | None


@dataclass(frozen=True)
class Recent:
    """Something that happened about a person, as the office's page of that person tells it."""

    at: datetime
    what: str
    where: str = ""
    attention: bool = False
    """Somebody may want to look at it: a refusal, a late mark."""


class SubjectPart(Protocol):
    """What a module named in `settings.SUBJECT_PARTS` offers."""

    retention: Sequence[Kept]
    """How long the rows of each of the app's models live, and why."""

    def held(self, student: Person, at: datetime) -> list[Held]:
        """Say what is held about a person now."""

    def recent(self, student: Person, limit: int) -> list[Recent]:
        """Return the latest things that happened about a person, newest first, at most so many."""

    def export(self, student: Person) -> dict[str, list[dict[str, Any]]]:
        """Return everything held about a person, by kind; never a template."""

    def erase(self, student: Person, reason: str, at: datetime) -> list[str]:
        """Destroy what may be destroyed, and say what was."""


def parts() -> Iterator[SubjectPart]:
    """Load the parts that the settings name."""
    for path in settings.SUBJECT_PARTS:
        yield cast(SubjectPart, import_module(path))


def schedule() -> list[tuple[str, str]]:
    """Return what is kept, by its name, and how long, as everybody may read it."""
    kept: dict[str, list[str]] = {}
    for one in (kept for part in parts() for kept in part.retention):
        told = kept.setdefault(str(one.what), [])
        told += [words for rule in one.rules if (words := str(rule.how_long)) and words not in told]
    return [(what, "; ".join(told) or gettext("As long as the school uses this system")) for what, told in kept.items()]


def held(student: Person, at: datetime) -> list[Held]:
    """Say everything that is held about a person now."""
    return [entry for part in parts() for entry in part.held(student, at)]


def recent(student: Person, limit: int = 10) -> list[Recent]:
    """Return the latest things that happened about a person, of all parts together, newest first."""
    happened = [entry for part in parts() for entry in part.recent(student, limit)]
    return sorted(happened, key=lambda entry: entry.at, reverse=True)[:limit]
