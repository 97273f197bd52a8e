"""Marks set by hand: what is taken, what is refused, and the line that stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from campus import people, registers
from campus.models import AttendanceMark, AuditEvent, Membership, Person, Register, Role, User
from campus.registers import Change, Correction, Refusal, Result
from tests.personas import AT, World, make_school

Code = AttendanceMark.Code
ILL = "Ill, says the family"


@pytest.fixture
def register(world: World) -> Register:
    return registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]


@pytest.fixture
def arrived(world: World, register: Register) -> AttendanceMark:
    """The mark of a student who came in at the gate."""
    mark = registers.mark_arrival(school=world.school, student=world.willing.person, at=AT)
    assert mark is not None
    return mark


class Hand:
    """Somebody who sets marks of one student, looking at what stands unless told otherwise."""

    def __init__(self, register: Register, student: Person, by: User) -> None:
        self.register, self.student, self.by = register, student, by

    @property
    def standing(self) -> UUID | None:
        return registers.standing_marks(self.register).filter(student=self.student).values_list("id", flat=True).first()

    def wanted(self, code: str, **fields: Any) -> Correction:
        return Correction(**{"standing": self.standing, "submission": uuid4(), "code": Code(code)} | fields)

    def sends(self, wanted: Correction) -> Result:
        return registers.correct(register=self.register, student=self.student, wanted=wanted, by=self.by, at=AT)

    def sets(self, code: str, **fields: Any) -> Result:
        return self.sends(self.wanted(code, **fields))

    def undoes(self, seen: Change | None = None) -> Result:
        seen = seen or Change(standing=self.standing, submission=uuid4())
        return registers.undo(register=self.register, student=self.student, seen=seen, by=self.by, at=AT)

    @property
    def line(self) -> list[tuple[str, str]]:
        return [(mark.code, mark.source) for mark in registers.history(self.register, self.student)]


@pytest.fixture
def teacher(world: World, register: Register) -> Hand:
    return Hand(register, world.willing.person, world.teacher)


@pytest.fixture
def office(world: World, register: Register) -> Hand:
    return Hand(register, world.willing.person, world.office)


def test_a_teacher_sets_the_first_mark_without_a_reason(teacher: Hand) -> None:
    done = teacher.sets("late", minutes_late=7)
    assert done.refused is None
    assert done.mark is not None
    assert (done.mark.minutes_late, done.mark.source, done.mark.replaces) == (7, "teacher", None)


def test_a_correction_is_a_new_line_and_an_audit_event(world: World, teacher: Hand, arrived: AttendanceMark) -> None:
    done = teacher.sets("absent", reason=f"  {ILL} ")
    assert done.mark is not None
    assert (done.mark.replaces, done.mark.reason, done.mark.recorded_by) == (arrived, ILL, world.teacher)
    assert teacher.line == [("present", "passage"), ("absent", "teacher")]
    event = AuditEvent.objects.get(kind="mark.corrected")
    assert (event.subject, event.actor) == (world.willing.person.id, world.teacher)
    assert ILL not in str(event.payload.body)


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        ({"code": "absent"}, Refusal.NEEDS_REASON),
        ({"code": "absent", "reason": "   "}, Refusal.NEEDS_REASON),
        ({"code": "late", "minutes_late": 5}, Refusal.NEEDS_REASON),
        ({"code": "late", "reason": ILL}, Refusal.NEEDS_MINUTES),
        ({"code": "late", "minutes_late": 0, "reason": ILL}, Refusal.NEEDS_MINUTES),
        ({"code": "late", "minutes_late": 601, "reason": ILL}, Refusal.NEEDS_MINUTES),
        ({"code": "present", "minutes_late": 5}, Refusal.NEEDS_MINUTES),
    ],
)
def test_an_incomplete_correction_is_refused_and_writes_nothing(
    wanted: dict[str, Any], refused: Refusal, teacher: Hand, arrived: AttendanceMark
) -> None:
    assert teacher.sets(**wanted) == Result(arrived, refused)
    assert teacher.line == [("present", "passage")]


def test_saying_what_the_gate_said_confirms_it_without_a_reason(teacher: Hand, arrived: AttendanceMark) -> None:
    assert teacher.sets("present").refused is None
    assert teacher.line == [("present", "passage"), ("present", "teacher")]


def test_who_looked_at_an_older_mark_is_shown_the_newer_and_changes_nothing(teacher: Hand, office: Hand) -> None:
    old = teacher.wanted("present")
    newer = office.sets("absent", reason=ILL).mark
    assert teacher.sends(old) == Result(newer, Refusal.NEWER)
    assert teacher.line == [("absent", "office")]


def test_the_same_form_sent_again_counts_once_even_when_another_mark_stands_by_then(
    teacher: Hand, office: Hand
) -> None:
    wanted = teacher.wanted("absent", reason=ILL)
    first = teacher.sends(wanted).mark
    assert teacher.sends(wanted) == Result(first, written=first)
    newer = office.sets("present", reason="is here").mark
    again = teacher.sends(wanted)
    assert (again.mark, again.refused, again.written) == (newer, None, first)
    assert teacher.line == [("absent", "teacher"), ("present", "office")]


def test_the_same_form_with_other_words_is_another_form(teacher: Hand) -> None:
    wanted = teacher.wanted("absent", reason=ILL)
    teacher.sends(wanted)
    assert teacher.sends(replace(wanted, code=Code.PRESENT, reason="")).refused is Refusal.NEWER


def test_an_old_page_that_asks_for_the_same_as_an_undone_mark_is_not_taken_for_a_repeat(teacher: Hand) -> None:
    old_page = teacher.wanted("absent", reason=ILL)
    teacher.sets("absent", reason=ILL)
    teacher.undoes()
    assert teacher.sends(old_page).refused is Refusal.NEWER


def test_a_teacher_cannot_overrule_the_office_but_the_office_can(teacher: Hand, office: Hand) -> None:
    office.sets("absent", reason=ILL)
    assert teacher.sets("present", reason="is here").refused is Refusal.OUTRANKED
    assert teacher.undoes().refused is Refusal.OUTRANKED
    assert office.sets("present", reason="is here").refused is None


def test_the_database_itself_refuses_a_weaker_mark(world: World, office: Hand) -> None:
    standing = office.sets("absent", reason=ILL).mark
    assert standing is not None
    weaker = AttendanceMark(
        school=world.school, register=standing.register, student=standing.student, code="present", source="passage",
        precedence=10, replaces=standing, recorded_at=AT,
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        weaker.save()


def test_undo_puts_back_what_stood_before_and_deletes_nothing(
    world: World, teacher: Hand, arrived: AttendanceMark
) -> None:
    teacher.sets("absent", reason=ILL)
    done = teacher.undoes()
    assert done.mark is not None
    assert (done.mark.code, done.mark.restores, done.mark.recorded_by) == ("present", arrived, world.teacher)
    assert teacher.line == [("present", "passage"), ("absent", "teacher"), ("present", "teacher")]
    assert AuditEvent.objects.filter(kind="mark.undone", subject=world.willing.person.id).count() == 1


def test_undoing_twice_goes_back_two_steps_and_then_there_is_nothing_left(
    teacher: Hand, arrived: AttendanceMark
) -> None:
    teacher.sets("absent", reason=ILL)
    teacher.sets("late", minutes_late=9, reason="came after all")
    codes = [mark.code for mark in (teacher.undoes().mark, teacher.undoes().mark) if mark]
    assert codes == ["absent", "present"]
    assert teacher.undoes().refused is Refusal.NOTHING_TO_UNDO


def test_the_gates_own_mark_is_corrected_not_undone(teacher: Hand, arrived: AttendanceMark) -> None:
    assert teacher.undoes() == Result(arrived, Refusal.NOTHING_TO_UNDO)


def test_undoing_the_only_mark_leaves_the_student_not_here_yet_and_free_to_arrive(
    world: World, register: Register, teacher: Hand
) -> None:
    teacher.sets("absent", reason=ILL)
    teacher.undoes()
    assert not registers.current_marks(register).exists()
    arrival = registers.mark_arrival(school=world.school, student=world.willing.person, at=AT)
    assert arrival is not None
    assert teacher.line == [("absent", "teacher"), ("cleared", "teacher"), ("present", "passage")]


def test_an_undo_sent_again_counts_once(teacher: Hand, arrived: AttendanceMark) -> None:
    teacher.sets("absent", reason=ILL)
    teacher.sets("late", minutes_late=9, reason="came after all")
    seen = Change(standing=teacher.standing, submission=uuid4())
    first = teacher.undoes(seen).mark
    assert teacher.undoes(seen) == Result(first, written=first)
    assert len(teacher.line) == 4


def test_nobody_marks_a_class_that_is_not_theirs(world: World, register: Register) -> None:
    foreign = make_school(name="Seaview")
    for user in (world.other_teacher, world.staff, world.willing.parent, foreign.teacher, foreign.office):
        assert Hand(register, world.willing.person, user).sets("present").refused is Refusal.NOT_YOURS
    assert not AttendanceMark.objects.exists()


def test_teaching_ends_with_the_role_here_too(world: World, teacher: Hand) -> None:
    Role.objects.filter(user=world.teacher).delete()
    assert teacher.sets("present").refused is Refusal.NOT_YOURS


def test_only_students_of_the_class_on_that_day_are_marked(world: World, register: Register, teacher: Hand) -> None:
    assert Hand(register, world.latecomer.person, world.teacher).sets("present").refused is Refusal.NOT_IN_CLASS
    Membership.objects.filter(student=world.willing.person).update(ended_on=AT.date())
    assert teacher.sets("present").refused is Refusal.NOT_IN_CLASS


def test_a_visitor_on_the_roll_is_in_no_class(world: World, register: Register) -> None:
    visitor = people.admit(school=world.school, name="V", kind=Person.Kind.VISITOR, number="v", at=AT - timedelta(1))
    assert Hand(register, visitor, world.teacher).sets("present").refused is Refusal.NOT_IN_CLASS
