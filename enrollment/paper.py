"""Answers on paper, for families without e-mail: one of the office types them in, another confirms them.

Until then a Yes counts for nothing. A No or a withdrawal stops all comparing at once, as nobody at the school has to
approve it; the second person makes it final, which destroys what is held, or drops it, which undoes the stop. The
reply slip carries the code of the letter that was sent to the guardian; a Yes isn't taken without it, a No and a
withdrawal are, because nobody should need a letter to say no.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation

from campus import addresses, audit, guardians, letters, people, presence
from campus.guardians import Refused
from campus.models import Person, User
from enrollment import consent, notices, tombstones, waiting
from enrollment.models import ConsentEvent, PaperAnswer, Purpose

Kind = ConsentEvent.Kind
Status = PaperAnswer.Status


@transaction.atomic
def record(*, student: Person, guardian: User, kind: str, code: str, by: User, at: datetime) -> PaperAnswer:
    """Type in the answer on a reply slip. Raises `Refused`, or `consent.NoNotice` for a Yes to nothing."""
    guardians.check_office(by, student)
    presence.lock(student.id)
    if not people.is_guardian(guardian, student):
        raise consent.NotAGuardian
    User.objects.select_for_update().get(id=guardian.id)
    first = _sent_before(student, guardian, kind, code, by)
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
    waiting.papers(student.school).filter(student=student, guardian=guardian).order_by().update(
        status=Status.DROPPED, decided_by=by, decided_at=at
    )
    paper = PaperAnswer.objects.create(
        school=student.school,
        student=student,
        guardian=guardian,
        purpose=Purpose.GATE_ACCESS,
        kind=kind,
        notice=notice,
        letter=letter,
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
    paper.status, paper.decided_by, paper.decided_at = Status.CONFIRMED, by, at
    with translation.override(addresses.language_of(paper.guardian)):  # The receipt is the guardian's to read.
        paper.event = consent.take_from_paper(paper=paper, at=at)
    paper.save(update_fields=["status", "decided_by", "decided_at", "event"])
    _write("confirmed", paper, by, at)


@transaction.atomic
def drop(*, paper: PaperAnswer, by: User, at: datetime) -> None:
    """Drop what was typed in wrongly. A Yes never counted; what a No had stopped goes on."""
    guardians.check_office(by, paper.student)
    presence.lock(paper.student_id)
    dropped = PaperAnswer.objects.filter(id=paper.id, status=Status.WAITING)
    if not dropped.update(status=Status.DROPPED, decided_by=by, decided_at=at):
        raise Refused("not_waiting")
    paper.refresh_from_db(fields=["status", "decided_by", "decided_at"])
    tombstones.of_paper_dropped(paper)
    _write("dropped", paper, by, at)
    consent.reconcile(student=paper.student, at=at)


def _sent_before(student: Person, guardian: User, kind: str, code: str, by: User) -> PaperAnswer | None:
    """Return what the first of two clicks typed in: the same slip by the same person, still waiting."""
    letter = letters.with_code(code)
    same = waiting.papers(student.school).filter(student=student, guardian=guardian, kind=kind, recorded_by=by)
    return same.filter(letter=letter).first() if letter else None


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
    )
