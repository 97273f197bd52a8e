"""How answers that ended something, and the end of references, come again in a restored database.

A No that the dump doesn't know is recorded again with the moment at which it was said. A reference whose end is in the
log, or whose key doesn't open any more, is destroyed; a family that still says yes is told and may enrol again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from campus import audit, guardians, presence
from campus.models import Person
from campus.replaying import finishes, replays
from campus.replays import guardian_of, user_of
from campus.tombstones import Line
from enrollment import consent, erasure, receipts
from enrollment.models import (
    ChildAnswer,
    ConsentEvent,
    Exemption,
    Hold,
    PaperAnswer,
    Permit,
    Receipt,
    Reference,
)
from enrollment.vault import keys

DROPPED_BEFORE = "Dropped before the restore; the reason was lost with it"


@replays("consent.ended")
def say_no_again(line: Line, at: datetime) -> None:
    """Record a guardian's No or withdrawal that the dump doesn't know."""
    student = _locked(line.subject)
    if student is None:
        return
    ConsentEvent.objects.create(
        school=student.school,
        student=student,
        purpose=line.ids["purpose"],
        kind=line.ids["answer"],
        guardian=guardian_of(line, student),
        method=line.ids["method"],
        at=line.at,
    )
    audit.record(
        f"consent.{line.ids['answer']}",
        school=student.school,
        subject=student.id,
        actor=None,
        at=at,
        purpose=line.ids["purpose"],
        tombstone=line.number,
    )
    consent.reconcile(student=student, at=at)


@replays("child.refused")
def let_the_child_say_no_again(line: Line, at: datetime) -> None:
    """Record a student's own No that the dump doesn't know."""
    student = _locked(line.subject)
    if student is None:
        return
    ChildAnswer.objects.create(
        school=student.school,
        student=student,
        purpose=line.ids["purpose"],
        kind=ChildAnswer.Kind.NO,
        recorded_by=user_of(line.ids["by"]),
        at=line.at,
    )
    audit.record("child.refused", school=student.school, subject=student.id, actor=None, at=at, tombstone=line.number)
    consent.reconcile(student=student, at=at)


@replays("paper.waits")
def let_a_paper_wait_again(line: Line, at: datetime) -> None:
    """Put a No on paper back before the office, where it stops comparing until somebody has looked at it."""
    student = _locked(line.subject)
    if student is None:
        return
    guardian, by = guardian_of(line, student), user_of(line.ids["by"])
    waiting = PaperAnswer.objects.filter(
        student=student, guardian=guardian, purpose=line.ids["purpose"], status=PaperAnswer.Status.WAITING
    )
    waiting.update(status=PaperAnswer.Status.DROPPED, decided_by=by, decided_at=line.at)
    PaperAnswer.objects.create(
        id=line.ids["paper"],
        school=student.school,
        student=student,
        guardian=guardian,
        purpose=line.ids["purpose"],
        kind=line.ids["answer"],
        recorded_by=by,
        recorded_at=line.at,
    )
    consent.reconcile(student=student, at=at)


@replays("paper.dropped")
def drop_a_paper_again(line: Line, at: datetime) -> None:
    """Drop a No on paper that was typed in wrongly."""
    student = _locked(line.subject)
    waiting = PaperAnswer.objects.filter(id=line.ids["paper"], status=PaperAnswer.Status.WAITING)
    dropped = {"status": PaperAnswer.Status.DROPPED, "decided_by": line.ids["by"], "decided_at": line.at}
    dropped["reason"] = DROPPED_BEFORE  # The log holds ids only.
    if student is not None and waiting.update(**dropped):
        consent.reconcile(student=student, at=at)


@replays("hold.recorded")
def hold_again(line: Line, at: datetime) -> None:
    """Let a spoken No or a court query stop comparing again; whoever may clear it clears it again."""
    student = _locked(line.subject)
    if student is None:
        return
    guardian = guardian_of(line, student) if line.ids["guardian"] else None
    if not Hold.objects.filter(
        student=student, cause=line.ids["cause"], guardian=guardian, status=Hold.Status.STANDING
    ).exists():
        Hold.objects.create(
            id=line.ids["hold"],
            school=student.school,
            student=student,
            cause=line.ids["cause"],
            guardian=guardian,
            recorded_by=user_of(line.ids["by"]),
            recorded_at=line.at,
        )
    consent.reconcile(student=student, at=at)


@replays("exemption.ended")
def end_exemption(line: Line, at: datetime) -> None:
    """End the exemption of a guardian who has been found: nothing is compared until they were told."""
    student = _locked(line.subject)
    confirmed = Exemption.objects.filter(id=line.ids["exemption"], status=Exemption.Status.CONFIRMED)
    if student is not None and confirmed.update(status=Exemption.Status.ENDED, ended_at=line.at):
        consent.reconcile(student=student, at=at)


@replays("reference.destroyed", late=True)
def destroy_again(line: Line, at: datetime) -> None:
    """Destroy a reference that was destroyed: by now every answer is known, so whoever is told still says yes."""
    reference = Reference.objects.select_related("student__school").filter(id=line.subject).first()
    if reference is not None:
        _destroy(reference, at)


@finishes
def let_permits_follow(at: datetime) -> None:
    """Make every live permit equal to the rule, by today's clock and by what is known now."""
    students = Person.objects.filter(permits__live=True).select_related("school").order_by("id")
    for student in list(students):
        consent.reconcile(student=student, at=at)


@finishes
def destroy_what_does_not_open(at: datetime) -> None:
    """Destroy the references that have no key any more, or one of an epoch that is over.

    With a wrong root key nothing can be told, and nothing is destroyed: that is a mistake in a setting.
    """
    ids = list(Reference.objects.order_by("id").values_list("id", flat=True))
    dead = set(ids) - keys.that_open(ids) if ids else set()
    for reference in Reference.objects.filter(id__in=dead).select_related("student__school"):
        _destroy(reference, at)


@transaction.atomic
def _destroy(reference: Reference, at: datetime) -> None:
    student = reference.student
    presence.lock(student.id)
    if not erasure.destroy_references(student, at):
        return
    if not Permit.objects.filter(student=student, live=True).exists():
        return  # The family said no, and knows.
    for guardian in guardians.to_be_told(student, at):
        if not Receipt.objects.filter(student=student, guardian=guardian, at=at).exists():
            receipts.of_destruction(student=student, guardian=guardian, cause=Receipt.Cause.RESTORE, at=at)


def _locked(student_id: UUID) -> Person | None:
    """Lock and return a student; None for one who came after the dump, and of whom nothing is held here."""
    student = Person.objects.select_related("school").filter(id=student_id).first()
    if student is not None:
        presence.lock(student.id)
    return student
