"""The record: passage, mark, presence, opening and audit event in one transaction, or none of them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_django import DjangoCaptureOnCommitCallbacks as OnCommit

from campus import cards, people, presence, registers
from campus.models import AttendanceMark, AuditEvent, Closure, Membership, Person, Presence, Register
from enrollment.models import Reference
from gates import passages, turnstiles
from gates.decision import Claim, Outcome
from gates.models import Capture, Gate, Opening, Passage
from gates.passages import Finding
from tests.drawn import ENGINE
from tests.gates.lane import Lane, compared, later
from tests.personas import Pupil, World, make_school


def staff_member(world: World) -> Pupil:
    person = people.admit(school=world.school, name="Sam Staff", kind=Person.Kind.STAFF, number="s-1", at=world.at)
    return Pupil(person, world.staff, str(cards.issue(person=person, by=None, at=world.at)))


def where(pupil: Pupil) -> str:
    return Presence.objects.get(person=pupil.person).where


# ------------------------------------------------------------ what one passage writes


def test_a_granted_passage_writes_everything_that_follows_from_it(lane: Lane) -> None:
    pupil, at = lane.world.refusing, lane.world.at
    capture = lane.passes(pupil, at=at)
    assert (capture.state, capture.outcome, capture.reason) == ("decided", "granted", "card")
    passage = Passage.objects.get(capture=capture)
    assert (passage.gate, passage.person, passage.direction, passage.outcome) == (
        lane.gate,
        pupil.person,
        "in",
        "granted",
    )
    assert passage.mark == AttendanceMark.objects.get()
    assert (passage.mark.student, passage.mark.code, passage.mark.source) == (pupil.person, "present", "passage")
    assert (passage.occurred_at, passage.recorded_at) == (at, at)
    assert where(pupil) == "inside"
    assert Presence.objects.get(person=pupil.person).since == at
    assert Opening.objects.get().passage == passage
    assert Opening.objects.get().state == "asked"
    event = AuditEvent.objects.get(kind="passage.granted")
    assert (event.subject, event.school, event.at) == (pupil.person.id, lane.world.school, at)
    assert event.payload.body == {"passage": str(passage.id), "kiosk": str(lane.kiosk.id), "reason": "card"}


def test_a_denied_passage_is_a_row_and_an_event_and_nothing_else(lane: Lane) -> None:
    pupil = lane.world.refusing
    cards.revoke(person=pupil.person, by=None, at=lane.world.at)
    capture = lane.capture(None, frames=0, at=lane.world.at)
    Capture.objects.filter(id=capture.id).update(person=pupil.person, credential=pupil.person.credentials.get())
    passages.record(capture.id, Finding(), at=lane.world.at)
    assert Passage.objects.get().reason == "card_revoked"
    assert AuditEvent.objects.filter(kind="passage.denied", subject=pupil.person.id).count() == 1
    assert where(pupil) == "unknown"
    assert not AttendanceMark.objects.exists()
    assert not Opening.objects.exists()


def test_an_audit_event_never_holds_a_name(lane: Lane) -> None:
    lane.passes(lane.world.refusing, at=lane.world.at)
    for event in AuditEvent.objects.select_related("payload"):
        assert lane.world.refusing.person.name not in str(event.payload.body)


def test_a_retry_leaves_no_passage(lane: Lane, reference: Reference) -> None:
    lane.tries(lane.world.willing, distance=None, at=lane.world.at)
    assert not Passage.objects.exists()
    assert where(lane.world.willing) == "unknown"


@pytest.mark.parametrize("refused", ["opening", "audit event", "presence"])
def test_a_failure_in_the_last_step_leaves_nothing_of_the_others(lane: Lane, refused: str) -> None:
    """Postgres refuses the last rows, as it would on any constraint; everything before is taken back."""
    table, column = {
        "opening": ("gates_opening", "state <> 'asked'"),
        "audit event": ("campus_auditpayload", "octet_length(salt) = 1"),
        "presence": ("campus_presence", "\"where\" <> 'inside'"),
    }[refused]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT refuses_all CHECK ({column}) NOT VALID")
    capture = lane.capture(lane.world.refusing, frames=0, at=lane.world.at)
    events = AuditEvent.objects.count()
    with pytest.raises(IntegrityError, match="refuses_all"):
        passages.record(capture.id, Finding(), at=lane.world.at)
    capture.refresh_from_db()
    assert capture.state == Capture.State.PENDING
    assert not Passage.objects.exists()
    assert not AttendanceMark.objects.exists()
    assert not Opening.objects.exists()
    assert AuditEvent.objects.count() == events
    assert where(lane.world.refusing) == "unknown"


def test_a_capture_is_decided_once(lane: Lane) -> None:
    capture = lane.passes(lane.world.refusing, at=lane.world.at)
    again = passages.record(capture.id, Finding(claim=Claim.SPENT), at=later(lane.world.at, 1))
    assert (again.outcome, again.decided_at) == (capture.outcome, capture.decided_at)
    assert Passage.objects.count() == 1


def test_a_face_that_matched_at_the_exit_is_not_on_record_as_a_comparison_that_decided(
    lane: Lane, reference: Reference
) -> None:
    capture = lane.capture(lane.world.willing, at=lane.world.at, direction="out")
    finding = Finding(claim=Claim.GOOD, compared=compared(reference.id, 0.9))
    assert passages.record(capture.id, finding, at=lane.world.at).reason == "exit_free"


# ------------------------------------------------------------ marks


def test_lateness_is_counted_in_begun_minutes(lane: Lane) -> None:
    table = [
        ("07:00:00", "present", None),
        ("08:30:00", "present", None),
        ("08:30:01", "late", 1),
        ("08:31:00", "late", 1),
        ("08:31:01", "late", 2),
        ("09:30:00", "late", 60),
        ("12:00:00", "late", 210),
    ]
    for day, (clock, code, minutes) in enumerate(table):
        lane.passes(lane.world.latecomer, at=_today_at(lane.world, clock) + timedelta(days=day))
        mark = AttendanceMark.objects.latest("recorded_at")
        assert (mark.code, mark.minutes_late) == (code, minutes), clock
    assert AttendanceMark.objects.count() == len(table)


def test_outside_the_register_s_hours_a_passage_makes_no_mark(lane: Lane) -> None:
    for clock in ("00:00:00", "06:59:59", "12:00:01", "23:58:00"):
        assert lane.passes(lane.world.latecomer, at=_today_at(lane.world, clock)).outcome == "granted"
    assert Passage.objects.filter(mark=None).count() == 4
    assert not AttendanceMark.objects.exists()


def test_a_second_entry_of_the_day_keeps_the_first_mark(lane: Lane) -> None:
    pupil, at = lane.world.latecomer, _today_at(lane.world, "08:29:00")
    lane.passes(pupil, at=at)
    lane.passes(pupil, at=later(at, 600), direction="out")
    lane.passes(pupil, at=later(at, 3600))
    mark = AttendanceMark.objects.get()
    assert (mark.code, mark.recorded_at) == ("present", at)
    assert [passage.mark for passage in Passage.objects.order_by("recorded_at")] == [mark, None, mark]
    assert where(pupil) == "inside"


def test_a_mark_by_hand_is_left_alone_and_is_what_the_kiosk_hears(lane: Lane) -> None:
    pupil = lane.world.latecomer
    (register,) = registers.open_registers(school=lane.world.school, day=lane.world.at.date(), group=lane.world.late)
    by_hand = AttendanceMark.objects.create(
        school=lane.world.school,
        register=register,
        student=pupil.person,
        code="present",
        source="teacher",
        precedence=AttendanceMark.PRECEDENCE["teacher"],
        recorded_by=lane.world.other_teacher,
        recorded_at=lane.world.at,
    )
    lane.passes(pupil, at=lane.world.at)
    assert Passage.objects.get().mark == by_hand
    assert AttendanceMark.objects.count() == 1


def test_each_day_has_its_own_mark(lane: Lane) -> None:
    for day in range(2):
        lane.passes(lane.world.refusing, at=lane.world.at + timedelta(days=day))
    assert AttendanceMark.objects.count() == Register.objects.count() == 2


def test_on_a_closed_day_there_is_no_mark(lane: Lane) -> None:
    Closure.objects.create(school=lane.world.school, date=lane.world.at.date(), reason="Snow")
    assert lane.passes(lane.world.refusing, at=lane.world.at).outcome == "granted"
    assert not AttendanceMark.objects.exists()


def test_staff_pass_and_are_not_marked(lane: Lane) -> None:
    member, today = staff_member(lane.world), lane.world.at.date()
    Membership.objects.create(school=lane.world.school, group=lane.world.on_time, student=member.person, began_on=today)
    assert lane.passes(member, at=lane.world.at).outcome == "granted"
    assert where(member) == "inside"
    assert not AttendanceMark.objects.exists()


def test_a_student_without_a_group_passes_and_is_not_marked(lane: Lane) -> None:
    Membership.objects.filter(student=lane.world.refusing.person).update(ended_on=lane.world.at.date())
    assert lane.passes(lane.world.refusing, at=lane.world.at).outcome == "granted"
    assert not AttendanceMark.objects.exists()


def test_going_out_is_noted_and_marks_nobody(lane: Lane) -> None:
    lane.passes(lane.world.refusing, at=lane.world.at, direction="out")
    assert where(lane.world.refusing) == "outside"
    assert not AttendanceMark.objects.exists()


def _today_at(world: World, clock: str) -> datetime:
    return datetime.fromisoformat(f"{world.at.date()}T{clock}+00:00")


# ------------------------------------------------------------ the turnstile


def test_the_turnstile_opens_after_the_commit_and_once(
    lane: Lane, django_capture_on_commit_callbacks: OnCommit, caplog: pytest.LogCaptureFixture
) -> None:
    with django_capture_on_commit_callbacks() as committed:
        lane.passes(lane.world.refusing, at=lane.world.at)
        assert Opening.objects.get().state == Opening.State.ASKED
    (opens,) = committed
    with caplog.at_level(logging.INFO, "gates.turnstiles.simulated"):
        opens()
        opens()
    opening = Opening.objects.get()
    assert (opening.state, opening.opened_at) == (Opening.State.OPENED, lane.world.at)
    assert [record.getMessage() for record in caplog.records] == [f"gate {lane.gate.id} opens, in"]


def test_an_opening_is_asked_for_once_however_often(lane: Lane) -> None:
    lane.passes(lane.world.refusing, at=lane.world.at)
    passage = Passage.objects.get()
    assert [turnstiles.open_for(passage.id) for _ in range(3)] == [True, False, False]


def test_it_opens_for_a_passage_under_two_seconds_old(lane: Lane, frozen: Any) -> None:
    for seconds, opens in ((0, True), (1.999, True), (2, False), (3600, False), (-1, False)):
        passage = Passage.objects.get(capture=lane.passes(lane.world.refusing, at=lane.world.at))
        frozen(later(lane.world.at, seconds))
        assert turnstiles.open_for(passage.id) is opens, seconds
        assert Opening.objects.get(passage=passage).state == ("opened" if opens else "failed")


def test_it_never_opens_for_a_denied_passage_even_if_a_row_asks_for_it(lane: Lane) -> None:
    passages.record(lane.capture(None, frames=0, at=lane.world.at).id, Finding(unknown_card=True), at=lane.world.at)
    denied = Passage.objects.get()
    Opening.objects.create(passage=denied, school=lane.world.school, asked_at=lane.world.at)
    assert denied.outcome == Outcome.DENIED
    assert not turnstiles.open_for(denied.id)


def test_it_never_opens_for_a_passage_that_is_not_there(db: None) -> None:
    assert not turnstiles.open_for(uuid4())


class Stuck:
    """A turnstile that doesn't move."""

    def open(self, gate: Gate, direction: str) -> None:
        raise OSError(f"gate {gate.name} is stuck")


