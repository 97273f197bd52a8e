"""The one-time codes on letters from the school: whoever holds the letter is the guardian it was sent to.

A code is twelve letters without vowels, as `BCDF-GHJK-LMNP`: 52 bits, easy to type, spelling nothing. It
works once and for sixty days; a new letter ends the one before. It binds an address, confirms one that was
changed on paper, or is the key to an answer on paper.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from campus import audit, guardians
from campus.guardians import Refused
from campus.models import LetterCode, School, User

LASTS = timedelta(days=60)
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 12

Status = LetterCode.Status


@transaction.atomic
def issue(*, guardian: User, school: School, by: User, at: datetime) -> str:
    """Make the code of a new letter, end the one before, and return it: the only time it is known."""
    guardians.check_office_about(by, guardian, school)
    if not guardians.students_of(guardian, school):
        raise Refused("not_office")
    User.objects.select_for_update().get(id=guardian.id)
    LetterCode.objects.filter(guardian=guardian, school=school, status=Status.ISSUED).update(status=Status.REPLACED)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    letter = LetterCode.objects.create(
        school=school, guardian=guardian, code_mac=_mac(code), issued_at=at, issued_by=by, expires_at=at + LASTS
    )
    _record("issued", letter, by, at)
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def find(text: str, at: datetime) -> LetterCode:
    """Return the letter whose code somebody typed, in any case and with any dashes. Raises `Refused`."""
    return _usable(with_code(text), at)


def again(letter: str, at: datetime) -> LetterCode:
    """Return a letter found before, by its id, if it can still be used. Raises `Refused`."""
    return _usable(LetterCode.objects.select_related("guardian", "school").filter(id=letter).first(), at)


def with_code(text: str) -> LetterCode | None:
    """Return the letter whose code somebody typed, also one that was used or has ended."""
    code = "".join(character for character in text.upper() if character in ALPHABET)
    return LetterCode.objects.select_related("guardian", "school").filter(code_mac=_mac(code)).first()


def _usable(letter: LetterCode | None, at: datetime) -> LetterCode:
    if letter is None or letter.status != Status.ISSUED:
        raise Refused("letter_unknown")
    if at >= letter.expires_at:
        raise Refused("letter_expired")
    return letter


@transaction.atomic
def use(letter: LetterCode, *, by: User, at: datetime) -> None:
    """Spend a letter's code: once. Raises `Refused` for whoever comes second."""
    fresh = LetterCode.objects.filter(id=letter.id, status=Status.ISSUED, expires_at__gt=at)
    if not fresh.update(status=Status.USED, used_at=at):
        raise Refused("letter_unknown")
    _record("used", letter, by, at)


def waiting_for(guardian: User, school: School, at: datetime) -> LetterCode | None:
    """Return the letter that is on its way to a guardian, if any."""
    return LetterCode.objects.filter(guardian=guardian, school=school, status=Status.ISSUED, expires_at__gt=at).first()


def _mac(code: str) -> bytes:
    return salted_hmac("campus.letters", code, algorithm="sha256").digest()


def _record(what: str, letter: LetterCode, by: User, at: datetime) -> None:
    audit.record(
        f"letter.{what}",
        school=letter.school,
        subject=None,
        actor=by,
        at=at,
        letter=str(letter.id),
        guardian=letter.guardian_id,
    )
