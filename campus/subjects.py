"""What each app offers about one person, so that pages for parents and officers are made of all three."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from importlib import import_module
from typing import Any, Protocol, cast

from django.apps import apps
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campus import calendar, guardians
from campus.keeping import Kept
from campus.models import Guardianship, Person, User
from campus.who import Coded, Who


@dataclass(frozen=True)
class Held:
    """One kind of thing that is held about a person, in words a parent reads."""

    what: str
    count: int
    since: datetime | None
    why: str = ""
    until: str = ""
    """How long it is kept, as a sentence."""
    until_without_days: str = ""
    """The same for a guardian whom a court keeps away: the day may be the one on which the child leaves."""
    whereabouts: bool = False


@dataclass(frozen=True)
class Recent:
    """Something that happened about a person, as the office's page of that person tells it."""

    at: datetime
    what: str
    where: str = ""
    attention: bool = False
    """Somebody may want to look at it: a refusal, a late mark."""
    whereabouts: bool = False
    """It tells where the person was: a guardian whom a court keeps from knowing isn't told."""


@dataclass(frozen=True)
class Asked:
    """Who asks for everything about a student, and what that one may be told."""

    student: Person
    viewer: User

    @cached_property
    def is_student(self) -> bool:
        """Whether the student asks: then nothing about the student is another's."""
        own = Guardianship.objects.filter(student=self.student, guardian=self.viewer, ended_at__isnull=True)
        return own.filter(capacity=Guardianship.Capacity.STUDENT).exists()

    @cached_property
    def is_restricted(self) -> bool:
        """Whether a court keeps the viewer from knowing where the student is."""
        return guardians.is_restricted(self.viewer, self.student)


Row = dict[str, Any]
Label = str | Promise


@dataclass(frozen=True)
class Told:
    """How the rows of one model are told to the family: every field is in `columns` or in `kept_back`."""

    model: str
    key: str
    title: Label
    columns: Sequence[str]
    """Paths from the row, with dots. Users are named by `campus.who`, codes carry their words."""
    of_student: Sequence[str] = ("student",)
    """Look-ups that lead to the student, one of which must; none where the rows are the viewer's own."""
    of_viewer: str = ""
    """The look-up that leads to the guardian whose row it is. Another guardian's is told to nobody but the student."""
    only: Mapping[str, Any] = field(default_factory=dict)
    """What else is true of the rows that are told."""
    whereabouts: bool = False
    whereabouts_in: Sequence[str] = ()
    """The columns that tell where the student was or will be, where not every row does."""
    named_only: Sequence[str] = ()
    """The columns that stay back where the row names no guardian: both parents read it, and may be named in it."""
    order: str = "id"
    kept_back: Mapping[str, str] = field(default_factory=dict)
    """Field -> why the family isn't told it."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """Column -> what makes words of its code, where the model has none."""


@dataclass(frozen=True)
class Section:
    """The rows of one kind, for a file that the family takes along."""

    key: str
    title: Label
    rows: list[Row]


class SubjectPart(Protocol):
    """What a module named in `settings.SUBJECT_PARTS` offers."""

    retention: Sequence[Kept]
    """How long the rows of each of the app's models live, and why."""
    told: Sequence[Told]
    """How each model about people is told to a family."""
    untold: Mapping[str, str]
    """Model label -> why none of its rows is told, for those that lead to a person."""

    def held(self, student: Person, at: datetime) -> list[Held]:
        """Say what is held about a person now."""

    def recent(self, student: Person, limit: int) -> list[Recent]:
        """Return the latest things that happened about a person, newest first, at most so many."""

    def export(self, asked: Asked) -> list[Section]:
        """Return everything held about a person that the viewer may be told; never a template."""

    def erase(self, student: Person, reason: str, at: datetime) -> list[str]:
        """Destroy what may be destroyed, and say what was."""


def parts() -> Iterator[SubjectPart]:
    """Load the parts that the settings name."""
    for path in settings.SUBJECT_PARTS:
        yield cast(SubjectPart, import_module(path))


def held(student: Person, at: datetime, *, whereabouts: bool = True) -> list[Held]:
    """Say everything that is held about a person now."""
    entries = [entry for part in parts() for entry in part.held(student, at)]
    if whereabouts:
        return entries
    return [replace(one, until=one.until_without_days or one.until) for one in entries if not one.whereabouts]


def recent(student: Person, limit: int = 10, *, whereabouts: bool = True) -> list[Recent]:
    """Return the latest things that happened about a person, of all parts together, newest first."""
    happened = [entry for part in parts() for entry in part.recent(student, limit)]
    happened = [entry for entry in happened if whereabouts or not entry.whereabouts]
    return sorted(happened, key=lambda entry: entry.at, reverse=True)[:limit]


def export(asked: Asked) -> list[Section]:
    """Return everything that is held about a student and that the viewer may be told, of all parts together."""
    student, viewer = asked.student, asked.viewer
    columns = ("name", "known_as", "number", "email", "born_on", "left_on")
    hidden = ("left_on",) if asked.is_restricted else ()
    return [
        Section(
            "student", _("The student"), [{name: getattr(student, name) for name in columns if name not in hidden}]
        ),
        Section("you", _("You"), [{"name": viewer.name, "email": viewer.email}]),
        *(section for part in parts() for section in part.export(asked)),
    ]


def tell(told: Sequence[Told], asked: Asked) -> list[Section]:
    """Read the rows of each model about a student. What tells where the student was is hidden where a court says so.

    So is the time of day of everything: it may be when the student sat at the desk.
    """
    who = Who(asked.student, asked.viewer)
    shown = [one for one in told if not (one.whereabouts and asked.is_restricted)]
    sections = [Section(one.key, one.title, [_row(one, row, who) for row in _rows(one, asked)]) for one in shown]
    if asked.is_restricted:
        for one, section in zip(shown, sections, strict=True):
            section.rows[:] = [_without_whereabouts(row, one, asked.student) for row in section.rows]
    return sections


def _without_whereabouts(row: Row, told: Told, student: Person) -> Row:
    hidden = {path.replace(".", "_") for path in told.whereabouts_in}
    return {
        name: calendar.local_date(student.school, value) if isinstance(value, datetime) else value
        for name, value in row.items()
        if name not in hidden
    }


def _rows(told: Told, asked: Asked) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model(told.model)._default_manager.order_by(told.order)
    rows = rows.filter(**told.only)
    if told.of_student:
        about = Q()
        for path in told.of_student:
            about |= Q(**{path: asked.student})
        rows = rows.filter(about)
    if told.of_viewer and not (told.of_student and asked.is_student):
        # Where nobody is named it is nobody else's: a court's query.
        rows = rows.filter(Q(**{told.of_viewer: asked.viewer}) | Q(**{f"{told.of_viewer}__isnull": True}))
    return rows


def _row(told: Told, row: Model, who: Who) -> Row:
    hidden = told.named_only if told.named_only and getattr(row, told.of_viewer) is None else ()
    return {path.replace(".", "_"): _value(told, row, path, who) for path in told.columns if path not in hidden}


def _value(told: Told, row: Any, path: str, who: Who) -> Any:
    *way, name = path.split(".")
    for step in way:
        row = getattr(row, step)
        if row is None:
            return None
    value = getattr(row, name)
    if isinstance(value, User):
        return who.guardian(value) if name in ("guardian", "asked_by") else who.staff(value)
    if isinstance(value, memoryview | bytes):
        return bytes(value).hex()
    if path in told.words and value:
        return Coded(value, told.words[path](value))
    display = getattr(row, f"get_{name}_display", None)
    return Coded(value, display()) if display is not None and value else value
