"""What must hold beside a Yes: everybody told, the child asked, nothing that suspends, nothing run out."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from campus import calendar, people
from campus.models import Closure, Guardianship, Person, Term, User
from enrollment import assent, consent, reviewing
from enrollment.models import ChildAnswer, Exemption, Notice, PaperAnswer, Permit, Purpose, State
from tests.drawn import enroll
from tests.enrollment.family_facts import (
    DAY,
    causes,
    decide,
    end_assessment,
    exempt,
    hold,
    is_compared,
    is_held,
    may_compare,
    no_on_paper,
    other_parent,
    own_sign_in,
    publish,
    state,
)
from tests.personas import World, approve_assessment, make_school, say_yes, tell

SECOND = timedelta(seconds=1)


def midnight(world: World, days: int) -> datetime:
    """Return the school's midnight so many days on."""
    return calendar.moment(world.school, calendar.local_date(world.school, world.at) + days * DAY, datetime.min.time())


# ------------------------------------------------------------ everybody is told


def new_parent(world: World) -> User:
    """Name another parent of the enrolled student now, as the office's page does."""
    user = User.objects.create_user(name="New Parent")
    people.name_guardian(student=world.willing.person, guardian=user, at=world.at)
    consent.reconcile(student=world.willing.person, at=world.at)
    return user


def test_a_new_parent_suspends_until_told_and_the_window_over(world: World) -> None:
    """LAW 2, 10."""
    student = world.willing.person
    enroll(student, operator=world.office, at=world.at)
    parent = new_parent(world)
    assert (state(student, world.at), causes(student, world.at)) == (State.SUSPENDED, ("not_told",))
    assert (is_held(student), is_compared(student, world.at)) == (True, False)
    tell(student, parent, at=world.at)
    consent.reconcile(student=student, at=world.at)
    assert causes(student, world.at) == ("window",)
    reviewing.review(over := midnight(world, 6))
    assert (state(student, over), is_compared(student, over)) == (State.ENROLLED, True)


def test_what_is_held_is_destroyed_if_the_new_parent_is_not_told_in_thirty_days(world: World) -> None:
    """LAW 10."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    new_parent(world)
    reviewing.review(world.at + 30 * DAY - SECOND)
    assert is_held(world.willing.person)
    reviewing.review(world.at + 30 * DAY)
    assert not is_held(world.willing.person)


def test_the_window_counts_school_days_and_no_holidays(world: World) -> None:
    """LAW 2."""
    today = calendar.local_date(world.school, world.at)
    Term.objects.filter(school=world.school).update(weekdays="01234")
    Closure.objects.create(school=world.school, date=today + DAY)  # Thursday.
    other = other_parent(world, told=False)
    tell(world.willing.person, other, at=world.at)
    # Friday, then Monday to Thursday.
    assert state(world.willing.person, midnight(world, 9) - SECOND) == State.NOTIFIED
    assert state(world.willing.person, midnight(world, 9)) == State.READY


def test_being_told_about_an_older_notice_is_not_being_told(world: World) -> None:
    """LAW 4, 10."""
    other_parent(world)
    notice = publish(world)
    consent.give(student=world.willing.person, guardian=world.willing.parent, notice=notice, at=world.at)
    assert causes(world.willing.person, world.at) == ("not_told",)


def test_an_exemption_takes_two_of_the_office_and_consents_to_nothing(world: World, colleague: User) -> None:
    """LAW 2."""
    other = other_parent(world, told=False)
    waiting = exempt(world, world.willing.person, other, second=None)
    assert not may_compare(world.willing.person, world.at)
    Exemption.objects.filter(id=waiting.id).update(status="confirmed", decided_by=colleague, decided_at=world.at)
    consent.reconcile(student=world.willing.person, at=world.at)
    assert may_compare(world.willing.person, world.at)
    exempt(world, world.unanswered.person, world.unanswered.parent, second=colleague)
    assert state(world.unanswered.person, world.at) == State.NOTIFIED


def test_an_exemption_that_ended_stops_comparing_until_the_parent_is_told(world: World, colleague: User) -> None:
    """LAW 2."""
    other = other_parent(world, told=False)
    made = exempt(world, world.willing.person, other, second=colleague)
    Exemption.objects.filter(id=made.id).update(status="ended", ended_at=world.at)
    consent.reconcile(student=world.willing.person, at=world.at)
    assert causes(world.willing.person, world.at) == ("not_told",)


# ------------------------------------------------------------ the notice in force


def test_a_notice_that_changed_in_what_matters_suspends_at_once(world: World) -> None:
    """LAW 4, 10."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    notice = publish(world)
    assert not is_compared(world.willing.person, world.at)
    reviewing.review(world.at)
    assert "notice_changed" in causes(world.willing.person, world.at)
    assert is_held(world.willing.person)
    consent.give(student=world.willing.person, guardian=world.willing.parent, notice=notice, at=world.at)
    tell(world.willing.person, world.willing.parent, at=world.at, version=2)
    reviewing.review(over := midnight(world, 6))
    consent.reconcile(student=world.willing.person, at=over)
    assert is_compared(world.willing.person, over)


