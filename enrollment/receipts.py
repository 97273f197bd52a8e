"""Receipts: what a guardian answered, or what was destroyed unasked, on a page at once and by mail a moment later.

A mail that says that a reference was destroyed waits until its key is too, half a minute as a rule: only then is it
true of every copy. The page says how far that is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language

from campus import addresses, calendar, mail, outbox
from campus.models import Person, User
from enrollment.models import ConsentEvent, Erasure, Receipt

MAIL_RECEIPT = outbox.mailing("consent.mail_receipt")
"""The outbox's topic; its subject is the receipt's id."""
WITHIN = timedelta(minutes=1)
"""How soon after a reference its key is destroyed."""


class Key(StrEnum):
    """How far the key is destroyed of what a receipt is about."""

    NONE = "none"
    SOON = "soon"
    LATE = "late"
    DESTROYED = "destroyed"


def open_for(*, student: Person, guardian: User, at: datetime) -> Receipt:
    """Return the receipt of one moment, which all answers of that moment share, and owe its mail once."""
    receipt, made = Receipt.objects.get_or_create(
        school=student.school, student=student, guardian=guardian, at=at, defaults={"language": get_language() or "en"}
    )
    if made:
        outbox.owe(MAIL_RECEIPT, school=student.school, subject=receipt.id, at=at)
    return receipt


def of_destruction(*, student: Person, guardian: User, cause: Receipt.Cause, at: datetime) -> Receipt:
    """Return the receipt that a template was destroyed although nobody answered anything, and owe its mail."""
    receipt = Receipt.objects.create(
        school=student.school,
        student=student,
        guardian=guardian,
        cause=cause,
        destroyed=True,
        language=addresses.language_of(guardian),
        at=at,
    )
    outbox.owe(MAIL_RECEIPT, school=student.school, subject=receipt.id, at=at)
    return receipt


def note_destruction(receipt: Receipt) -> None:
    """Write on a receipt that its answers destroyed a face template."""
    receipt.destroyed = True
    receipt.save(update_fields=["destroyed"])


def key_of(receipt: Receipt, at: datetime) -> Key:
    """Tell how far the key is destroyed: with it goes what any copy of the reference could be opened with."""
    if not receipt.destroyed:
        return Key.NONE
    left = Erasure.objects.filter(student=receipt.student, at=receipt.at, key_destroyed_at__isnull=True)
    if not left.exists():
        return Key.DESTROYED
    return Key.SOON if at < receipt.at + WITHIN else Key.LATE


def owe_mails_about(erasure: Erasure, *, at: datetime) -> None:
    """Owe the mails that have waited for a reference's key to be destroyed."""
    waiting = Receipt.objects.filter(student=erasure.student, at=erasure.at, destroyed=True, mailed_at__isnull=True)
    for receipt in waiting.select_related("school"):
        outbox.owe(MAIL_RECEIPT, school=receipt.school, subject=receipt.id, at=at)


def latest(student: Person, guardian: User) -> Receipt | None:
    """Return a guardian's last receipt about a child."""
    return Receipt.objects.filter(student=student, guardian=guardian).order_by("-at").first()


def answers_on(receipt: Receipt) -> list[ConsentEvent]:
    """Return what stands on a receipt: the last answer to each question, in the order they were asked."""
    last = {event.purpose: event for event in receipt.answers.select_related("notice").order_by("id")}
    return list(last.values())


@transaction.atomic
def mail_to_guardian(receipt_id: UUID, *, at: datetime) -> bool:
    """Mail a receipt, once, and tell whether this call did. A guardian without an address has the paper.

    One about a key that is still to be destroyed isn't mailed yet: `owe_mails_about` asks again.
    """
    receipt = (
        Receipt.objects.select_for_update(of=("self",)).select_related("student__school", "guardian").get(id=receipt_id)
    )
    if receipt.mailed_at is not None or not receipt.guardian.email or key_of(receipt, at) in (Key.SOON, Key.LATE):
        return False
    # The row is marked before the mail leaves: if the mail fails, both are undone and the outbox tries again.
    receipt.mailed_at = at
    receipt.save(update_fields=["mailed_at"])
    moment = {
        "day": calendar.local_date(receipt.student.school, receipt.at),
        "time": calendar.local_time(receipt.student.school, receipt.at),
    }
    context = {
        "receipt": receipt,
        "student": receipt.student,
        "answers": answers_on(receipt),
        **moment,
    }
    letter = "receipt" if receipt.cause == Receipt.Cause.ANSWER else "renewed"
    mail.send(letter, to=receipt.guardian.email, language=receipt.language, context=context)
    return True
