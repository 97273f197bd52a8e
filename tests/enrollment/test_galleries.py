"""The galleries in memory hold whom they may hold, and nobody else for long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from campus import clock
from campus.models import School, User
from enrollment import assent, consent, galleries, identification, paper
from enrollment.galleries import OURS, keep_tidy
from enrollment.models import GalleryVersion, Permit, Reference, ReferenceCiphertext
from enrollment.search import Search
from enrollment.vault import keys
from tests.drawn import ENGINE, enroll
from tests.galleries import (
    DRAWN,
    LARGEST,
    THRESHOLD,
    is_zero_beyond_use,
    left,
    probe_of,
    rows_like,
    who,
    write_calibration,
)
from tests.personas import AT, Pupil, World, make_school

FACES = {"willing": 7, "latecomer": 8}
PATIENCE = 60.0


@pytest.fixture
def enrolled(world: World, identifying: School) -> World:
    """Two enrolled students of a school that looks for faces."""
    for name, face in FACES.items():
        enroll(world.pupils[name].person, operator=world.office, at=world.at, face=face)
    return world


def found(world: World, face: int, at: datetime = AT) -> list[object]:
    """Return the students that a search finds, the nearest first."""
    return who(OURS.search(world.school, probe_of(face), engine=ENGINE, at=at)[1])


def held(world: World) -> int:
    return OURS.sizes().get(world.school.id, 0)


def withdraw(pupil: Pupil, at: datetime = AT) -> None:
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=at)


# ------------------------------------------------------------ who is found


@pytest.mark.parametrize(("name", "other"), [("willing", "latecomer"), ("latecomer", "willing")])
def test_each_is_found_first_and_the_other_second(enrolled: World, name: str, other: str) -> None:
    students = [enrolled.pupils[each].person.id for each in (name, other)]
    assert found(enrolled, FACES[name]) == students


def test_the_search_says_how_near_and_by_which_numbers(enrolled: World) -> None:
    standing, (best, second) = OURS.search(enrolled.school, probe_of(7), engine=ENGINE, at=AT)
    assert (standing.search, standing.size, standing.threshold, standing.version) == (
        Search.OPEN,
        2,
        THRESHOLD,
        "drawn",
    )
    assert best.distance < THRESHOLD < second.distance
    assert best.reference == Reference.objects.get(student=enrolled.willing.person).id


def test_whoever_is_enrolled_next_is_found_next(enrolled: World) -> None:
    assert found(enrolled, 9)[0] != enrolled.unanswered.person.id
    pupil = enrolled.unanswered
    consent.give(student=pupil.person, guardian=pupil.parent, notice=enrolled.notice, at=AT)
    enroll(pupil.person, operator=enrolled.office, at=AT, face=9)
    assert found(enrolled, 9)[0] == pupil.person.id


@pytest.mark.parametrize("why", [Search.NOT_SHOWN, Search.TOO_LARGE, Search.NOT_CALIBRATED])
def test_where_a_gallery_may_not_be_searched_nothing_is_opened(
    enrolled: World, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: Search
) -> None:
    calibrations = {
        Search.NOT_SHOWN: [DRAWN],
        Search.TOO_LARGE: [write_calibration(tmp_path, largest=1)],
        Search.NOT_CALIBRATED: [],
    }
    found(enrolled, 7)
    assert held(enrolled) == 2
    settings.FACE_CALIBRATIONS = calibrations[why]
    OURS.tidy(AT)
    assert held(enrolled) == 0
    assert not rows_like(enrolled.school, probe_of(7))
    monkeypatch.setattr(keys, "decrypt_many", lambda sealed: pytest.fail("a reference was opened"))
    OURS.tidy(AT)
    standing, candidates = OURS.search(enrolled.school, probe_of(7), engine=ENGINE, at=AT)
    assert (standing.search, candidates) == (why, ())


def test_only_what_is_new_is_opened(enrolled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    decrypt = keys.decrypt_many

    def counted(sealed: dict[UUID, Any]) -> dict[UUID, bytes]:
        opened.append(len(sealed))
        return decrypt(sealed)

    monkeypatch.setattr(keys, "decrypt_many", counted)
    found(enrolled, 7)
    found(enrolled, 7)
    enroll(enrolled.willing.person, operator=enrolled.office, at=AT, face=10)
    found(enrolled, 10)
    assert opened == [2, 1]


def test_a_search_of_an_unchanged_gallery_reads_version_gates_and_notice_and_no_reference(enrolled: World) -> None:
    found(enrolled, 7)
    with CaptureQueriesContext(connection) as asked:
        found(enrolled, 7)
    tables = [query["sql"].partition(' FROM "')[2].partition('"')[0] for query in asked]
    assert tables == ["enrollment_galleryversion", "campus_school", "enrollment_notice"]


# ------------------------------------------------------------ who is not, and is overwritten


def test_whoever_withdrew_is_neither_found_nor_held(enrolled: World) -> None:
    assert found(enrolled, 7)[0] == enrolled.willing.person.id
    withdraw(enrolled.willing)
    assert found(enrolled, 7) == [enrolled.latecomer.person.id]
    assert held(enrolled) == 1
    assert is_zero_beyond_use(enrolled.school)
    assert not rows_like(enrolled.school, probe_of(7))


def refused_on_paper(world: World) -> None:
    pupil = world.willing
    paper.record(student=pupil.person, guardian=pupil.parent, slip=paper.Slip("refused"), by=world.office, at=AT)


def refused_by_the_child(world: World) -> None:
    assent.refuse(student=world.willing.person, by=world.office, at=AT)


@pytest.mark.parametrize("stop", [refused_on_paper, refused_by_the_child])
def test_whoever_may_no_longer_be_compared_is_overwritten_by_tidying_alone(
    enrolled: World, stop: Callable[[World], None]
) -> None:
    OURS.tidy(AT)
    assert held(enrolled) == 2
    stop(enrolled)
    OURS.tidy(AT)
    assert held(enrolled) == 1
    assert not rows_like(enrolled.school, probe_of(7))


def test_a_no_on_paper_that_is_dropped_brings_the_reference_back(enrolled: World, colleague: User) -> None:
    refused_on_paper(enrolled)
    assert found(enrolled, 7) == [enrolled.latecomer.person.id]
    slip = enrolled.willing.person.paper_answers.get()
    paper.drop(paper=slip, by=colleague, at=AT, reason="The slip is of another child.")
    assert found(enrolled, 7)[0] == enrolled.willing.person.id


def test_a_permit_that_runs_out_ends_by_the_clock_alone(enrolled: World) -> None:
    at = Permit.objects.get(student=enrolled.willing.person).compare_until
    later = at + timedelta(days=1)
    Permit.objects.filter(student=enrolled.latecomer.person).update(compare_until=later, expires_at=later)
    assert found(enrolled, 7, at - timedelta(seconds=1))[0] == enrolled.willing.person.id
    number = identification.version_of(enrolled.school)
    assert found(enrolled, 7, at) == [enrolled.latecomer.person.id]
    assert identification.version_of(enrolled.school) == number
    assert not rows_like(enrolled.school, probe_of(7))


def test_a_permit_that_is_prolonged_is_prolonged_in_memory(enrolled: World) -> None:
    found(enrolled, 7)
    at = Permit.objects.get(student=enrolled.willing.person).compare_until
    later = at + timedelta(days=1)
    Permit.objects.filter(student=enrolled.willing.person).update(compare_until=later, expires_at=later)
    assert found(enrolled, 7, at)[0] == enrolled.willing.person.id


def test_whoever_left_is_no_member(enrolled: World) -> None:
    left(enrolled.willing.person, AT.date())
    students = identification.members(enrolled.school, AT).values_list("student", flat=True)
    assert list(students) == [enrolled.latecomer.person.id]


def test_another_school_s_students_are_never_in_it(enrolled: World) -> None:
    other = make_school(name="Lowland")
    enroll(other.willing.person, operator=other.office, at=AT, face=11)
    assert other.willing.person.id not in found(enrolled, 11)
    assert held(enrolled) == 2


def test_a_reference_of_another_engine_is_not_in_it(enrolled: World) -> None:
    Reference.objects.filter(student=enrolled.willing.person).update(engine="older")
    assert found(enrolled, 7) == [enrolled.latecomer.person.id]


def test_a_probe_of_another_engine_finds_nobody(enrolled: World) -> None:
    assert OURS.search(enrolled.school, probe_of(7), engine="older", at=AT)[1] == ()


def test_a_reference_that_does_not_open_is_left_out_and_logged_without_a_name(
    enrolled: World, caplog: pytest.LogCaptureFixture
) -> None:
    reference = Reference.objects.get(student=enrolled.willing.person)
    ReferenceCiphertext.objects.filter(reference=reference).update(blob=b"swapped")
    assert found(enrolled, 7) == [enrolled.latecomer.person.id]
    assert [record.getMessage() for record in caplog.records] == [f"the reference {reference.id} can't be opened"]


# ------------------------------------------------------------ whether it may be searched


def test_it_is_off_unless_the_school_allows_it(world: World, counting_at_once: None, gallery_shown: None) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    assert identification.standing(world.school, AT).search is Search.OFF
    OURS.tidy(AT)
    assert found(world, 7) == []
    assert held(world) == 0


def test_what_a_school_switches_off_is_overwritten(enrolled: World) -> None:
    found(enrolled, 7)
    gallery = OURS._copies[enrolled.school.id].galleries[ENGINE]
    School.objects.filter(id=enrolled.school.id).update(identifies=False)
    OURS.tidy(AT)
    assert held(enrolled) == 0
    assert not gallery._rows.any()


def test_a_gallery_larger_than_was_shown_is_not_searched(enrolled: World, settings: Settings, tmp_path: Path) -> None:
    settings.FACE_CALIBRATIONS = [write_calibration(tmp_path, largest=1)]
    standing, candidates = OURS.search(enrolled.school, probe_of(7), engine=ENGINE, at=AT)
    assert (standing.search, standing.size, standing.largest, candidates) == (Search.TOO_LARGE, 2, 1, ())


def test_a_calibration_that_shows_no_gallery_allows_none(enrolled: World, settings: Settings) -> None:
    settings.FACE_CALIBRATIONS = [Path("enrollment/faces/drawn.toml")]
    assert identification.standing(enrolled.school, AT).search is Search.NOT_SHOWN


def test_an_engine_that_was_never_measured_allows_none(enrolled: World, settings: Settings) -> None:
    settings.FACE_CALIBRATIONS = []
    assert identification.standing(enrolled.school, AT).search is Search.NOT_CALIBRATED


def test_an_empty_gallery_is_not_searched(world: World, identifying: School) -> None:
    standing = identification.standing(world.school, AT)
    assert (standing.search, standing.size, standing.largest) == (Search.EMPTY, 0, LARGEST)


# ------------------------------------------------------------ the version


def test_every_change_of_who_may_be_compared_is_counted_and_nothing_else(enrolled: World) -> None:
    numbers = [identification.version_of(enrolled.school)]
    pupil, at = enrolled.willing, AT + timedelta(minutes=1)
    consent.reconcile(student=pupil.person, at=at)
    numbers.append(identification.version_of(enrolled.school))
    withdraw(pupil, at)
    numbers.append(identification.version_of(enrolled.school))
    consent.give(student=pupil.person, guardian=pupil.parent, notice=enrolled.notice, at=at + timedelta(minutes=1))
    enroll(pupil.person, operator=enrolled.office, at=at + timedelta(minutes=1))
    numbers.append(identification.version_of(enrolled.school))
    assert numbers[0] == numbers[1] < numbers[2] < numbers[3]


def test_one_school_s_changes_are_not_another_s(enrolled: World) -> None:
    other = make_school(name="Lowland")
    before = identification.version_of(other.school)
    withdraw(enrolled.willing)
    assert identification.version_of(other.school) == before


# ------------------------------------------------------------ the thread


def test_a_database_that_can_t_answer_leaves_nothing_in_memory(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(enrolled, 7)
    gallery = OURS._copies[enrolled.school.id].galleries[ENGINE]

    def fail(*args: object) -> int:
        raise DatabaseError

    monkeypatch.setattr(identification, "version_of", fail)
    OURS.tidy(AT)
    assert not OURS.sizes()
    assert not gallery._rows.any()


def test_tidying_goes_on_until_it_is_ended_and_forgets_what_it_can_t_look_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called, twice = [], threading.Event()

    class Failing(galleries.Galleries):
        def tidy(self, at: datetime) -> None:
            called.append("tidy")
            if len(called) >= 4:
                twice.set()
            raise RuntimeError

        def forget(self) -> None:
            called.append("forget")

    monkeypatch.setattr(clock, "now", lambda: AT)
    ended = keep_tidy(Failing(), every=0.001)
    assert twice.wait(PATIENCE)
    ended.set()
    assert called[:4] == ["tidy", "forget", "tidy", "forget"]


@pytest.mark.django_db(transaction=True)
def test_an_idle_process_s_thread_overwrites_who_withdrew(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With real transactions and a thread that has its own connection, as in the worker."""
    settings.FACE_ENGINES, settings.FACE_CALIBRATIONS = "fake", [write_calibration(tmp_path)]
    monkeypatch.setattr(clock, "now", lambda: AT)
    world, mine, tidied = make_school(at=AT), galleries.Galleries(), threading.Condition()
    School.objects.update(identifies=True)
    enroll(world.willing.person, operator=world.office, at=AT)
    tidy = mine.tidy

    def told(at: datetime) -> None:
        tidy(at)
        with tidied:
            tidied.notify_all()

    monkeypatch.setattr(mine, "tidy", told)
    ended = keep_tidy(mine, every=0.02)
    with tidied:
        assert tidied.wait_for(lambda: mine.sizes() == {world.school.id: 1}, PATIENCE)
    block = mine._copies[world.school.id].galleries[ENGINE]._rows
    withdraw(world.willing)
    assert GalleryVersion.objects.get(school=world.school).number
    with tidied:
        assert tidied.wait_for(lambda: mine.sizes() == {world.school.id: 0}, PATIENCE)
    ended.set()
    assert not block.any()