def test_a_notice_that_changed_in_nothing_that_matters_suspends_nobody(world: World) -> None:
    """LAW 10."""
    publish(world, material=False)
    reviewing.review(world.at)
    assert may_compare(world.willing.person, world.at)


def test_nobody_s_silence_about_the_new_notice_is_a_yes_to_it(world: World) -> None:
    """LAW 3, 10."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    publish(world)
    reviewing.review(world.at)
    reviewing.review(world.at + 30 * DAY)
    assert not is_held(world.willing.person)


# ------------------------------------------------------------ the assessment


@pytest.mark.parametrize("how", ["never", "lapsed", "revoked"])
def test_without_an_assessment_in_date_nobody_is_compared(world: World, how: str) -> None:
    """LAW 34."""
    assessments = world.school.assessments
    if how == "never":
        assessments.all()._raw_delete("default")
    elif how == "lapsed":
        assessments.update(valid_until=world.at)
    else:
        end_assessment(world, at=world.at)
    reviewing.reconcile_school(school=world.school, at=world.at)
    reviewing.review(world.at)
    assert not may_compare(world.willing.person, world.at)
    approve_assessment(world.school, at=world.at)
    reviewing.reconcile_school(school=world.school, at=world.at)
    reviewing.review(world.at)
    assert may_compare(world.willing.person, world.at)


def test_an_assessment_lapses_at_its_moment_before_any_sweep(world: World) -> None:
    """LAW 34."""
    world.school.assessments.update(valid_until=world.at + 10 * DAY)
    enroll(world.willing.person, operator=world.office, at=world.at)
    assert is_compared(world.willing.person, world.at + 10 * DAY - SECOND)
    assert not is_compared(world.willing.person, world.at + 10 * DAY)
    assert is_held(world.willing.person)


# ------------------------------------------------------------ the child


def test_the_child_is_asked_beside_the_family(world: World) -> None:
    """LAW 7."""
    student = people.admit(
        school=world.school, name="New Pupil", kind=Person.Kind.STUDENT, number="new", at=world.at - 30 * DAY
    )
    parent = other_parent(world, student)
    consent.give(student=student, guardian=parent, notice=world.notice, at=world.at)
    assert (state(student, world.at), may_compare(student, world.at)) == (State.CONSENTED, False)
    assert consent.may_be_asked(student, world.at)


def test_only_the_child_lifts_the_child_s_no(world: World) -> None:
    """LAW 6."""
    student = world.willing.person
    enroll(student, operator=world.office, at=world.at)
    assent.refuse(student=student, by=world.staff, at=world.at)
    assert (state(student, world.at), is_held(student)) == (State.BLOCKED_BY_CHILD, False)
    consent.give(student=student, guardian=world.willing.parent, notice=world.notice, at=world.at)
    assert state(student, world.at) == State.BLOCKED_BY_CHILD
    say_yes(student, operator=world.office, witness=world.teacher, at=world.at)
    assert state(student, world.at) == State.READY


def test_a_child_s_yes_is_no_consent(world: World) -> None:
    """LAW 3."""
    assert ChildAnswer.objects.filter(student=world.unanswered.person, kind="yes").exists()
    assert state(world.unanswered.person, world.at) == State.NOTIFIED


# ------------------------------------------------------------ what suspends


@pytest.mark.parametrize(("cause", "days"), [("verbal_objection", 11), ("court_query", 30)])
def test_what_is_suspended_is_held_locked_and_destroyed_after_the_pack_s_days(
    world: World, cause: str, days: int
) -> None:
    """LAW 5, 25. Ten whole school days, or thirty days."""
    student = world.willing.person
    enroll(student, operator=world.office, at=world.at)
    guardian = world.willing.parent if cause == "verbal_objection" else None
    hold(world, student, cause, guardian=guardian)
    ends = midnight(world, days) if guardian else world.at + days * DAY
    assert (state(student, world.at), is_compared(student, world.at)) == (State.SUSPENDED, False)
    reviewing.review(ends - SECOND)
    assert (is_held(student), is_compared(student, ends - SECOND)) == (True, False)
    reviewing.review(ends)
    assert not is_held(student)
    assert not may_compare(student, ends + 300 * DAY)


def test_what_was_cleared_goes_on_only_if_everything_else_still_holds(world: World, colleague: User) -> None:
    student = world.willing.person
    enroll(student, operator=world.office, at=world.at)
    query = hold(world, student, "court_query")
    world.school.assessments.update(valid_until=world.at + DAY)
    decide(query, "cleared", by=colleague, at=world.at)
    assert is_compared(student, world.at)
    again = hold(world, student, "court_query")
    decide(again, "cleared", by=colleague, at=world.at + DAY)
    assert not is_compared(student, world.at + DAY)


def test_a_no_on_paper_that_waits_stops_comparing_and_destroys_nothing_for_thirty_days(world: World) -> None:
    student = world.willing.person
    enroll(student, operator=world.office, at=world.at)
    paper = no_on_paper(world, student, world.willing.parent)
    assert (is_held(student), is_compared(student, world.at)) == (True, False)
    dropped = {"status": "dropped", "decided_at": world.at, "decided_by": world.staff, "reason": "Another child's"}
    PaperAnswer.objects.filter(id=paper.id).update(**dropped)
    consent.reconcile(student=student, at=world.at)
    assert is_compared(student, world.at)


# ------------------------------------------------------------ what runs out


def ends_of(student: Person) -> datetime:
    """Return when what is held ends by the clock alone."""
    return Permit.objects.get(student=student, live=True).expires_at


def test_what_was_agreed_ends_with_the_school_year(world: World) -> None:
    """LAW 15."""
    assert ends_of(world.willing.person) == calendar.moment(world.school, date(2026, 9, 1), datetime.min.time())


def test_it_ends_with_the_notice_s_own_end(world: World) -> None:
    pupil = world.unanswered
    notice = publish(world, sunset_at=world.at + 20 * DAY, material=False)
    consent.give(student=pupil.person, guardian=pupil.parent, notice=notice, at=world.at)
    assert ends_of(pupil.person) == world.at + 20 * DAY


def test_it_never_lasts_longer_than_twelve_months(world: World) -> None:
    """LAW 15. A leap year's school year has a day more."""
    begins = datetime(2027, 9, 1, 9, tzinfo=world.at.tzinfo)
    Guardianship.objects.filter(student=world.unanswered.person).update(began_at=begins - 60 * DAY)
    approve_assessment(world.school, at=begins)
    say_yes(world.unanswered.person, operator=world.office, witness=world.teacher, at=begins)
    pupil = world.unanswered
    consent.give(student=pupil.person, guardian=pupil.parent, notice=world.notice, at=begins)
    assert ends_of(pupil.person) == begins + 365 * DAY


