"""Pairs of students who look alike: noted at enrolment, looked at by two of the office, gone with either reference.

A pair says "look at these two", and neither how near they are nor that anybody did anything. While it exists, waiting
or confirmed, both need their cards: nobody who could be taken for another is looked for without one.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from campus import audit, guardians, presence
from campus.guardians import Refused
from campus.models import School, User
from enrollment import erasure, permits
from enrollment.models import LookAlike, Reference

State, Word = LookAlike.State, LookAlike.Word


def note(reference: Reference, others: list[UUID], *, by: User | None, at: datetime) -> None:
    """Write down which references one looks like, where it isn't written yet.

    The caller holds the presence locks of all the students. Nobody did it where the school's own check found it.
    """
    alive = Reference.objects.filter(permits.comparing(at, "permit__"), id__in=others)
    for other in alive:
        first, second = sorted((reference, other), key=lambda row: row.id)
        if LookAlike.objects.filter(reference=first, other_reference=second).exists():
            continue
        pair = LookAlike.objects.create(
            school=reference.school,
            student=first.student,
            reference=first,
            other=second.student,
            other_reference=second,
            found_at=at,
        )
        _record("found", pair, by, at)


@transaction.atomic
def say(*, pair: LookAlike, word: LookAlike.Word, by: User, at: datetime) -> LookAlike | None:
    """Say what one of the office saw; return the pair as it stands, or None if it ended with both references.

    It counts once another of the office says the same. Whoever says otherwise takes the first word's place, and
    waits for a second person in turn. Raises `Refused`.
    """
    for student in (pair.student, pair.other):
        guardians.check_office(by, student)
    for student_id in sorted((pair.student_id, pair.other_id)):
        presence.lock(student_id)
    found = LookAlike.objects.select_for_update(of=("self",)).select_related("student__school", "other__school")
    now = found.filter(id=pair.id).first()
    if now is None or (now.state == State.CONFIRMED and word == Word.TWO_PEOPLE):
        raise Refused("not_waiting")
    if now.state != State.SAID or now.word != word:
        now.state, now.word, now.said_by, now.said_at = State.SAID, word, by, at
        now.agreed_by = now.agreed_at = None
        now.save()
        _record("said", now, by, at, word=word)
        return now
    if now.said_by_id == by.id:
        raise Refused("same_person")
    _record("agreed", now, by, at, word=word)
    if word == Word.MISTAKE:
        # Which of the two is somebody else's face, no number tells: both are enrolled again.
        for student in (now.student, now.other):
            erasure.destroy_references(student, at)
        return None
    now.state, now.agreed_by, now.agreed_at = State.CONFIRMED, by, at
    now.save()
    return now


def of_school(school: School) -> QuerySet[LookAlike]:
    """Return a school's pairs, the oldest first."""
    found = LookAlike.objects.filter(school=school).select_related("student", "other", "said_by", "agreed_by")
    return found.order_by("found_at", "id")


def count_waiting(school: School) -> int:
    """Count the pairs that wait for somebody to look at them."""
    return LookAlike.objects.filter(school=school).exclude(state=State.CONFIRMED).count()


def _record(what: str, pair: LookAlike, by: User | None, at: datetime, **body: str) -> None:
    audit.record(
        f"look_alike.{what}",
        school=pair.school,
        subject=pair.student_id,
        actor=by,
        at=at,
        pair=str(pair.id),
        other=str(pair.other_id),
        **body,
    )
