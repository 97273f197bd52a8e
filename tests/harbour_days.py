"""What Harbour Road’s last days left: passages, marks, corrections, and how long the lanes took."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from campus import calendar, registers
from campus.models import AttendanceMark, Person
from campus.registers import Correction
from gates.decision import Outcome, Reason
from gates.models import Capture, Direction, Passage
from tests.harbour_names import (
    ABSENT,
    AT_THE_GATE,
    CLASS_7B,
    DOUBTFUL,
    LATE,
    NOT_YET,
    NOW,
    latin,
)

if TYPE_CHECKING:
    from tests.harbour_road import HarbourRoad


def lane_times(made: HarbourRoad) -> None:
    """Write passages of the week before as they took their time, most by card and some by face."""
    engine = {"engine": "drawn", "threshold_version": "1", "threshold": 0.5, "frames": 3, "distance": 0.2}
    for place, student in enumerate(made.students.values()):
        for by_face in (False, True):
            at = NOW - timedelta(days=7 + by_face, minutes=place)
            took = (
                timedelta(milliseconds=620 + 41 * (place % 17))
                if by_face
                else timedelta(milliseconds=310 + 9 * (place % 13))
            )
            if student.kind != Person.Kind.STUDENT or student.left_on or (by_face and place % 5 > 2):
                continue
            what = {"school": made.school, "person": student, "direction": Direction.IN, "outcome": Outcome.GRANTED}
            what |= {"reason": Reason.MATCH if by_face else Reason.CARD}
            when = {"captured_at": at, "received_at": at, "decided_at": at + took}
            capture = Capture.objects.create(
                kiosk=made.kiosk,
                capture_id=uuid4(),
                digest=bytes(32),
                clock_suspect=False,
                state="decided",
                **what,
                **when,
            )
            compared = engine | {"reference": uuid4()} if by_face else {}
            Passage.objects.create(
                gate=made.gate, capture=capture, occurred_at=at, recorded_at=at + took, **what, **compared
            )


# ---------------------------------------------------------------- days at the gate and in the register


def last_days(made: HarbourRoad) -> None:
    """Write the last days' marks and this morning's, each from a passage or by hand."""
    members = [made.students[latin(name.strip())] for name in CLASS_7B.split(",")]
    for back in (6, 5, 2, 1):
        for place, student in enumerate(members):
            if (place + back * 7) % 23:
                late = 9 if (place + back) % 13 == 0 else -2 - place % 18
                _arrives(made, student, NOW - timedelta(days=back, minutes=12 - late))
    for place, name in enumerate(sorted(made.students)):
        student = made.students[name]
        if name in (*NOT_YET, *ABSENT, AT_THE_GATE, DOUBTFUL) or place % 11 == 10 or student.left_on:
            continue
        _arrives(made, student, NOW - timedelta(minutes=12 - LATE.get(name, -1 - place % 19)))
    _passes(made, made.students[AT_THE_GATE], NOW - timedelta(minutes=19), Outcome.DENIED, Reason.NO_MATCH)
    _passes(made, made.students[DOUBTFUL], NOW - timedelta(minutes=21), Outcome.DENIED, Reason.NO_MATCH)
    _arrives(made, made.students[DOUBTFUL], NOW - timedelta(minutes=20), Reason.CARD_AFTER_NO_MATCH)
    for name, by, reason in zip(ABSENT, ("teacher", "office"), ("Ill, says the family", "Dentist"), strict=True):
        _corrects(made, name, by, AttendanceMark.Code.ABSENT, reason)
    _corrects(made, "Noah Bradshaw", "teacher", AttendanceMark.Code.PRESENT, "He was helping in the library")


def _arrives(made: HarbourRoad, student: Person, at: datetime, reason: Reason = Reason.CARD) -> None:
    mark = registers.mark_arrival(school=made.school, student=student, at=at) if _is_student(student) else None
    _passes(made, student, at, Outcome.GRANTED, reason, mark)


def _passes(
    made: HarbourRoad,
    person: Person,
    at: datetime,
    outcome: Outcome,
    reason: Reason,
    mark: AttendanceMark | None = None,
) -> None:
    """Write a passage as it is left in the database."""
    when = {"captured_at": at, "received_at": at, "decided_at": at}
    what = {"school": made.school, "person": person, "direction": Direction.IN, "outcome": outcome, "reason": reason}
    capture = Capture.objects.create(
        kiosk=made.kiosk, capture_id=uuid4(), digest=bytes(32), clock_suspect=False, state="decided", **what, **when
    )
    recorded = at + timedelta(milliseconds=330)
    Passage.objects.create(gate=made.gate, capture=capture, mark=mark, occurred_at=at, recorded_at=recorded, **what)
    if outcome == Outcome.GRANTED and at.date() == NOW.date():
        type(person.presence).objects.filter(person=person).update(where="inside", since=at)


def _corrects(made: HarbourRoad, name: str, by: str, code: AttendanceMark.Code, reason: str) -> None:
    student = made.students[name]
    day = calendar.local_date(made.school, NOW)
    register = registers.open_registers(school=made.school, day=day, group=made.groups["7B"])[0]
    line = registers.history(register, student)
    wanted = Correction(
        standing=line[-1].id if line else None, submission=uuid4(), code=code, minutes_late=None, reason=reason
    )
    done = registers.correct(register=register, student=student, wanted=wanted, by=made.users[by], at=NOW)
    assert done.refused is None, done.refused


def _is_student(person: Person) -> bool:
    return person.kind == Person.Kind.STUDENT
