"""Two people, and the gate, at one student's line at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from django.db import transaction

from campus import calendar, presence, registers
from campus.models import AttendanceMark, Register, User
from campus.registers import Correction, Refusal, Result
from tests.concurrency.conftest import Hall
from tests.concurrency.meeting import Callers
from tests.personas import World


def register_of(world: World) -> Register:
    return registers.open_registers(
        school=world.school, day=calendar.local_date(world.school, world.at), group=world.on_time
    )[0]


def marking(
    world: World, register: Register, by: User, reason: str, submission: UUID | None = None
) -> Callable[[], Result]:
    """Return the call of somebody who marks a student absent, who saw no mark."""
    code, submission = AttendanceMark.Code.ABSENT, submission or uuid4()
    wanted = Correction(standing=None, submission=submission, code=code, reason=reason)
    student, at = world.willing.person, world.at
    return lambda: registers.correct(register=register, student=student, wanted=wanted, by=by, at=at)


def test_of_two_teachers_one_writes_and_the_other_is_told(hall: Hall, callers: Callers) -> None:
    world, register = hall.world, register_of(hall.world)
    world.on_time.teachers.add(world.other_teacher)
    done = callers.at_once(
        marking(world, register, world.teacher, "Ill"), marking(world, register, world.other_teacher, "No word")
    )
    assert {result.refused for result in done} == {None, Refusal.NEWER}
    assert {result.mark for result in done} == {AttendanceMark.objects.get()}


def test_a_form_sent_four_times_at_once_is_one_mark(hall: Hall, callers: Callers) -> None:
    again = marking(hall.world, register_of(hall.world), hall.world.teacher, "Ill", uuid4())
    done = callers.at_once(again, again, again, again)
    assert {result.refused for result in done} == {None}
    assert AttendanceMark.objects.count() == 1


def test_a_teacher_and_the_gate_leave_one_line(hall: Hall, callers: Callers) -> None:
    world, student, register = hall.world, hall.world.willing.person, register_of(hall.world)

    def arrive() -> None:
        with transaction.atomic():
            presence.lock(student.id)
            registers.mark_arrival(school=world.school, student=student, at=world.at)

    gate = callers.start(arrive)
    done = callers.at_once(marking(world, register, world.teacher, "Ill"))[0]
    gate.result(timeout=20)
    line = [mark.source for mark in registers.history(register, student)]
    assert line == (["teacher"] if done.refused is None else ["passage"])
    assert done.refused in (None, Refusal.NEWER)
