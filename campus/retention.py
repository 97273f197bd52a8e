"""The retention table of all apps together: which rows have had their time, and the schedule that families read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, ForeignKey, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from campus import subjects
from campus.keeping import WHILE_IN_USE, Kept, Rule, Then

GRACE = timedelta(days=1)
"""What is past its time by more than this is overdue: the sweep has had a night for it."""


@dataclass(frozen=True)
class Line:
    """One line of the schedule, in the reader's language."""

    what: str
    how_long: str
    why: str


@dataclass(frozen=True)
class Duty:
    """One rule with the table it is about."""

    kept: Kept
    rule: Rule

    @property
    def name(self) -> str:
        """What the rule is called in the database, the log and the figures."""
        return f"{self.kept.model}.{self.rule.then}"

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.kept.model)

    def due(self, cutoff: datetime | RawSQL) -> QuerySet[Any]:
        """Return the rows whose time began before a moment and that can go: nothing done yet, nothing naming them."""
        after = F(self.rule.after) if isinstance(self.rule.after, str) else self.rule.after
        rows: QuerySet[Any] = self.model._base_manager.filter(self.rule.only).order_by()
        rows = rows.alias(counted_from=ExpressionWrapper(after, DateTimeField())).filter(counted_from__lt=cutoff)
        if self.rule.then == Then.BLANK:
            return rows.filter(_not_yet(self.rule))
        if self.rule.then == Then.DELETE:
            return rows.filter(*(~Exists(naming) for naming in _naming(self.model)))
        return rows


def table() -> list[Kept]:
    """Return what every app says of its models, the apps nearest to the ground first."""
    return [kept for part in subjects.parts() for kept in part.retention]


def schedule() -> list[Line]:
    """Return what is kept, how long and why, as families read it; what is the same for them is one line."""
    lines: dict[Line, None] = {}
    for kept in table():
        told = [rule.how_long for rule in kept.rules if rule.told is not None] or [WHILE_IN_USE]
        for how_long in told:
            lines[Line(str(kept.what), str(how_long), str(kept.why))] = None
    return list(lines)


@cache
def duties() -> tuple[Duty, ...]:
    """Return every rule: first what only empties fields, for that looks at rows that the others delete."""
    found = [Duty(kept, rule) for kept in table() for rule in kept.rules]
    place = {model: number for number, model in enumerate(_children_first())}
    return tuple(sorted(found, key=lambda duty: (duty.rule.then != Then.BLANK, place[duty.model])))


def _children_first() -> Iterator[type[Model]]:
    """Yield every model after those that name its rows, in the same order in every process."""
    models = apps.get_models(include_auto_created=True)
    yield from TopologicalSorter({model: pointing_at(model) for model in models}).static_order()


def pointing_at(model: type[Model]) -> list[type[Model]]:
    """Return the other models of which rows name a row of this one."""
    found = {field.model for field in _links(model)} - {model}
    return sorted(found, key=lambda other: other._meta.label)


def _links(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    """Return the foreign keys that point at a model, its own and hidden ones too."""
    found = (getattr(relation, "field", None) for relation in model._meta.get_fields(include_hidden=True))
    return [field for field in found if isinstance(field, ForeignKey) and field.remote_field.model is model]


def _naming(model: type[Model]) -> Iterator[QuerySet[Any]]:
    for link in _links(model):
        yield link.model._base_manager.filter(**{link.name: OuterRef("pk")})


def _not_yet(rule: Rule) -> Q:
    """Return that a field still says something."""
    found = Q()
    for name, value in rule.blank.items():
        found |= Q(**{f"{name}__isnull": False}) if value is None else ~Q(**{name: value})
    return found
