"""The permit is the rule: what a gate asks for, when the clock or the pack has changed something, and at what price."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campus.models import Person, School
from enrollment import consent, facts, permits, policies, receipts, reviewing, tasks
from enrollment.models import ConsentStanding, Permit, PolicyInForce, Purpose, Receipt, State
from tests.drawn import enroll
from tests.enrollment.family_facts import DAY, end_assessment, hold, is_compared, is_held, may_compare, state
from tests.personas import World

PACKS = ["cn", "eu", "hk", "uk", "us-il", "us-ny"]


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the packs that a test may write in."""
    folder = copytree(policies.PACKS, tmp_path / "packs")
    monkeypatch.setattr(policies, "PACKS", folder)
    return folder


def edit(packs: Path, name: str, old: str, new: str) -> None:
    """Change a pack's file."""
    path = packs / f"{name}.toml"
    words = path.read_text()
    assert old in words
    path.write_text(words.replace(old, new, 1))


# ------------------------------------------------------------ the packs


def test_these_are_the_packs_there_are() -> None:
    assert policies.names() == PACKS


@pytest.mark.parametrize("name", PACKS)
def test_each_value_of_a_pack_says_where_it_comes_from(name: str) -> None:
    pack = policies.load(name)
    assert len(pack.sources) == 15
    assert all(len(source) > 5 for source in pack.sources.values())


def test_no_pack_is_looser_than_what_the_school_law_s_list_asks() -> None:
    """LAW 7, 15: a pack only ever loosens our own choices, never what all of the laws ask."""
    for name in PACKS:
        pack = policies.load(name)
        assert pack.self_consent_age >= 14
        assert pack.lasts_days <= 365
        assert pack.objection_window_days >= 5
        assert pack.suspended_days <= 30


def test_the_european_pack_offers_no_register_by_face_and_no_search(world: World) -> None:
    pack = policies.load("eu")
    assert (pack.biometrics, pack.attendance_by_face, pack.identification) == (True, False, False)
    School.objects.filter(id=world.school.id).update(policy_pack="eu", identifies=True)
    student = Person.objects.get(id=world.willing.person.id)
    assert state(student, world.at) == State.READY
    assert state(student, world.at, Purpose.ATTENDANCE) == State.NOT_OFFERED
    assert not policies.of(student.school).identification


@pytest.mark.parametrize("name", ["us-ny", "nowhere"])
def test_a_pack_that_forbids_faces_and_one_that_nobody_knows_destroy_what_is_held(world: World, name: str) -> None:
    """LAW 1."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    School.objects.filter(id=world.school.id).update(policy_pack=name)
    assert not is_compared(world.willing.person, world.at)
    reviewing.review(world.at)
    assert (is_held(world.willing.person), may_compare(world.willing.person, world.at)) == (False, False)


def test_a_pack_changed_at_noon_stops_comparing_at_once_and_is_followed_by_the_next_sweep(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    School.objects.filter(id=world.school.id).update(policy_pack="hk")
    assert not is_compared(world.willing.person, world.at)
    assert is_held(world.willing.person)
    reviewing.review(world.at)
    assert is_compared(world.willing.person, world.at)
    assert PolicyInForce.objects.get(school=world.school).policy == policies.load("hk").digest
    assert {permit.policy for permit in Permit.objects.filter(live=True)} == {policies.load("hk").digest}


def test_a_pack_s_file_changed_at_noon_is_followed_too(world: World, packs: Path) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    edit(packs, "uk", "value = 365", "value = 10")
    assert not is_compared(world.willing.person, world.at)
    reviewing.review(world.at)
    assert is_compared(world.willing.person, world.at)
    earlier = world.at - timedelta(hours=1)
    assert Permit.objects.get(student=world.willing.person, live=True).expires_at == earlier + 10 * DAY


@pytest.mark.parametrize(
    ("old", "new"),
    [("value = 365", "value = "), ("[lasts_days]", "[last_days]"), ('source = "Our choice"', 'source = ""')],
)
def test_a_pack_that_can_t_be_read_compares_nothing_and_destroys_nothing(
    world: World, packs: Path, old: str, new: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A slip of the pen costs cards for a while, and no family its enrolment."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    edit(packs, "uk", old, new)
    assert not is_compared(world.willing.person, world.at)
    reviewing.review(world.at)
    assert is_held(world.willing.person)
    assert "the policy of the school hillside can't be worked out" in caplog.text


# ------------------------------------------------------------ the clock


def test_the_clock_alone_ends_what_a_gate_may_compare_before_any_sweep(world: World) -> None:
    """LAW 1."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    until = Permit.objects.get(student=world.willing.person, live=True).compare_until
    assert is_compared(world.willing.person, until - timedelta(microseconds=1))
    assert not is_compared(world.willing.person, until)
    assert not is_compared(world.willing.person, until + 9000 * DAY)