def test_it_ends_on_the_day_on_which_the_student_comes_of_age(world: World) -> None:
    """LAW 7."""
    student, birthday = world.willing.person, date(2026, 5, 1)
    own_sign_in(world, student, born_on=birthday.replace(year=2008))
    assert ends_of(student) == calendar.moment(world.school, birthday, datetime.min.time())


def test_a_mistyped_date_of_birth_that_is_corrected_gives_the_family_its_word_back(world: World) -> None:
    student = world.willing.person
    own_sign_in(world, student, born_on=date(2006, 5, 1))
    assert state(student, world.at) == State.EXPIRED
    Person.objects.filter(id=student.id).update(born_on=date(2016, 5, 1))
    consent.reconcile(student=student, at=world.at)
    assert state(student, world.at) == State.READY


@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_whoever_leaves_is_forgotten_at_midnight_of_the_school_s_own_date(db: None, timezone: str) -> None:
    """LAW 25."""
    world = make_school(timezone=timezone)
    student = world.willing.person
    enroll(student, operator=world.office, at=world.at)
    Person.objects.filter(id=student.id).update(left_on=calendar.local_date(world.school, world.at) + DAY)
    consent.reconcile(student=student, at=world.at)
    reviewing.review(midnight(world, 1) - SECOND)
    assert is_compared(student, midnight(world, 1) - SECOND)
    assert not is_compared(student, midnight(world, 1))
    reviewing.review(midnight(world, 1))
    assert (is_held(student), state(student, midnight(world, 1))) == (False, State.CLOSED)


