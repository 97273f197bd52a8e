"""Celery tasks of the enrolment desk: the only process that holds both the matcher and the vault."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from campus import clock, outbox
from enrollment import consent, desk, erasure, receipts, references
from enrollment.vault import keys


@shared_task(name="enrollment.enroll", queue="desk", ignore_result=True)
def enroll(attempt: str) -> None:
    """Measure the images that the office has just taken, and keep the reference or nothing."""
    desk.finish(UUID(attempt), at=clock.now())


@shared_task(name="enrollment.end_expired", queue="desk", ignore_result=True)
def end_expired() -> None:
    """End the permits that have run out, and destroy the keys that nothing points at."""
    at = clock.now()
    for student in consent.expired_students(at):
        consent.reconcile(student=student, at=at)
    references.sweep_orphan_keys(at)


@outbox.handles(erasure.DESTROY_KEY)
def destroy_key(reference: UUID) -> None:
    """Destroy the key of a reference that is gone."""
    keys.destroy(reference)


@outbox.handles(receipts.MAIL_RECEIPT)
def mail_receipt(receipt: UUID) -> None:
    """Mail a guardian what was answered."""
    receipts.mail_to_guardian(receipt, at=clock.now())
