"""Database constraints that Django has no word for.

A composite foreign key lets the database itself refuse a row that mixes two schools, or a reference
without a live permit. Postgres needs a unique index over exactly the referenced columns, so the
parent model carries a matching `UniqueConstraint`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models.constraints import BaseConstraint


class CompositeForeignKey(BaseConstraint):
    """A foreign key over several columns, checked by Postgres at once (it is not deferred).

    `fields` are field names of the model that carries the constraint; `to_fields` are the field names
    they must equal in one row of `to` (an `app_label.Model` string).
    """

    def __init__(self, *, fields: Sequence[str], to: str, to_fields: Sequence[str], name: str) -> None:
        super().__init__(name=name)
        self.fields, self.to, self.to_fields = tuple(fields), to, tuple(to_fields)

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """Put the constraint off to the end of the migration: the parent's unique index may come after it."""
        assert model is not None
        assert schema_editor is not None
        parent = model._meta.apps.get_model(self.to)
        quote = schema_editor.quote_name
        schema_editor.deferred_sql.append(
            Statement(
                "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s "
                "FOREIGN KEY (%(columns)s) REFERENCES %(parent)s (%(targets)s)",
                table=Table(model._meta.db_table, quote),
                name=quote(self.name),
                columns=", ".join(quote(column) for column in _columns(model, self.fields)),
                parent=Table(parent._meta.db_table, quote),
                targets=", ".join(quote(column) for column in _columns(parent, self.to_fields)),
            )
        )
        return ""

    constraint_sql = create_sql

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model is not None
        assert schema_editor is not None
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        """Leave the judgement to the database, which sees the parent row as it is at that moment."""

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, _args, kwargs = super().deconstruct()
        return path, (), {**kwargs, "fields": self.fields, "to": self.to, "to_fields": self.to_fields}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompositeForeignKey) and self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__


def same_school(field: str, to: str, *, name: str) -> CompositeForeignKey:
    """Return the constraint that the row behind `field` belongs to the school of this row."""
    return CompositeForeignKey(fields=(field, "school"), to=to, to_fields=("id", "school"), name=name)


def id_and_school(name: str) -> models.UniqueConstraint:
    """Return the unique index that lets other tables point at this row together with its school."""
    return models.UniqueConstraint(fields=("id", "school"), name=name)


def _columns(model: type[models.Model], names: Sequence[str]) -> list[str]:
    fields = (model._meta.get_field(name) for name in names)
    return [str(field.column) for field in fields if isinstance(field, models.Field)]
