"""Celery tasks of the enrolment desk: the only process that holds both the matcher and the vault."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings

from campus import audit, calendar, clock, limits, outbox, people
from campus.models import Person, School, User
from enrollment import (
    attempts,
    card_bound,
    desk,
    disclosure_mail,
    disclosures,
    engine_sets,
    enrolled_mail,
    epoch_end,
    erasure,
    notifications,
    presentation,
    publishing,
    receipts,
    references,
    reminders,
    renewal,
    request_mail,
    requests,
    reviewing,
    sessions,
)
from enrollment.models import Notice
from enrollment.vault import epochs, keys

log = logging.getLogger(__name__)


@worker_process_init.connect
def load_what_this_process_needs(**kwargs: Any) -> None:
    """Load the models before the first child sits down; pictures come from outside here too."""
    try:
        desk.engine()
        presentation.liveness()
    finally:  # Celery goes on with a child that failed here: not without the limit.
        limits.limit_memory(settings.EXTRACT_MEMORY_MB)


@shared_task(name="enrollment.enroll", queue="desk", ignore_result=True, time_limit=60)
def enroll(attempt: str) -> None:
    """Measure the images that the office has just taken, and keep the reference or nothing."""
    try:
        desk.finish(UUID(attempt), at=clock.now())
    except MemoryError:  # Celery would end the whole worker over it. The attempt has been answered.
        log.warning("the pictures of enrolment attempt %s took too much memory", attempt)


@shared_task(name="enrollment.review", queue="desk", ignore_result=True)
def review() -> None:
    """Follow what the clock, or a change for a whole school, has changed about consent; what is left comes next."""
    reviewing.review(clock.now())


@shared_task(name="enrollment.end_expired", queue="desk", ignore_result=True)
def end_expired() -> None:
    """Follow what the clock has changed about consent, end what a renewal left, and destroy orphaned keys."""
    at = clock.now()
    attempts.close_forgotten(at)
    references.sweep_orphan_keys(at)
    card_bound.end_useless(at)
    sessions.stop_expired(at)
    disclosures.tell_due(at)
    if engine_sets.is_renewing(at):
        renewal.note(engine=desk.engine().version, at=at)
    if engine_sets.is_renewed(at):
        renewal.end(engine=desk.engine().version, at=at)


@shared_task(name="enrollment.renew_epoch", queue="desk", ignore_result=True)
def renew_epoch() -> None:
    """End the epochs of destroyed keys, and tell the families whose receipts wait for it."""
    at = clock.now()
    epoch = epochs.renew(at)
    if epoch is not None:
        audit.record("epoch.began", school=None, subject=None, actor=None, at=at, epoch=epoch)
    epoch_end.pass_on(at)


@outbox.handles(people.GUARDIANS_CHANGED, longest_wait=outbox.SOON)
def reconcile(student: UUID) -> None:
    """Let the permit follow a change among a student's guardians, and tell those who can be told now."""
    notifications.follow(Person.objects.select_related("school").get(id=student), clock.now())


@outbox.handles(calendar.CHANGED, longest_wait=outbox.SOON)
def reconcile_days(school: UUID) -> None:
    """Work out anew at a school what counts school days: the days to object in, and how long something is held."""
    reviewing.reconcile_school(school=School.objects.get(id=school), at=clock.now())


@outbox.handles(publishing.TELL_EVERYBODY)
def tell_everybody(notice: UUID) -> None:
    """Owe a mail about a new notice to each guardian who must be told and has an address."""
    notifications.owe_mails(Notice.objects.select_related("school").get(id=notice).school, clock.now())


@outbox.mails(notifications.TELL)
def tell_of_notice(notice: UUID, guardian: User) -> None:
    """Write to a guardian what the school intends, and that it can be objected to."""
    notifications.mail_notice(notice, guardian, at=clock.now())


@shared_task(name="enrollment.remind", queue="desk", ignore_result=True)
def remind() -> None:
    """Remind families whose consent ends soon."""
    reminders.owe_all(clock.now())


@outbox.mails(reminders.REMIND)
def mail_reminder(reminder: UUID, guardian: User) -> None:
    """Write to a guardian that consent ends soon."""
    reminders.send(reminder, guardian, at=clock.now())


@outbox.handles(erasure.DESTROY_KEY, longest_wait=outbox.SOON)
def destroy_key(reference: UUID) -> None:
    """Destroy the key of a reference that is gone; `renew_epoch` sees to its copies."""
    keys.destroy(reference, at=clock.now())


@outbox.mails(references.TELL_GUARDIAN)
def tell_guardian(reference: UUID, guardian: User) -> None:
    """Write to a guardian of a student whose face was enrolled."""
    enrolled_mail.send(reference, guardian)


@outbox.handles(receipts.MAIL_RECEIPT)
def mail_receipt(receipt: UUID) -> None:
    """Mail a guardian what was answered."""
    receipts.mail_to_guardian(receipt, at=clock.now())


@outbox.mails(requests.TELL_FAMILY)
def tell_family_of_request(request: UUID, guardian: User) -> None:
    """Mail who asked that the school has written."""
    request_mail.to_family(request, guardian)


@outbox.mails(requests.TELL_OFFICERS)
def tell_officer_of_request(request: UUID, officer: User) -> None:
    """Mail a data protection officer that a family has written."""
    request_mail.to_officer(request, officer)


@outbox.mails(disclosures.TELL_FAMILY)
def tell_family_of_disclosure(disclosure: UUID, guardian: User) -> None:
    """Mail a guardian that somebody outside asked for a child's data."""
    disclosure_mail.send(disclosure, guardian, at=clock.now())
