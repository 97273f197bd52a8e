"""Two people, and the gate, at one student's line at the same moment: real transactions, real threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from campus import presence, registers
from campus.models import AttendanceMark, Register, User
from campus.registers import Correction, Refusal, Result
from tests.personas import AT, World, make_school

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_school(at=AT)


def at_once(*acts: Callable[[], Result | None]) -> list[Result | None]:
    """Do several things in threads that start together, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Result | None]) -> Result | None:
        try:
            start.wait(timeout=10)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def register_of(world: World) -> Register:
    return registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]


def marking(
    world: World, register: Register, by: User, reason: str, submission: UUID | None = None
) -> Callable[[], Result]:
    wanted = Correction(
        standing=None, submission=submission or uuid4(), code=AttendanceMark.Code.ABSENT, reason=reason
    )  # fmt: skip
    return lambda: registers.correct(register=register, student=world.willing.person, wanted=wanted, by=by, at=AT)


def test_of_two_teachers_one_writes_and_the_other_is_told(world: World) -> None:
    register = register_of(world)
    world.on_time.teachers.add(world.other_teacher)
    done = at_once(
        marking(world, register, world.teacher, "Ill"), marking(world, register, world.other_teacher, "No word")
    )
    assert {result and result.refused for result in done} == {None, Refusal.NEWER}
    mark = AttendanceMark.objects.get()
    assert {result and result.mark for result in done} == {mark}


def test_a_form_sent_four_times_at_once_is_one_mark(world: World) -> None:
    register, submission = register_of(world), uuid4()
    done = at_once(*[marking(world, register, world.teacher, "Ill", submission)] * 4)
    assert {result and result.refused for result in done} == {None}
    assert AttendanceMark.objects.count() == 1


def test_a_teacher_and_the_gate_leave_one_line(world: World) -> None:
    register, student = register_of(world), world.willing.person

    def arrive() -> None:
        with transaction.atomic():
            presence.lock(student.id)
            registers.mark_arrival(school=world.school, student=student, at=AT)

    done, _ = at_once(marking(world, register, world.teacher, "Ill"), arrive)
    assert done is not None
    line = [mark.source for mark in registers.history(register, student)]
    assert line == (["teacher"] if done.refused is None else ["passage"])
    assert done.refused in (None, Refusal.NEWER)
