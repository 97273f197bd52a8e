"""Answers on paper, for families without e-mail: one of the office types them in, another confirms them.

Until then a Yes counts for nothing. A No or a withdrawal stops all comparing at once, as nobody at the school has to
approve it; the second person makes it final, which destroys what is held, or drops it, which undoes the stop: with a
reason, and never the one who typed it in. A Yes that is typed in later leaves it standing.

The reply slip carries the code of the letter that was sent to the guardian, and is scanned; a Yes isn't taken without
both, and whoever confirms it has looked at the scan. A No and a withdrawal are taken without either, because nobody
should need a letter to say no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation

from campus import addresses, audit, guardians, letters, people, presence
from campus.guardians import Refused
from campus.models import Person, Role, User
from campus.scans import Scan
from enrollment import consent, notices, tombstones, waiting
from enrollment.models import ConsentEvent, PaperAnswer, PaperScan, Purpose

Kind = ConsentEvent.Kind
Status = PaperAnswer.Status


@dataclass(frozen=True)
class Slip:
    """What a reply slip says, its code, and the scan of it."""

    kind: str
    code: str = ""
    scan: Scan | None = None


@transaction.atomic
def record(*, student: Person, guardian: User, slip: Slip, by: User, at: datetime) -> PaperAnswer:
    """Type in the answer on a reply slip. Raises `Refused`, or `consent.NoNotice` for a Yes to nothing."""
    kind, code = slip.kind, slip.code
    guardians.check_office(by, student)
    presence.lock(student.id)
    if not people.is_guardian(guardian, student):
        raise consent.NotAGuardian
    User.objects.select_for_update().get(id=guardian.id)
    waits = waiting.papers(student.school).filter(student=student, guardian=guardian).order_by()
    first = _sent_before(waits, kind, code, by)
    if first is not None:
        return first
    notice = notices.current(student.school)
    letter = letters.find(code, at) if code.strip() or kind == Kind.GIVEN else None
    if letter is not None:
        if (letter.guardian_id, letter.school_id) != (guardian.id, student.school_id):
            raise Refused("letter_of_another")
        letters.use(letter, by=by, at=at)
    if kind == Kind.GIVEN and notice is None:
        raise consent.NoNotice
    if kind == Kind.GIVEN and slip.scan is None:
        raise Refused("no_scan")
    for older in waits.filter(kind=Kind.GIVEN):
        _drop(older, by, at)
    if kind != Kind.GIVEN and waits.exclude(kind=Kind.GIVEN).exists():
        raise Refused("no_waits")
    paper = PaperAnswer.objects.create(
        school=student.school,
        student=student,
        guardian=guardian,
        purpose=Purpose.GATE_ACCESS,
        kind=kind,
        notice=notice,
        letter=letter,
        scan=_keep(slip.scan, student) if slip.scan else None,
        recorded_by=by,
        recorded_at=at,
    )
    tombstones.of_paper(paper)
    _write("recorded", paper, by, at)
    consent.reconcile(student=student, at=at)
    return paper


@transaction.atomic
def confirm(*, paper: PaperAnswer, by: User, at: datetime) -> None:
    """Confirm what a colleague typed in, with the paper in hand: from now on it is the guardian's answer."""
    guardians.check_office(by, paper.student)
    presence.lock(paper.student_id)
    if by == paper.recorded_by or people.is_same_human(by, paper.guardian):
        raise Refused("same_person")
    paper = PaperAnswer.objects.select_for_update(of=("self",)).select_related("student__school").get(id=paper.id)
    if paper.status != Status.WAITING:
        raise Refused("not_waiting")
    if paper.kind == Kind.GIVEN and paper.scan_seen_by_id != by.id:
        raise Refused("scan_not_seen")
    paper.status, paper.decided_by, paper.decided_at = Status.CONFIRMED, by, at
    with translation.override(addresses.language_of(paper.guardian)):  # The receipt is the guardian's to read.
        paper.event = consent.take_from_paper(paper=paper, at=at)
    paper.save(update_fields=["status", "decided_by", "decided_at", "event"])
    _write("confirmed", paper, by, at)


@transaction.atomic
def drop(*, paper: PaperAnswer, by: User, at: datetime, reason: str = "") -> None:
    """Drop what was typed in wrongly. A Yes never counted; what a No had stopped goes on, so it takes another, and why.

    The second person is asked for what the first can't do alone: to take away a family's written No.
    """
    guardians.check_office(by, paper.student)
    presence.lock(paper.student_id)
    if paper.kind != Kind.GIVEN:
        if by == paper.recorded_by or people.is_same_human(by, paper.guardian):
            raise Refused("no_dropped_by_another")
        if not reason.strip():
            raise Refused("no_reason")
    _drop(paper, by, at, reason.strip())
    consent.reconcile(student=paper.student, at=at)


@transaction.atomic
def look_at_scan(*, paper: PaperAnswer, by: User, at: datetime) -> Scan:
    """Return the scan of a slip to whoever may see it, and note who that was. Raises `Refused`."""
    if paper.scan is None or not may_see_scan(paper, by):
        raise Refused("not_office")
    audit.record_read("paper_scan", school=paper.school, subject=paper.student_id, viewer=by, at=at)
    if by != paper.recorded_by and people.has_role(by, paper.school, Role.Kind.OFFICE):
        PaperAnswer.objects.filter(id=paper.id, status=Status.WAITING).update(scan_seen_by=by)
    return Scan(paper.scan.media_type, bytes(paper.scan.content))


def may_see_scan(paper: PaperAnswer, by: User) -> bool:
    """Tell whether a scan may be seen by somebody: the protection officer, and the two of the office about it.

    While the paper waits, anybody of the office may become the second of the two, but for the child's guardians.
    """
    if people.is_own_child(by, paper.student):
        return False
    if people.has_role(by, paper.school, Role.Kind.PROTECTION_OFFICER):
        return True
    is_one_of_two = paper.status == Status.WAITING or by.id in (paper.recorded_by_id, paper.decided_by_id)
    return is_one_of_two and people.has_role(by, paper.school, Role.Kind.OFFICE)


def _keep(scan: Scan, student: Person) -> PaperScan:
    return PaperScan.objects.create(
        school=student.school, media_type=scan.media_type, content=scan.content, digest=scan.digest
    )


def _sent_before(waits: QuerySet[PaperAnswer], kind: str, code: str, by: User) -> PaperAnswer | None:
    """Return what the first of two clicks typed in: the same slip by the same person, still waiting."""
    letter = letters.with_code(code)
    same = waits.filter(kind=kind, recorded_by=by)
    return same.filter(letter=letter).first() if letter or kind != Kind.GIVEN else None


def _drop(paper: PaperAnswer, by: User, at: datetime, reason: str = "") -> None:
    dropped = PaperAnswer.objects.filter(id=paper.id, status=Status.WAITING)
    if not dropped.update(status=Status.DROPPED, decided_by=by, decided_at=at, reason=reason):
        raise Refused("not_waiting")
    paper.refresh_from_db(fields=["status", "decided_by", "decided_at", "reason"])
    tombstones.of_paper_dropped(paper)
    _write("dropped", paper, by, at)


def _write(what: str, paper: PaperAnswer, by: User, at: datetime) -> None:
    audit.record(
        f"paper.{what}",
        school=paper.school,
        subject=paper.student_id,
        actor=by,
        at=at,
        paper=str(paper.id),
        guardian=paper.guardian_id,
        answer=paper.kind,
        scan=bytes(paper.scan.digest).hex() if paper.scan else "",
    )
