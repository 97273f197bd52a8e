"""Celery tasks of the school itself, all on the desk's queue."""

from __future__ import annotations

from celery import shared_task

from campus import clock, outbox


@shared_task(name="campus.settle_outbox", ignore_result=True)
def settle_outbox() -> None:
    """Do the effects that committed transactions owe."""
    outbox.settle(at=clock.now())
