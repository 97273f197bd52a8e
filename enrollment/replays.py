"""How answers that ended something, and the end of references, come again in a restored database.

A No that the dump doesn't know is recorded again with the moment at which it was said. A reference whose end is in the
log, or whose key doesn't open any more, is destroyed; a family that still says yes is told and may enrol again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection, transaction

from campus import audit, guardians, people, presence
from campus.models import Guardianship, Person, User
from campus.replaying import finishes, replays
from campus.tombstones import Line
from enrollment import consent, erasure, receipts
from enrollment.models import ChildAnswer, ConsentEvent, PaperAnswer, Permit, Receipt, Reference, ReferenceCiphertext
from enrollment.vault import keys

AT_ONCE = 500
"""How many references are tried with one question to each database."""


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
        guardian=_guardian(line, student),
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
        recorded_by=_user(line.ids["by"]),
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
    guardian, by = _guardian(line, student), _user(line.ids["by"])
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
    if student is not None and waiting.update(**dropped):
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
    """Destroy the references that have no key any more, or one of an epoch that is over."""
    if not Reference.objects.exists():
        return
    _try_the_vault(at)
    for blobs in _in_batches():
        sealed = {
            blob.reference_id: (
                bytes(blob.blob),
                keys.Binding(blob.school_id, blob.reference.student_id, blob.reference.purpose, blob.reference.engine),
            )
            for blob in blobs
        }
        opened = keys.decrypt_many(sealed)
        for blob in blobs:
            if blob.reference_id not in opened:
                _destroy(blob.reference, at)


def _in_batches() -> list[list[ReferenceCiphertext]]:
    ids = list(ReferenceCiphertext.objects.order_by("reference_id").values_list("reference_id", flat=True))
    return [
        list(
            ReferenceCiphertext.objects.filter(reference__in=ids[begin : begin + AT_ONCE]).select_related(
                "reference__student__school"
            )
        )
        for begin in range(0, len(ids), AT_ONCE)
    ]


def _try_the_vault(at: datetime) -> None:
    """Make and destroy a key. A wrong root key is a mistake in a setting: nothing may be destroyed over it."""
    trial = uuid4()
    try:
        keys.encrypt(trial, b"", binding=keys.Binding(trial, trial, "trial", "trial"), at=at)
    finally:
        keys.destroy(trial, at=at)


@transaction.atomic
def _destroy(reference: Reference, at: datetime) -> None:
    student = reference.student
    presence.lock(student.id)
    if not erasure.destroy_references(student, at):
        return
    if not Permit.objects.filter(student=student, live=True).exists():
        return  # The family said no, and knows.
    for guardian in guardians.of_student(student):
        if not Receipt.objects.filter(student=student, guardian=guardian, at=at).exists():
            receipts.of_destruction(student=student, guardian=guardian, cause=Receipt.Cause.RESTORE, at=at)


def _locked(student_id: UUID) -> Person | None:
    """Lock and return a student; None for one who came after the dump, and of whom nothing is held here."""
    student = Person.objects.select_related("school").filter(id=student_id).first()
    if student is not None:
        presence.lock(student.id)
    return student


def _guardian(line: Line, student: Person) -> User:
    """Return the guardian who said it. One who was named after the dump is put back, without the name that it lacks.

    Otherwise a No would be lost, or nobody could ever lift it.
    """
    user = _user(line.ids["guardian"])
    ever = Guardianship.objects.filter(student=student, guardian=user)
    if not ever.exists():
        people.name_guardian(student=student, guardian=user, at=line.at)
    return user


def _user(user_id: int) -> User:
    user = User.objects.filter(id=user_id).first()
    if user is None:
        user = User(id=user_id, name=f"Restored {user_id}")
        user.set_unusable_password()
        user.save(force_insert=True)
        with connection.cursor() as cursor:  # Or the next user would be given this number.
            cursor.execute("SELECT setval(pg_get_serial_sequence('campus_user', 'id'), max(id)) FROM campus_user")
    return user