# ------------------------------------------------------------ marking the register by face


def publish_about_the_register(world: World) -> Notice:
    """Let the school have asked about marking the register by face, long ago."""
    about = publish(world, version=1, purpose=Purpose.ATTENDANCE, at=world.at - 30 * DAY)
    reviewing.review(world.at)
    return about


def agree_to_marking(world: World) -> Notice:
    """Let the family that agreed to the gate agree to the register too."""
    pupil, long_ago, about = world.willing, world.at - 30 * DAY, publish_about_the_register(world)
    tell(pupil.person, pupil.parent, at=long_ago, purpose=Purpose.ATTENDANCE)
    consent.give(student=pupil.person, guardian=pupil.parent, notice=about, at=world.at)
    return about


def test_a_yes_to_the_gate_is_none_to_marking_the_register(world: World) -> None:
    """LAW 4."""
    publish_about_the_register(world)
    assert not consent.may_mark(world.willing.person, world.at)
    assert may_compare(world.willing.person, world.at)


def test_the_register_s_notice_is_told_for_itself(world: World) -> None:
    """LAW 2, 4."""
    agree_to_marking(world)
    assert consent.may_mark(world.willing.person, world.at)
    other_parent(world)
    assert may_compare(world.willing.person, world.at)
    assert causes(world.willing.person, world.at, Purpose.ATTENDANCE) == ("not_told",)


def test_a_no_to_marking_leaves_the_gate_alone(world: World) -> None:
    """LAW 4."""
    agree_to_marking(world)
    pupil = world.willing
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=world.at, purpose=Purpose.ATTENDANCE)
    assert not consent.may_mark(pupil.person, world.at)
    assert may_compare(pupil.person, world.at)


@pytest.mark.parametrize("who", ["who agreed", "the other parent"])
def test_withdrawing_the_gate_ends_both_and_the_register_is_asked_about_anew(world: World, who: str) -> None:
    other = other_parent(world)
    tell(world.willing.person, other, at=world.at - 30 * DAY, purpose=Purpose.ATTENDANCE)
    about, pupil = agree_to_marking(world), world.willing
    by = pupil.parent if who == "who agreed" else other
    later = world.at + timedelta(minutes=5)
    consent.withdraw(student=pupil.person, guardian=by, at=later)
    assert not consent.may_mark(pupil.person, later)
    consent.give(student=pupil.person, guardian=by, notice=world.notice, at=later + SECOND)
    assert may_compare(pupil.person, later + SECOND)
    assert not consent.may_mark(pupil.person, later + SECOND)
    consent.give(student=pupil.person, guardian=pupil.parent, notice=about, at=later + 2 * SECOND)
    assert consent.may_mark(pupil.person, later + 2 * SECOND)


def test_a_suspended_gate_marks_nothing(world: World) -> None:
    agree_to_marking(world)
    hold(world, world.willing.person, "court_query")
    assert not consent.may_mark(world.willing.person, world.at)
