"""Tables that only ever grow: Postgres refuses to change, delete or truncate their rows, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from campus.append_only import is_append_only
from campus.models import AuditPayload
from tests.everything import fill, our_models
from tests.personas import World

ONLY_GROW = [model for model in our_models() if is_append_only(model)]


@pytest.fixture
def filled(world: World, settings: Settings) -> World:
    settings.CLAIM_KEY = b"c" * 32
    fill(world)
    return world


def test_what_must_never_be_rewritten_only_grows() -> None:
    assert {model._meta.label for model in ONLY_GROW} == {
        "campus.AttendanceMark",
        "campus.AuditEvent",
        "campus.AuditSeal",
        "campus.Register",
        "enrollment.Acceptance",
        "enrollment.ChildAnswer",
        "enrollment.ConsentEvent",
        "enrollment.DisclosureStudent",
        "enrollment.Instrument",
        "enrollment.Notice",
        "enrollment.Notification",
        "enrollment.Reminder",
        "enrollment.Renewal",
        "enrollment.RequestMessage",
        "gates.Passage",
    }


def test_it_refuses_to_change_delete_or_truncate(filled: World) -> None:
    for model in ONLY_GROW:
        table, key = model._meta.db_table, model._meta.pk
        assert key is not None
        before = list(model._default_manager.order_by("pk").values())
        assert before, f"{table} is empty"
        for statement in (
            f'UPDATE "{table}" SET "{key.column}" = "{key.column}"',
            f'DELETE FROM "{table}"',
            f'TRUNCATE "{table}" CASCADE',
        ):
            _refused(table, statement)
        assert list(model._default_manager.order_by("pk").values()) == before


def _refused(table: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match=f"table {table} only grows"), transaction.atomic():
            cursor.execute(statement)


def test_it_refuses_the_orm_as_well(filled: World) -> None:
    for model in ONLY_GROW:
        row = model._default_manager.all()[0]
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            row.save(force_update=True)
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            model._default_manager.filter(pk=row.pk)._raw_delete("default")


def test_a_payload_may_be_emptied_when_its_time_is_over(filled: World) -> None:
    assert not is_append_only(AuditPayload)
    AuditPayload.objects.all()._raw_delete("default")
    assert not AuditPayload.objects.exists()
