"""What the tombstone log is told about families: every answer that isn't a Yes, every reference that was destroyed."""

from __future__ import annotations

from campus import tombstones
from enrollment.models import ChildAnswer, ConsentEvent, Exemption, Hold, PaperAnswer


def of_answer(event: ConsentEvent) -> None:
    """Owe the log a guardian's answer, unless it is a Yes: no dump may make it one again."""
    if event.kind != ConsentEvent.Kind.GIVEN:
        tombstones.owe(
            "consent.ended",
            school=event.school,
            subject=event.student_id,
            at=event.at,
            guardian=event.guardian_id,
            purpose=event.purpose,
            answer=event.kind,
            method=event.method,
        )


def of_child(answer: ChildAnswer) -> None:
    """Owe the log a child's own No."""
    if answer.kind == ChildAnswer.Kind.NO:
        tombstones.owe(
            "child.refused",
            school=answer.school,
            subject=answer.student_id,
            at=answer.at,
            purpose=answer.purpose,
            by=answer.recorded_by_id,
        )


def of_paper(paper: PaperAnswer) -> None:
    """Owe the log a No that came on paper: it stops comparing before a second person has looked at it."""
    if paper.kind != ConsentEvent.Kind.GIVEN:
        tombstones.owe(
            "paper.waits",
            school=paper.school,
            subject=paper.student_id,
            at=paper.recorded_at,
            paper=str(paper.id),
            guardian=paper.guardian_id,
            purpose=paper.purpose,
            answer=paper.kind,
            by=paper.recorded_by_id,
        )


def of_paper_dropped(paper: PaperAnswer) -> None:
    """Owe the log that such a No was typed in wrongly, and stops nothing any more."""
    if paper.kind != ConsentEvent.Kind.GIVEN and paper.decided_at is not None:
        tombstones.owe(
            "paper.dropped",
            school=paper.school,
            subject=paper.student_id,
            at=paper.decided_at,
            paper=str(paper.id),
            by=paper.decided_by_id or 0,
        )


def of_hold(hold: Hold) -> None:
    """Owe the log what stops comparing for a while. That it was cleared isn't in the log: it is cleared again."""
    tombstones.owe(
        "hold.recorded",
        school=hold.school,
        subject=hold.student_id,
        at=hold.recorded_at,
        hold=str(hold.id),
        cause=hold.cause,
        guardian=hold.guardian_id or 0,
        by=hold.recorded_by_id,
    )


def of_exemption(exemption: Exemption) -> None:
    """Owe the log that a guardian is exempt no more, and must be told like any other."""
    if exemption.ended_at is not None:
        tombstones.owe(
            "exemption.ended",
            school=exemption.school,
            subject=exemption.student_id,
            at=exemption.ended_at,
            exemption=str(exemption.id),
        )