def test_a_turnstile_that_fails_is_on_record_and_is_not_asked_again(
    lane: Lane, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TURNSTILE_DRIVER = f"{__name__}.Stuck"
    turnstiles.driver.cache_clear()
    try:
        lane.passes(lane.world.refusing, at=lane.world.at)
        passage = Passage.objects.get()
        assert not turnstiles.open_for(passage.id)
        assert not turnstiles.open_for(passage.id)
    finally:
        turnstiles.driver.cache_clear()
    assert Opening.objects.get().state == Opening.State.FAILED
    assert len(caplog.records) == 1


# ------------------------------------------------------------ what the database refuses


def test_a_passage_tells_all_of_a_comparison_or_nothing(lane: Lane) -> None:
    capture = lane.capture(None, frames=0, at=lane.world.at)
    right: dict[str, Any] = {
        "school": lane.world.school,
        "gate": lane.gate,
        "capture": capture,
        "direction": "in",
        "outcome": "granted",
        "reason": "match",
        "occurred_at": lane.world.at,
        "recorded_at": lane.world.at,
    }
    told: dict[str, Any] = {"distance": 0.3, "reference": uuid4(), "engine": ENGINE, "threshold_version": "demo"}
    told |= {"threshold": 0.4, "frames": 3}
    for left_out in (*([name] for name in told), ["engine", "threshold_version"]):
        wrong = {name: value for name, value in told.items() if name not in left_out}
        with pytest.raises(IntegrityError, match="passage_says_what_was_compared"), transaction.atomic():
            Passage.objects.create(**right, **wrong)
    Passage.objects.create(**right, **told)


def test_a_capture_of_one_school_can_t_name_a_person_of_another(lane: Lane) -> None:
    stranger = make_school(name="Lowland").refusing.person
    with pytest.raises(IntegrityError, match="capture_person_school"):
        Capture.objects.filter(id=lane.capture(None, at=lane.world.at).id).update(person=stranger)


def test_presence_is_locked_before_anything_is_decided(lane: Lane) -> None:
    """A capture of somebody without a presence row can't be decided: the lock is no courtesy."""
    capture = lane.capture(lane.world.refusing, frames=0, at=lane.world.at)
    Presence.objects.filter(person=lane.world.refusing.person).delete()
    with pytest.raises(Presence.DoesNotExist):
        passages.record(capture.id, Finding(), at=lane.world.at)
    with pytest.raises(Presence.DoesNotExist), transaction.atomic():
        presence.lock(lane.world.refusing.person.id)


# ------------------------------------------------------------ how much it asks


def test_a_student_who_is_let_in_by_face_does_not_wait_for_many_queries(
    lane: Lane, reference: Reference, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pupil, at = lane.world.willing, lane.world.at
    lane.tries(pupil, distance=0.1, at=at)
    pending = lane.capture(pupil, at=later(at, 60))
    finding = Finding(claim=Claim.GOOD, compared=compared(reference.id, 0.1))
    with django_assert_max_num_queries(21):
        assert passages.record(pending.id, finding, at=later(at, 60)).outcome == "granted"
