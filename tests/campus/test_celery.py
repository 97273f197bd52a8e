"""What a task finds when it begins: the connections that the last one left, as long as they work."""

from __future__ import annotations

import pytest
from celery.fixups.django import DjangoWorkerFixup  # type: ignore[attr-defined] # Celery has no types
from celery.signals import task_prerun
from django.db import connection, connections

from campus.celery import app

BOTH = ("default", "keys")


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_a_task_finds_both_connections_that_the_last_one_left() -> None:
    fixup = DjangoWorkerFixup(app)
    for alias in BOTH:
        connections[alias].ensure_connection()
    before = [connections[alias].connection for alias in BOTH]
    for _ in range(3):
        fixup.close_database()  # What Celery does before each task, and after it.
        task_prerun.send(sender=None)
        fixup.close_database()
    assert [connections[alias].connection for alias in BOTH] == before


@pytest.mark.django_db(transaction=True)
def test_a_task_does_not_meet_a_connection_that_has_died() -> None:
    connection.ensure_connection()
    connection.connection.close()
    task_prerun.send(sender=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
