"""The words in which each app says how long its rows live: one `Kept` a model, every field of it by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import DateTimeField, F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Then(StrEnum):
    """What becomes of a row when its time is over."""

    DELETE = "delete"
    """The sweep deletes it, once no other row names it."""
    BLANK = "blank"
    """The sweep empties the named fields: what still names the row finds an id and nobody."""
    WATCH = "watch"
    """Other code ends it at that moment; the sweep only counts what is left."""


@dataclass(frozen=True)
class Period:
    """A stretch of time, and how a reader calls it."""

    time: timedelta
    words: StrOrPromise


AT_ONCE = Period(timedelta(0), _("no longer than needed"))
THIRTY_DAYS = Period(timedelta(days=30), _("30 days"))
SIX_MONTHS = Period(timedelta(days=183), _("six months"))
YEAR = Period(timedelta(days=365), _("a year"))
THREE_YEARS = Period(timedelta(days=3 * 365), _("three years"))
SIX_YEARS = Period(timedelta(days=6 * 365), _("six years"))

FROM_THEN_ON = _("for {period}")
AFTER_LEAVING = _("until {period} after leaving the school")
AFTER_THE_LAST_CHILD = _("until {period} after the last child has left the school")
AFTER_ITS_END = _("until {period} after it ended")
WHILE_CONSENT = _("until consent ends, at most a year; destroyed within a minute")
WHILE_IN_USE = _("as long as the school uses this system")


EVERY_ROW = Q()


@dataclass(frozen=True)
class Rule:
    """When the rows of a model have had their time, and what becomes of them then."""

    after: str | Combinable
    """The moment from which the time is counted: a path to a field, or an expression. Without one, the row stays."""
    keep: Period
    then: Then = Then.DELETE
    told: StrOrPromise | None = FROM_THEN_ON
    """How long, as a reader is told it; None for what is left once everything that tells of somebody is gone."""
    only: Q = EVERY_ROW
    """Which rows the rule is about."""
    blank: Mapping[str, Any] = field(default_factory=dict)
    """Field -> what it holds once it is emptied."""
    counted_from: str = ""
    """What an expression in `after` says, in plain words."""
    left: Callable[[datetime], int] | None = None
    """Counts what is past a moment, where that takes more than one database."""

    @property
    def how_long(self) -> StrOrPromise:
        """How long the rows live, in a reader's words."""
        return format_lazy(self.told, period=self.keep.words) if isinstance(self.told, (str, Promise)) else ""


@dataclass(frozen=True)
class Kept:
    """What one model holds, and for how long. A field that is in none of the four lists fails a test."""

    model: str
    what: StrOrPromise
    """What a parent would call it; models with the same words are one line of the public schedule."""
    why: StrOrPromise
    source: str
    """Where the period comes from."""
    identifier: str = ""
    """Names of fields, with spaces between: what tells one row or person from another."""
    personal: str = ""
    """What is said of a person."""
    biometric: str = ""
    """What was made from a face, and what opens it."""
    operational: str = ""
    """What the product works with, and tells of nobody."""
    rules: tuple[Rule, ...] = ()
    """Without one, the rows stay as long as the school uses this system."""

    @property
    def fields(self) -> dict[str, list[str]]:
        """The fields by what they are."""
        return {kind: getattr(self, kind).split() for kind in ("identifier", "personal", "biometric", "operational")}


def day(path: str) -> Cast:
    """Return the beginning of a local date, as a moment."""
    return Cast(F(path), DateTimeField())


def with_what_names_it() -> Value:
    """Return a moment long past, for a row that goes in the same sweep as the last that names it."""
    return Value(datetime(1970, 1, 1, tzinfo=UTC), DateTimeField())
