"""The sweep: what has had its time goes, and nothing else; what is late is counted and told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from campus import audit, outbox, retention, retention_door, roster, sweeping, tasks
from campus.keeping import Then
from campus.models import AuditEvent, AuditPayload, Outbox, Person, Role, SignInAddress, User
from enrollment import references, reviewing
from enrollment.models import (
    ConsentEvent,
    Disclosure,
    EnrollmentSession,
    Instrument,
    Notice,
    PaperScan,
    RequestMessage,
    SubjectRequest,
)
from enrollment.vault import keys
from gates.models import Capture, Claim, Opening, Passage
from tests.everything import fill
from tests.personas import World, make_school

THEN = datetime(2020, 3, 4, 9, 30, tzinfo=UTC)
"""Long ago, for Postgres' own clock decides what is past."""
BINDING = keys.Binding(uuid4(), uuid4(), "gate_access", "drawn")
Freeze = Callable[[datetime], None]


def days(number: float) -> datetime:
    return THEN + timedelta(days=number)


def minute(at: datetime) -> None:
    """Let the desk do what it does each minute: destroy what consent doesn't carry any more, and its key."""
    reviewing.review(at)
    references.sweep_orphan_keys(at)


def sweep(number: float, **how: Any) -> dict[str, int]:
    """Sweep on a day on which the desk has done its own work."""
    minute(days(number))
    return sweeping.sweep(at=days(number), **how)


@pytest.fixture
def school(db: None, frozen: Freeze, settings: Settings) -> World:
    """A school with a row of every kind, all written at one moment, years ago."""
    settings.CLAIM_KEY = b"c" * 32
    frozen(THEN)
    world = make_school(at=THEN)
    fill(world)
    return world


def test_nothing_goes_before_its_time(school: World) -> None:
    """LAW 36."""
    assert sweep(29) == {}
    before = AuditPayload.objects.count(), Passage.objects.count()
    assert sweeping.overdue(days(29)) == {}
    assert (AuditPayload.objects.count(), Passage.objects.count()) == before


def test_passages_and_tries_go_after_six_months(school: World) -> None:
    """LAW 36."""
    sweeping.sweep(at=days(182))
    assert Passage.objects.exists()
    ended = sweeping.sweep(at=days(184))
    assert ended["gates.Passage.delete"] == 2
    for model in (Passage, Capture, Claim, Opening):
        assert not model.objects.exists(), model


def test_the_log_is_emptied_after_six_months_and_its_chain_still_holds(school: World) -> None:
    """LAW 27, 35, 36."""
    events = set(AuditEvent.objects.values_list("id", flat=True))
    audit.seal()
    sweeping.sweep(at=days(184))
    assert not AuditPayload.objects.filter(event__in=events).exists()
    assert AuditEvent.objects.filter(id__in=events).count() == len(events)
    audit.seal()
    assert list(audit.flaws()) == []


def test_each_deletion_is_in_the_log_with_its_school_and_number(school: World) -> None:
    """LAW 35: written by Postgres itself, in the transaction that deletes, and part of the chain."""
    sweeping.sweep(at=days(184))
    event = AuditEvent.objects.get(kind="retention.ended", payload__body__rule="gates.Passage.delete")
    assert (event.school, event.payload.body["rows"]) == (school.school, 2)
    audit.seal()
    assert list(audit.flaws()) == []


def test_a_second_sweep_finds_nothing(school: World) -> None:
    assert sweeping.sweep(at=days(400))
    assert sweeping.sweep(at=days(400)) == {}


def test_a_sweep_that_is_stopped_goes_on_the_next_time(school: World) -> None:
    """LAW 27: batches of one row, killed after the first of them."""
    assert sum(sweeping.sweep(at=days(190), batch=1, longest=timedelta(0)).values()) == 1
    assert sweeping.overdue(days(190))
    sweep(190, batch=1)
    assert sweeping.overdue(days(190)) == {}


