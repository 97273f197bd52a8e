"""Celery tasks of the school itself, all on the desk's queue."""

from __future__ import annotations

import logging
from functools import partial
from uuid import UUID

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from campus import addresses, calendar, chain_mail, clock, guardians, lineage, mail, outbox, staff, sweeping, tombstones
from campus.models import Person, Role, SignInAddress, User

log = logging.getLogger(__name__)


@shared_task(name="campus.settle_outbox", ignore_result=True)
def settle_outbox() -> None:
    """Do the effects that committed transactions owe."""
    outbox.settle(at=clock.now())


@shared_task(name="campus.mail_chain_heads", ignore_result=True)
def mail_chain_heads() -> None:
    """Owe the day's head of the audit chain to whoever watches over the log."""
    chain_mail.owe_heads(clock.now())


@shared_task(name="campus.watch_tombstones", ignore_result=True)
def watch_tombstones() -> None:
    """Let no face be compared or enrolled where the database or the tombstone log is another than it was."""
    words = tombstones.trouble()
    if words and lineage.doubt(clock.now()):
        log.error("face mode is off: %s", words)


@shared_task(name="campus.clear_sessions", ignore_result=True)
def clear_sessions() -> None:
    """Delete the sessions that have ended, with whatever lies in them."""
    SessionStore.clear_expired()


@shared_task(name="campus.sweep", ignore_result=True)
def sweep() -> None:
    """End what has had its time, and say so where something should have been gone before."""
    at = clock.now()
    sweeping.sweep(at=at)
    sweeping.tell_if_overdue(at=at)


@outbox.mails(sweeping.TELL_OVERDUE)
def tell_overdue(school: UUID, user: User) -> None:
    """Write to somebody who answers for it that rows are past their time."""
    sweeping.tell(school, user)


@outbox.mails(guardians.TELL_OF_NAMING)
def tell_of_naming(student: UUID, guardian: User) -> None:
    """Tell a guardian that the office named another one, who may soon say yes. Who that is isn't told."""
    child = Person.objects.select_related("school").get(id=student)
    context = {
        "name": guardian.name,
        "student": child,
        "school": child.school,
        "day": calendar.local_date(child.school, clock.now()),
    }
    mail.send("guardian_named", to=guardian.email, language=addresses.language_of(guardian), context=context)


def _tell_what_was_written(what: str, student: UUID, guardian: User) -> None:
    """Tell a guardian what one of the office wrote alone about who answers for a child."""
    child = Person.objects.select_related("school").get(id=student)
    context = {
        "name": guardian.name,
        "what": what,
        "student": child,
        "school": child.school,
        "day": calendar.local_date(child.school, clock.now()),
    }
    mail.send("family_written", to=guardian.email, language=addresses.language_of(guardian), context=context)


outbox.mails(guardians.TELL_OF_CARER)(partial(_tell_what_was_written, "carer"))
outbox.mails(guardians.TELL_OF_ENDING)(partial(_tell_what_was_written, "ended"))
outbox.mails(guardians.TELL_OF_AGE)(partial(_tell_what_was_written, "age"))


@outbox.mails(staff.TELL_OF_ROLE)
def tell_of_role(role: UUID, user: User) -> None:
    """Tell an administrator or a protection officer that somebody has a role now."""
    given = Role.objects.select_related("school", "user").filter(id=role.int).first()
    if given is None:
        return
    context = {
        "name": user.name,
        "role": given,
        "school": given.school,
        "day": calendar.local_date(given.school, clock.now()),
    }
    mail.send("role_given", to=user.email, language=addresses.language_of(user), context=context)


@outbox.handles(addresses.TELL_OLD_ADDRESS)
def tell_old_address(address: UUID) -> None:
    """Tell the address that was a guardian's that it isn't any more, with the date where the children are."""
    ended = SignInAddress.objects.select_related("user").get(id=address)
    at = ended.ended_at or clock.now()
    schools = sorted({student.school for student in guardians.students_of(ended.user)}, key=lambda one: one.slug)
    day = calendar.local_date(schools[0], at) if schools else at.date()
    context = {"name": ended.user.name, "day": day}
    mail.send("address_changed", to=ended.email, language=ended.language, context=context)
