"""Celery tasks of the gate. They translate Celery and decide nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import task_failure, worker_process_init
from django.conf import settings

from campus import limits
from enrollment import galleries
from gates import extraction, verification
from gates.decision import Trouble
from gates.parcels import Errand, Extracted


@shared_task(name="gates.extract", queue="extract", ignore_result=True, time_limit=4)
def extract(capture: str, kiosk: str, expires: str) -> None:
    """Turn the sealed frames of a capture into a sealed probe."""
    errand = Errand(capture, kiosk, expires)
    try:
        extraction.extract(errand)
    except MemoryError:  # Celery would end the whole worker over it.
        extraction.pass_on(errand, Extracted(trouble=Trouble.READER_RESTARTED))


@shared_task(name="gates.decide", queue="decide", ignore_result=True, time_limit=10)
def decide(capture: str) -> None:
    """Compare the probe of a capture with the reference and record what follows."""
    verification.verify(UUID(capture))


@worker_process_init.connect
def load_what_this_process_needs(**kwargs: Any) -> None:
    """Load the models before the first student, in the process that looks at pictures and in no other.

    The process that compares fills its galleries, and keeps overwriting what leaves them.
    """
    if settings.PROCESS == "extract":
        try:
            extraction.engine()
        finally:  # Celery goes on with a child that failed here: not without the limit.
            limits.limit_memory(settings.EXTRACT_MEMORY_MB)
    if settings.PROCESS == "decide":
        galleries.keep_tidy()


@task_failure.connect
def say_that_the_reader_died(sender: Any = None, args: Any = (), **kwargs: Any) -> None:
    """Answer for a reader that failed or died over a picture, so that the student may try again at once."""
    if sender.name == extract.name:
        extraction.pass_on(Errand(*args), Extracted(trouble=Trouble.READER_RESTARTED))
