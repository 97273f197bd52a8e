"""What a family's pages send: the answers that were checked, all at once, and a Yes taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from campus import addresses, presence
from campus.models import Person, User
from enrollment import consent, holds, windows
from enrollment.models import ConsentEvent, Notice, Purpose, Receipt

Kind = ConsentEvent.Kind


@dataclass(frozen=True)
class Given:
    """One answer to one question. A Yes names the notice that was read."""

    purpose: str
    yes: bool
    notice: Notice | None


@transaction.atomic
def send(*, student: Person, guardian: User, given: Sequence[Given], form: UUID, at: datetime) -> Receipt:
    """Record the answers of one form and return their receipt. The same form sent again records nothing more."""
    presence.lock(student.id)
    sent = Receipt.objects.filter(form=form, student=student, guardian=guardian).first()
    if sent is not None:
        return sent
    receipt = [_record(student, guardian, one, at) for one in given][-1]
    if receipt.form is None:
        receipt.form = form
        receipt.save(update_fields=["form"])
    return receipt


@transaction.atomic
def take_back(*, student: Person, guardian: User, purpose: str, at: datetime) -> Receipt | None:
    """Record that a guardian's Yes, or silence, is a No from now on; None where it was one already."""
    presence.lock(student.id)
    before = consent.standing_answer(student, guardian, purpose)
    if before is not None and before.kind != Kind.GIVEN:
        return None
    if before is None:
        receipt = consent.refuse(student=student, guardian=guardian, notice=None, purpose=purpose, at=at)
    else:
        receipt = consent.withdraw(student=student, guardian=guardian, purpose=purpose, at=at)
    _settle(student, guardian, purpose, Kind.WITHDRAWN, at)
    return receipt


def _record(student: Person, guardian: User, given: Given, at: datetime) -> Receipt:
    if not given.yes:
        receipt = consent.refuse(student=student, guardian=guardian, notice=given.notice, purpose=given.purpose, at=at)
        _settle(student, guardian, given.purpose, Kind.REFUSED, at)
        return receipt
    if given.notice is None:
        raise consent.NoNotice
    receipt = consent.give(student=student, guardian=guardian, notice=given.notice, at=at)
    if addresses.is_confirmed(guardian) and windows.counts_on(guardian, student.school, at) is None:
        _settle(student, guardian, given.purpose, Kind.GIVEN, at)
    return receipt


def _settle(student: Person, guardian: User, purpose: str, kind: Kind, at: datetime) -> None:
    """Let an answer about the gate decide what the same guardian had only said."""
    if purpose == Purpose.GATE_ACCESS:
        holds.settle(student=student, guardian=guardian, kind=kind, at=at)
