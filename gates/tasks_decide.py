"""The Celery task of the process that compares: apart from that which looks, so that it loads nothing of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings

from campus import calendar, clock
from campus.models import School
from enrollment import galleries, gallery_check
from gates import verification

NIGHT = range(1, 5)
"""Hours of the school's own day in which nobody stands at a gate."""


@shared_task(name="gates.decide", queue="decide", ignore_result=True, time_limit=10)
def decide(capture: str) -> None:
    """Compare the probe of a capture with the reference, or with a gallery, and record what follows."""
    verification.verify(UUID(capture))


@shared_task(name="gates.check_galleries", queue="decide", ignore_result=True, time_limit=120)
def check_galleries() -> None:
    """Compare the references of one school with each other, where it is due. At night: a gate would wait for it."""
    at = clock.now()
    for school in School.objects.order_by("slug"):
        if calendar.local_time(school, at).hour in NIGHT and gallery_check.is_due(school, at):
            gallery_check.run(school, at=at)
            return


@worker_process_init.connect
def keep_galleries_tidy(**kwargs: Any) -> None:
    """Fill the galleries of the schools that have any, and keep overwriting what leaves them."""
    if settings.PROCESS == "decide":
        galleries.keep_tidy()
