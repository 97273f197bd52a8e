"""What a face may write into the register: nothing, unless the family agreed to that on its own. LAW 4, 23."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from campus import registers, sightings
from campus.models import AttendanceMark, School
from enrollment import consent
from enrollment.models import ConsentEvent, Purpose
from gates.models import Capture, Passage
from tests.gates.lane import Lane, later
from tests.personas import agree_to_attendance


def mark_of(lane: Lane) -> AttendanceMark | None:
    return AttendanceMark.objects.filter(student=lane.world.willing.person).first()


def test_a_face_without_a_card_marks_nobody_whose_family_was_not_asked(
    looking: Lane, looks: Callable[..., Capture]
) -> None:
    """LAW 4: a yes to the gate is none to the register."""
    assert looks(7).outcome == "granted"
    assert mark_of(looking) is None


def test_a_face_without_a_card_marks_whose_family_agreed_to_that_too(
    looking: Lane, looks: Callable[..., Capture]
) -> None:
    """LAW 4."""
    agree_to_attendance(looking.world.willing, at=looking.world.at)
    capture = looks(7)
    mark = mark_of(looking)
    assert mark is not None
    assert (mark.code, mark.source) == ("present", "passage")
    assert Passage.objects.get(capture=capture).mark == mark


def test_a_card_that_was_shown_marks_whatever_was_agreed(lane: Lane) -> None:
    """The card is the family's way to be marked without a face."""
    assert lane.passes(lane.world.refusing, at=lane.world.at).outcome == "granted"
    mark = AttendanceMark.objects.get(student=lane.world.refusing.person)
    assert mark.code == "present"


@pytest.mark.parametrize("purpose", [Purpose.ATTENDANCE, Purpose.GATE_ACCESS])
def test_taking_back_either_ends_the_marks(looking: Lane, looks: Callable[..., Capture], purpose: Purpose) -> None:
    """LAW 8: withdrawing the gate ends both; withdrawing the register leaves the gate open."""
    pupil, at = looking.world.willing, looking.world.at
    agree_to_attendance(pupil, at=at)
    consent.withdraw(student=pupil.person, guardian=pupil.parent, purpose=purpose, at=later(at, 1))
    capture = looks(7, at=later(at, 2))
    assert mark_of(looking) is None
    assert (capture.outcome == "granted") == (purpose == Purpose.ATTENDANCE)
    last = ConsentEvent.objects.filter(student=pupil.person, purpose=Purpose.ATTENDANCE).latest("id")
    assert last.kind == ConsentEvent.Kind.WITHDRAWN


def test_a_new_yes_to_the_gate_is_none_to_the_register(looking: Lane) -> None:
    """LAW 4: what was taken back with the gate is asked again."""
    pupil, at = looking.world.willing, looking.world.at
    agree_to_attendance(pupil, at=at)
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=later(at, 1))
    consent.give(student=pupil.person, guardian=pupil.parent, notice=looking.world.notice, at=later(at, 2))
    assert not consent.may_mark(pupil.person, later(at, 3))


def test_where_the_law_s_pack_does_not_offer_it_nobody_is_marked(looking: Lane, looks: Callable[..., Capture]) -> None:
    agree_to_attendance(looking.world.willing, at=looking.world.at)
    School.objects.filter(id=looking.world.school.id).update(policy_pack="eu")
    student = looking.world.willing.person
    student.school.refresh_from_db()
    assert not consent.may_mark(student, looking.world.at)


def test_nobody_is_ever_marked_absent_by_a_machine(looking: Lane, looks: Callable[..., Capture]) -> None:
    """LAW 23: whoever passed by face alone, or wasn't known, has no mark at all, and a person decides."""
    looks(7)
    looks(99, at=later(looking.world.at, 5))
    assert not AttendanceMark.objects.filter(code=AttendanceMark.Code.ABSENT).exists()
    register = registers.open_registers(
        school=looking.world.school, day=looking.world.at.date(), group=looking.world.on_time
    )[0]
    assert not registers.standing_marks(register).exists()


def test_the_teacher_is_given_no_hint_of_a_face_that_may_not_mark(looking: Lane, looks: Callable[..., Capture]) -> None:
    """LAW 4: a hint to the register is a use of the face for the register."""
    at, by_card = looking.world.at, looking.world.refusing
    students = [looking.world.willing.person.id, by_card.person.id]
    looks(7)
    assert sightings.of(students, later(at, -60), later(at, 60)) == {}
    looking.passes(by_card, at=later(at, 10))
    assert set(sightings.of(students, later(at, -60), later(at, 60))) == {by_card.person.id}
