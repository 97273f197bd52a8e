"""The Celery task of the process that compares: apart from that which looks, so that it loads nothing of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings

from enrollment import galleries
from gates import verification


@shared_task(name="gates.decide", queue="decide", ignore_result=True, time_limit=10)
def decide(capture: str) -> None:
    """Compare the probe of a capture with the reference, or with a gallery, and record what follows."""
    verification.verify(UUID(capture))


@worker_process_init.connect
def keep_galleries_tidy(**kwargs: Any) -> None:
    """Fill the galleries of the schools that have any, and keep overwriting what leaves them."""
    if settings.PROCESS == "decide":
        galleries.keep_tidy()
