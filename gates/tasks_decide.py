"""The Celery task of the process that compares: apart from that which looks, so that it loads nothing of it."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from gates import verification


@shared_task(name="gates.decide", queue="decide", ignore_result=True, time_limit=10)
def decide(capture: str) -> None:
    """Compare the probe of a capture with the reference and record what follows."""
    verification.verify(UUID(capture))
