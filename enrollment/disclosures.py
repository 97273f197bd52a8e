"""Requests from outside: written down, allowed by two people on paper, given or refused, and told to the family.

What may be given is a closed list of kinds (`Disclosable`), and nothing that is made of a face is on it: the database
holds the same list. A request isn't changed once it is written down, so both people allow what both have read; one
that was written down wrongly is refused and written down anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from campus import audit, calendar, guardians, outbox, people
from campus.models import Person, Role, School, User
from enrollment.models import Disclosable, Disclosure, DisclosureStudent, Instrument
from enrollment.refusals import Refused

Status = Disclosure.Status
Type = Instrument.Type

TELL_FAMILY = "disclosure.tell_family"
"""The outbox's topic; its subject is the disclosure's id."""
LARGEST_SCAN = 5_000_000
"""Bytes."""
BEGINNINGS = {b"%PDF-": Type.PDF, b"\xff\xd8\xff": Type.JPEG, b"\x89PNG\r\n\x1a\n": Type.PNG}
"""How a scan begins. Nothing here looks further into it."""
LONGEST_WISH = 4000
LONGEST_SILENCE = timedelta(days=366)


@dataclass(frozen=True)
class Asked:
    """What came from outside, and what would be given for it."""

    asker: str
    asked_by: str
    asked_on: date
    wish: str
    basis: str = ""
    kinds: tuple[str, ...] = ()
    scope: str = ""
    students: tuple[Person, ...] = ()
    silent_until: date | None = None
    silent_why: str = ""


@transaction.atomic
def record(*, school: School, asked: Asked, by: User, at: datetime) -> Disclosure:
    """Write down a request from outside.

    Raises:
        Refused: `not_officer`, `own_child`, `foreign_student`, or a word about what is missing.
    """
    if not people.has_role(by, school, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_officer")
    _check(school, asked, calendar.local_date(school, at))
    found = Disclosure.objects.create(
        school=school,
        asker=asked.asker,
        asked_by=asked.asked_by.strip(),
        asked_on=asked.asked_on,
        wish=asked.wish.strip(),
        basis=asked.basis.strip(),
        kinds=list(asked.kinds),
        scope=asked.scope.strip(),
        silent_until=asked.silent_until,
        silent_why=asked.silent_why.strip(),
        recorded_by=by,
        recorded_at=at,
    )
    for student in asked.students:
        DisclosureStudent.objects.create(school=school, disclosure=found, student=student)
    _check_stranger(by, found)
    _record("recorded", found, by, at, asker=found.asker, kinds=found.kinds)
    return found


@transaction.atomic
def attach(*, disclosure: Disclosure, scan: bytes, by: User, at: datetime) -> Instrument:
    """Keep the scan of the order or request, once.

    Raises:
        Refused: `not_officer`, `not_open`, `has_scan`, `no_scan`, `large_scan`.
    """
    found = _open(disclosure)
    if not people.has_role(by, found.school, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_officer")
    if found.instrument_id is not None:
        raise Refused("has_scan")
    kind = type_of(scan)
    found.instrument = Instrument.objects.create(
        school=found.school,
        type=kind,
        digest=hashlib.sha256(scan).digest(),
        scan=scan,
        added_by=by,
        added_at=at,
    )
    found.save(update_fields=["instrument"])
    _record("scan_added", found, by, at, bytes=len(scan))
    return found.instrument


@transaction.atomic
def allow(*, disclosure: Disclosure, by: User, at: datetime) -> None:
    """Allow what a request names, as the head or as the data protection officer: each once, and not one for both.

    Raises:
        Refused: `not_open`, `own_child`, `no_scan`, `no_kind`, `same_person`, `not_allowing`, `already`.
    """
    found = _open(disclosure)
    _check_stranger(by, found)
    if found.instrument_id is None:
        raise Refused("no_scan")
    if not found.kinds:
        raise Refused("no_kind")
    if by.id in (found.head_id, found.officer_id):
        raise Refused("same_person")
    if people.has_role(by, found.school, Role.Kind.PROTECTION_OFFICER) and found.officer_id is None:
        found.officer, found.officer_at = by, at
    elif people.has_role(by, found.school, Role.Kind.ADMINISTRATOR) and found.head_id is None:
        found.head, found.head_at = by, at
    elif may_allow(by, found.school):
        raise Refused("already")
    else:
        raise Refused("not_allowing")
    found.save(update_fields=["head", "head_at", "officer", "officer_at"])
    _record("allowed", found, by, at, role="officer" if found.officer_id == by.id else "head")


@transaction.atomic
def give(*, disclosure: Disclosure, by: User, at: datetime) -> None:
    """Note that what two people allowed was given.

    Raises:
        Refused: `not_open`, `not_officer`, `own_child`, `not_both`.
    """
    found = _open(disclosure)
    if not people.has_role(by, found.school, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_officer")
    _check_stranger(by, found)
    if found.head_id is None or found.officer_id is None:
        raise Refused("not_both")
    _decide(found, Status.GIVEN, by, at)


@transaction.atomic
def refuse(*, disclosure: Disclosure, why: str, by: User, at: datetime) -> None:
    """Refuse a request: either of the two may, alone. Raises `Refused`: `not_open`, `not_allowing`, `no_words`."""
    found = _open(disclosure)
    if not may_allow(by, found.school):
        raise Refused("not_allowing")
    if not why.strip():
        raise Refused("no_words")
    found.refused_why = why.strip()[:LONGEST_WISH]
    _decide(found, Status.REFUSED, by, at)


@transaction.atomic
def tell_due(at: datetime) -> int:
    """Tell the families whom nothing forbids telling any more, and return about how many requests."""
    today = Q(silent_until__lt=(at + timedelta(hours=14)).date())  # Where the day has begun already; asked again below.
    held = Disclosure.objects.select_for_update(of=("self",), skip_locked=True).select_related("school")
    found = list(held.exclude(status=Status.OPEN).filter(today, told_at__isnull=True))
    return sum(_tell(one, at) for one in found)


def told_of(student: Person) -> QuerySet[Disclosure]:
    """Return the decided requests about a student that the family is told of, newest first."""
    found = Disclosure.objects.filter(students__student=student, told_at__isnull=False)
    return found.order_by("-decided_at")


def waiting(school: School) -> QuerySet[Disclosure]:
    """Return the requests of a school that are being decided, the oldest first."""
    found = Disclosure.objects.filter(school=school, status=Status.OPEN).defer("instrument__scan")
    return found.order_by("asked_on", "recorded_at")


def may_allow(user: User, school: School) -> bool:
    """Tell whether somebody is one of those who decide."""
    return people.has_role(user, school, Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR)


def type_of(scan: bytes) -> Type:
    """Return the type of a scan by how it begins. Raises `Refused` for anything else, and for what is too large."""
    if len(scan) > LARGEST_SCAN:
        raise Refused("large_scan")
    for beginning, kind in BEGINNINGS.items():
        if scan.startswith(beginning):
            return kind
    raise Refused("no_scan")


def _check(school: School, asked: Asked, today: date) -> None:
    if asked.asker not in Disclosure.Asker.values or not asked.asked_by.strip():
        raise Refused("no_asker")
    if not asked.wish.strip() or len(asked.wish) > LONGEST_WISH:
        raise Refused("no_wish")
    if not set(asked.kinds) <= set(Disclosable.values):
        raise Refused("no_kind")
    if asked.asked_on > today:
        raise Refused("bad_day")
    if (asked.silent_until is None) != (not asked.silent_why.strip()):
        raise Refused("silent_why")
    if asked.silent_until is not None and not today <= asked.silent_until <= today + LONGEST_SILENCE:
        raise Refused("bad_day")
    if any(student.school_id != school.id for student in asked.students):
        raise Refused("foreign_student")


def _open(disclosure: Disclosure) -> Disclosure:
    locked = Disclosure.objects.select_for_update(of=("self",)).select_related("school")
    found = locked.get(id=disclosure.id)
    if found.status != Status.OPEN:
        raise Refused("not_open")
    return found


def _check_stranger(by: User, disclosure: Disclosure) -> None:
    """Refuse a guardian of a child that it is about."""
    if any(people.is_own_child(by, one) for one in students_of(disclosure)):
        raise Refused("own_child")


def students_of(disclosure: Disclosure) -> Sequence[Person]:
    """Return whom a request is about, by name."""
    return list(Person.objects.filter(disclosures__disclosure=disclosure).order_by("name"))


def _decide(found: Disclosure, status: str, by: User, at: datetime) -> None:
    found.status, found.decided_by, found.decided_at = status, by, at
    found.save(update_fields=["status", "decided_by", "decided_at", "refused_why"])
    _record(str(status), found, by, at, kinds=found.kinds)
    _tell(found, at)


def _tell(found: Disclosure, at: datetime) -> bool:
    """Owe the families a mail, unless something forbids it today."""
    if found.silent_until is not None and calendar.local_date(found.school, at) <= found.silent_until:
        return False
    if not Disclosure.objects.filter(id=found.id, told_at__isnull=True).update(told_at=at):
        return False
    for student in students_of(found):
        for guardian in guardians.to_be_told(student, at).exclude(email=""):
            outbox.owe(TELL_FAMILY, school=found.school, subject=found.id, to=guardian, at=at)
    _record("told", found, None, at)
    return True


def _record(what: str, found: Disclosure, by: User | None, at: datetime, **body: object) -> None:
    """Write an event about each student, or about nobody where none is named."""
    told = {"disclosure": str(found.id), **body}
    for subject in found.students.values_list("student_id", flat=True) or [None]:
        audit.record(f"disclosure.{what}", school=found.school, subject=subject, actor=by, at=at, **told)