def test_what_a_school_takes_back_stops_comparing_in_the_same_transaction(world: World) -> None:
    """LAW 34."""
    enroll(world.willing.person, operator=world.office, at=world.at)
    end_assessment(world, at=world.at)
    assert not is_compared(world.willing.person, world.at)
    assert set(ConsentStanding.objects.filter(school=world.school).values_list("review_at", flat=True)) == {world.at}


def test_the_desk_s_sweep_follows_the_clock(world: World, frozen: object) -> None:
    ConsentStanding.objects.update(review_at=world.at)
    Permit.objects.filter(student=world.willing.person, live=True).update(compare=False)
    tasks.review()
    assert may_compare(world.willing.person, world.at)


def test_one_student_who_can_t_be_worked_out_keeps_nobody_else_held(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ConsentStanding.objects.update(review_at=world.at)
    Permit.objects.filter(live=True).update(compare=False)
    first, read = min(world.willing.person.id, world.latecomer.person.id), facts.read

    def fails(student: Person, *rest: Any) -> object:
        if student.id == first:
            raise RuntimeError
        return read(student, *rest)

    monkeypatch.setattr(facts, "read", fails)
    reviewing.review(world.at)
    others = {world.willing.person, world.latecomer.person} - {Person.objects.get(id=first)}
    assert all(may_compare(student, world.at) for student in others)
    assert str(first) in caplog.text


def test_a_face_that_nobody_uses_is_locked_after_sixty_school_days_and_destroyed_after_ninety(world: World) -> None:
    """LAW 27. The school is open every day for sixty days, and on weekdays after that."""
    student = world.willing.person
    reference = enroll(student, operator=world.office, at=world.at)
    unused = Permit.objects.get(student=student, live=True)
    assert unused.compare_until == (world.at + 61 * DAY).replace(hour=0, minute=0)
    permits.note_use(reference.id, on=(world.at + 30 * DAY).date())
    reviewing.review(unused.compare_until)
    assert is_compared(student, unused.compare_until)
    locked = Permit.objects.get(student=student, live=True).compare_until
    reviewing.review(locked)
    assert (state(student, locked), is_held(student), is_compared(student, locked)) == (State.SUSPENDED, True, False)
    reviewing.review(ends := Permit.objects.get(student=student, live=True).expires_at)
    assert not is_held(student)
    assert ends > locked + 30 * DAY
    again = Permit.objects.get(student=student, live=True)  # The family's Yes stands: a new sitting is enough.
    assert (again.began_at, state(student, ends)) == (ends, State.READY)
    assert Permit.objects.get(id=reference.permit_id).live is False
    receipt = Receipt.objects.get(student=student, cause=Receipt.Cause.UNUSED)
    assert "Your answers stand as you gave them." in receipts.what_next(receipt)


# ------------------------------------------------------------ the cache


def test_a_standing_tells_each_purpose_s_state_and_since_when(world: World) -> None:
    standing = ConsentStanding.objects.get(student=world.willing.person, purpose=Purpose.GATE_ACCESS)
    assert (standing.state, standing.since) == (State.READY, world.at - timedelta(hours=1))
    hold(world, world.willing.person, "court_query")
    standing.refresh_from_db()
    assert (standing.state, standing.since, standing.process_until) == (State.NOTIFIED, world.at, None)
    assert ConsentStanding.objects.filter(student=world.willing.person).count() == len(Purpose)


def test_working_one_student_out_takes_a_handful_of_queries_however_much_was_said(world: World) -> None:
    pupil = world.willing
    for minute in range(12):
        consent.give(
            student=pupil.person, guardian=pupil.parent, notice=world.notice, at=world.at + timedelta(minutes=minute)
        )
    with CaptureQueriesContext(
        connection,
    ) as seen:
        consent.reconcile(student=pupil.person, at=world.at + DAY)
    assert len(seen) <= 24
