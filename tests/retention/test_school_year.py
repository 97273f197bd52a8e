"""A school year, day by day: families withdraw, leave and let consent run out, and nothing is ever kept too long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import ForeignKey
from pytest_django import Settings

from campus import audit, outbox, roster, sweeping
from campus.models import AttendanceMark, AuditEvent, AuditPayload, Person, Register, School, Term, User
from enrollment import consent
from enrollment.models import ConsentEvent, Permit, Receipt, Reference
from enrollment.tasks import end_expired, review
from enrollment.vault.models import DataKey
from gates.models import Capture, Opening, Passage
from tests.drawn import enroll
from tests.gates.lane import Lane, make_lane
from tests.personas import World, make_school

FIRST = datetime(2020, 9, 1, 8, 30, tzinfo=UTC)
"""Long ago, for Postgres' own clock decides what is past."""
WITHDRAWN, LEFT, SIX_MONTHS, YEAR = 20, 40, 183, 365


@dataclass
class Year:
    """A small school on its way through time."""

    world: World
    lane: Lane
    freeze: Callable[[datetime], None]
    late: dict[int, dict[str, int]]

    def at(self, day: int) -> datetime:
        return FIRST + timedelta(days=day)

    def lives(self, day: int) -> None:
        """Let a day pass: the gate in the morning, what the desk does by itself, the sweep in the evening."""
        at = self.at(day)
        self.freeze(at)
        if day % 7 == 0 and day < YEAR:
            for pupil in self.world.pupils.values():
                if Reference.objects.filter(student=pupil.person).exists():
                    self.lane.tries(pupil, distance=0.2, at=at)
                elif Person.objects.filter(id=pupil.person.id, left_on=None).exists():
                    self.lane.passes(pupil, at=at)
        self.sweeps(day)

    def sweeps(self, day: int) -> None:
        if day % 20 == 1:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # As Postgres does by itself, once something is committed.
        evening = self.at(day) + timedelta(hours=12)
        self.freeze(evening)
        review()
        end_expired()
        outbox.settle(at=evening, limit=10_000)
        sweeping.sweep(at=evening)
        late = sweeping.overdue(evening)
        if late:
            self.late[day] = late


@pytest.fixture
def year(db: None, frozen: Callable[[datetime], None], settings: Settings) -> Year:
    settings.CLAIM_KEY = b"c" * 32
    frozen(FIRST)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # Each day is checked at its end, as if it were committed.
    world = make_school(at=FIRST)
    Term.objects.update(ends_on=(FIRST + timedelta(days=YEAR)).date())
    for name in ("willing", "latecomer"):
        enroll(world.pupils[name].person, operator=world.office, at=FIRST)
    return Year(world, make_lane(world), frozen, {})


def test_nothing_is_overdue_on_any_day_of_a_school_year_nor_until_the_last_proof_is_gone(year: Year) -> None:
    """LAW 9, 25, 27, 28, 36."""
    willing, leaver, latecomer = year.world.willing, year.world.refusing, year.world.latecomer
    for day in range(YEAR + 1):
        if day == WITHDRAWN:
            consent.withdraw(student=willing.person, guardian=willing.parent, at=year.at(day))
            assert not Reference.objects.filter(student=willing.person).exists()
        if day == LEFT:
            roster.leave(person=leaver.person, on=year.at(day).date(), by=year.world.office, at=year.at(day))
        year.lives(day)
    assert year.late == {}
    half_a_year_ago = year.at(YEAR - SIX_MONTHS - 1)
    for model, field in ((Passage, "recorded_at"), (Capture, "received_at"), (Opening, "asked_at")):
        assert model.objects.exists()
        assert not model.objects.filter(**{f"{field}__lt": half_a_year_ago}).exists(), model
    assert not AuditPayload.objects.filter(event__at__lt=half_a_year_ago).exists()
    assert AuditEvent.objects.filter(at__lt=half_a_year_ago).count() > 80
    assert not Reference.objects.exists(), "the last consent has run out with the year"
    assert not DataKey.objects.exists()
    _attendance_survives(willing.person, latecomer.person)
    _proof_stays_three_years(year, leaver.person, leaver.parent)
    while audit.seal(10_000):
        pass
    assert list(audit.flaws()) == []


def _attendance_survives(*students: Person) -> None:
    """Every Tuesday is still marked, and no mark leads to a face."""
    for student in students:
        marks = AttendanceMark.objects.filter(student=student)
        assert marks.filter(source="passage").count() > 50
    links = (field for field in AttendanceMark._meta.local_fields if isinstance(field, ForeignKey))
    assert {field.target_field.model for field in links} == {School, Register, Person, User, AttendanceMark}


def _proof_stays_three_years(year: Year, student: Person, parent: User) -> None:
    proof = ConsentEvent.objects.filter(student_id=student.id)
    last = LEFT + 3 * 365
    for day in (*range(YEAR + 1, last, 30), last - 1):
        year.sweeps(day)
        assert proof.exists(), day
    assert Person.objects.get(id=student.id).name == "–"
    assert User.objects.get(id=parent.id).email == ""
    year.sweeps(last + 2)
    assert not proof.exists()
    assert not Receipt.objects.filter(student_id=student.id).exists()
    for day in (last + 32, last + 62):
        year.sweeps(day)
    assert not Person.objects.filter(id=student.id).exists()
    assert not User.objects.filter(id=parent.id, email__gt="").exists()
    assert not Permit.objects.filter(student_id=student.id).exists()
    assert ConsentEvent.objects.filter(student=year.world.willing.person).exists(), "who hasn't left is still known"
    assert year.late == {}