def test_a_stale_door_is_noticed_before_anything_goes(school: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON FUNCTION {retention_door.END}(text, timestamptz, int) IS 'of another table'")
    with pytest.raises(retention_door.Stale):
        sweeping.sweep(at=days(400))
    assert Passage.objects.exists()


def test_a_name_goes_a_year_after_leaving_and_the_proof_after_three(school: World) -> None:
    """LAW 9, 25: what still names the student finds an id and nobody."""
    pupil = school.willing
    roster.leave(person=pupil.person, on=days(10).date(), by=school.office, at=THEN)
    sweeping.sweep(at=days(370))
    assert Person.objects.get(id=pupil.person.id).name == pupil.person.name
    sweeping.sweep(at=days(377))
    left = Person.objects.get(id=pupil.person.id)
    assert (left.name, left.number, left.known_as, left.email) == ("–", str(left.id), "", "")
    assert not left.guardianships.exists()
    assert ConsentEvent.objects.filter(student=left).exists()
    sweeping.sweep(at=days(10 + 3 * 365 + 2))
    assert not ConsentEvent.objects.filter(student=left).exists()


def test_a_guardian_is_forgotten_a_year_after_the_last_child_left(school: World) -> None:
    """LAW 9."""
    pupil = school.refusing
    address = SignInAddress.objects.get(user=pupil.parent)
    roster.leave(person=pupil.person, on=days(10).date(), by=school.office, at=THEN)
    sweeping.sweep(at=days(370))
    assert User.objects.get(id=pupil.parent.id).email == pupil.parent.email
    sweeping.sweep(at=days(377))
    parent = User.objects.get(id=pupil.parent.id)
    assert (parent.name, parent.email, parent.is_active) == ("", "", False)
    assert not SignInAddress.objects.filter(email=address.email).exists()
    assert User.objects.get(id=school.office.id).name == "Office"


def test_everything_about_a_student_ends_in_the_end(school: World) -> None:
    """LAW 24, 25: the person's row too."""
    pupil = school.refusing
    roster.leave(person=pupil.person, on=days(10).date(), by=school.office, at=THEN)
    for year in range(1, 5):
        sweeping.sweep(at=days(365 * year + 20))
    assert not Person.objects.filter(id=pupil.person.id).exists()
    assert not User.objects.filter(id=pupil.parent.id).exclude(email="").exists()
    assert Person.objects.filter(id=school.unanswered.person.id).exists()


def test_a_scan_goes_with_the_last_that_names_it(school: World) -> None:
    """LAW 24: a slip's with the proof it belongs to, three years after leaving; never left over by itself."""
    roster.leave(person=school.unanswered.person, on=days(10).date(), by=school.office, at=THEN)
    sweeping.sweep(at=days(10 + 3 * 365 - 1))
    assert PaperScan.objects.exists()
    sweeping.sweep(at=days(10 + 3 * 365 + 2))
    assert not PaperScan.objects.exists()


def test_a_request_from_outside_and_its_order_go_six_years_after(school: World) -> None:
    """LAW 37."""
    sweeping.sweep(at=days(6 * 365 - 1))
    assert Disclosure.objects.get().instrument == Instrument.objects.get()
    sweeping.sweep(at=days(6 * 365 + 1))
    assert not Disclosure.objects.exists()
    assert not Instrument.objects.exists()


def test_the_register_remembers_longer_where_the_family_was_told_later(school: World) -> None:
    """LAW 37."""
    Disclosure.objects.update(silent_until=days(20).date(), silent_why="Order 12, paragraph 3")
    sweeping.sweep(at=days(20 + 6 * 365 - 1))
    assert Disclosure.objects.exists()
    sweeping.sweep(at=days(20 + 6 * 365 + 1))
    assert not Disclosure.objects.exists()


def test_what_a_family_asked_goes_three_years_after_it_was_closed(school: World) -> None:
    """LAW 32: or three years after leaving, if nobody ever closed it."""
    sweeping.sweep(at=days(4 * 365))
    assert SubjectRequest.objects.get().is_open
    SubjectRequest.objects.update(status="closed", outcome="done", closed_at=days(40))
    sweeping.sweep(at=days(40 + 3 * 365 - 1))
    assert RequestMessage.objects.exists()
    sweeping.sweep(at=days(40 + 3 * 365 + 1))
    assert not RequestMessage.objects.exists()
    assert not SubjectRequest.objects.exists()


def test_a_notice_stays_while_an_answer_names_it(school: World) -> None:
    """LAW 9, 29."""
    sweeping.sweep(at=days(1500))
    assert Notice.objects.filter(id=school.notice.id).exists()


def test_a_row_that_another_one_names_waits_for_it(school: World) -> None:
    """A sitting ends after a year, but not while what the student said in it is kept."""
    sweeping.sweep(at=days(400))
    assert EnrollmentSession.objects.filter(answers__isnull=False).exists()
    assert "enrollment.EnrollmentSession.delete" not in sweeping.overdue(days(400))


# ------------------------------------------------------------ overdue


def test_what_is_late_by_more_than_a_day_is_overdue(school: World) -> None:
    """LAW 27."""
    assert "gates.Passage.delete" not in sweeping.overdue(days(183.9))
    assert sweeping.overdue(days(184.1))["gates.Opening.delete"] == 2
    sweep(184.1)
    assert sweeping.overdue(days(184.1)) == {}


def test_a_reference_without_consent_and_a_key_without_a_reference_are_overdue(school: World) -> None:
    """LAW 25, 27: what should be gone within a minute is told after a day."""
    references.sweep_orphan_keys(days(1))  # The key of what was destroyed when everything was made.
    late = sweeping.overdue(days(400))
    assert late["enrollment.Reference.watch"] == late["enrollment.ReferenceCiphertext.watch"] == 2
    assert late["enrollment.LookAlike.watch"] == 1
    assert "vault.DataKey.watch" not in late
    keys.encrypt(uuid4(), b"template", binding=BINDING, at=days(400))
    assert "vault.DataKey.watch" not in sweeping.overdue(days(401))
    assert sweeping.overdue(days(401.1))["vault.DataKey.watch"] == 1


def test_the_command_ends_with_an_error_while_something_is_overdue(school: World, frozen: Freeze) -> None:
    """LAW 27: what monitoring reads."""
    frozen(days(190))
    told = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("overdue", "--json", stdout=told)
    assert ended.value.code == 1
    said = json.loads(told.getvalue())
    assert said["overdue"] == sum(said["rules"].values()) > 0
    minute(days(190))
    call_command("sweep", stdout=StringIO())
    told = StringIO()
    call_command("overdue", "--json", stdout=told)
    assert json.loads(told.getvalue())["overdue"] == 0


def test_whoever_answers_for_it_is_told_once_a_day(school: World, frozen: Freeze) -> None:
    """LAW 27."""
    officer = User.objects.get(roles__kind=Role.Kind.PROTECTION_OFFICER)
    frozen(days(190))
    Outbox.objects.all()._raw_delete("default")
    assert sweeping.tell_if_overdue(at=days(190)) == sweeping.tell_if_overdue(at=days(190.1))
    assert Outbox.objects.filter(topic=sweeping.TELL_OVERDUE).count() == 1
    assert outbox.settle(at=days(190)) == 1
    (letter,) = mail.outbox
    assert letter.to == [officer.email]
    assert "gates.Opening.delete" in letter.body
    assert sweeping.tell_if_overdue(at=days(191))
    assert Outbox.objects.filter(topic=sweeping.TELL_OVERDUE, status="owed").count() == 1


def test_the_desk_sweeps_every_day_and_tells_nobody_while_all_is_well(school: World, frozen: Freeze) -> None:
    """LAW 27."""
    frozen(days(184))
    minute(days(184))
    tasks.sweep()
    assert not Passage.objects.exists()
    assert not Outbox.objects.filter(topic=sweeping.TELL_OVERDUE).exists()


def test_every_rule_that_ends_rows_is_in_the_door(school: World) -> None:
    for duty in retention.duties():
        if duty.rule.then != Then.WATCH:
            assert retention_door.end(duty, at=THEN, most=1) == 0
