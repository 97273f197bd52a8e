"""Nothing but the one function deletes: tried as each role, with its password, and as the owner."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection, connections, transaction
from psycopg2 import extensions
from psycopg2.errors import InsufficientPrivilege
from pytest_django import Settings

from campus import audit, retention, retention_door, roles
from campus.keeping import Then
from campus.models import AuditEvent, Credential, Outbox, Person
from campus.processes import KEYS_ROLE, ROLE_PASSWORDS
from enrollment.models import Permit
from gates.models import Opening, Passage
from tests.everything import fill, fingerprint
from tests.personas import World, make_school

APPLICATION = [role for role in ROLE_PASSWORDS if role != KEYS_ROLE]
DELETED = {duty.model._meta.db_table for duty in retention.duties() if duty.rule.then == Then.DELETE}
ELSEWHERE_TOO = {"account_emailaddress", "account_emailconfirmation"}
"""allauth itself deletes in these while somebody signs in."""
DUTY = {duty.name: duty for duty in retention.duties()}
School = Callable[[int], World]


@pytest.fixture
def sessions(db: None) -> Iterator[dict[str, extensions.connection]]:
    known: dict[str, Any] = connections["default"].settings_dict
    opened = {
        role: psycopg2.connect(
            host=known["HOST"],
            port=known["PORT"] or None,
            dbname=known["NAME"],
            user=role,
            password=os.environ[ROLE_PASSWORDS[role]],
        )
        for role in APPLICATION
    }
    yield opened
    for session in opened.values():
        with closing(session):
            session.rollback()


def run(session: extensions.connection, statement: str, *values: object) -> Any:
    try:
        with session.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone() if cursor.description else None
    finally:
        session.rollback()


@pytest.fixture
def school(db: None, frozen: Callable[[datetime], None], settings: Settings) -> Callable[[int], World]:
    """Make a school with a row of every kind, written so many days ago by Postgres' own clock: `school(1)`."""
    settings.CLAIM_KEY = b"c" * 32

    def make(days: int) -> World:
        then = datetime.combine(datetime.now(UTC) - timedelta(days), time(9, 30), UTC)
        frozen(then)
        world = make_school(at=then)
        fill(world)
        return world

    return make


def test_no_role_deletes_what_the_door_deletes(sessions: dict[str, extensions.connection]) -> None:
    """LAW 27, 35."""
    assert len(DELETED) > 20
    for role, session in sessions.items():
        for table in sorted(DELETED - ELSEWHERE_TOO):
            with pytest.raises(InsufficientPrivilege):
                run(session, f'DELETE FROM "{table}" WHERE false')
        assert role in APPLICATION


def test_only_the_desk_s_role_may_go_through_the_door(sessions: dict[str, extensions.connection]) -> None:
    """LAW 27."""
    now = datetime.now(UTC)
    for role, session in sessions.items():
        for call, values in (
            (f"SELECT {retention_door.END}(%s, %s, 1)", ("gates.Passage.delete", now)),
            (f"SELECT count(*) FROM {retention_door.OVERDUE}(%s)", (now,)),
        ):
            if role == retention_door.CALLER:
                assert run(session, call, *values)[0] >= 0
            else:
                with pytest.raises(InsufficientPrivilege):
                    run(session, call, *values)


def test_the_door_takes_no_table_and_no_condition_from_its_caller(sessions: dict[str, extensions.connection]) -> None:
    """LAW 27: a rule that isn't in the table, or whose rows other code ends, deletes nothing."""
    call = f"SELECT {retention_door.END}(%s, %s, 1)"
    names = ["campus_school", "campus.School.delete", "enrollment.Reference.watch", "'; DELETE FROM campus_person; --"]
    for name in names:
        with pytest.raises(InsufficientPrivilege, match="no retention rule"):
            run(sessions[retention_door.CALLER], call, name, datetime.now(UTC))


def test_no_role_becomes_the_door_s(sessions: dict[str, extensions.connection]) -> None:
    """LAW 27: nobody signs in as it, and nobody of the application may act as it or change it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [retention_door.ROLE]
        )
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [retention_door.ROLE])
        assert cursor.fetchone() == (0,)
    for session in sessions.values():
        for statement in (
            f"SET ROLE {retention_door.ROLE}",
            f"DROP FUNCTION {retention_door.END}(text, timestamptz, int)",
            f"ALTER FUNCTION {retention_door.END}(text, timestamptz, int) SECURITY INVOKER",
        ):
            with pytest.raises(InsufficientPrivilege):
                run(session, statement)


def test_a_caller_can_t_put_a_table_of_its_own_in_the_way(sessions: dict[str, extensions.connection]) -> None:
    """LAW 35: a temporary table named like the log catches no event."""
    session = sessions[retention_door.CALLER]
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig, prosecdef FROM pg_proc WHERE proname = %s", [retention_door.END])
        settings, definer = cursor.fetchone()
    assert definer
    assert "search_path=public, pg_temp" in settings
    with pytest.raises(InsufficientPrivilege):
        run(session, "CREATE FUNCTION public.least(timestamptz, timestamptz) RETURNS int LANGUAGE sql AS 'SELECT 1'")


def test_a_row_younger_than_its_rule_stays_whatever_moment_the_caller_says(school: School) -> None:
    """LAW 27, 36: from a moment that hasn't come, Postgres takes its own clock. Everybody has left, all is over."""
    world = school(1)
    Person.objects.update(left_on=world.at.date())
    Permit.objects.exclude(references__isnull=False).update(live=False, compare=False)
    Credential.objects.update(revoked_at=world.at)
    Outbox.objects.update(status="done", done_at=world.at)
    before = fingerprint()
    for duty in retention.duties():
        if duty.rule.then != Then.WATCH:
            assert retention_door.end(duty, at=datetime(9999, 12, 31, tzinfo=UTC), most=1000) == 0, duty.name
    assert fingerprint() == before


def test_the_owner_is_still_refused_and_the_door_s_role_may_only_delete(school: School) -> None:
    """LAW 35: the triggers of tables that only grow let one role out, with one verb."""
    school(1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("gates_passage", "enrollment_consentevent", "campus_attendancemark"):
        for statement in (
            f'DELETE FROM "{table}"',
            f'UPDATE "{table}" SET school_id = school_id',
            f'TRUNCATE "{table}" CASCADE',
        ):
            refused(statement, "only grows")


def test_what_has_no_rule_can_t_go_even_through_the_door_s_role(school: School) -> None:
    """LAW 35: the log's events and seals, notices and acceptances are beyond it."""
    school(1)
    beyond = {model._meta.db_table for model in retention_door.school_s()} - DELETED
    assert {"campus_auditevent", "campus_auditseal", "enrollment_notice", "enrollment_reference"} <= beyond
    for table in sorted(beyond):
        refused(f'DELETE FROM "{table}"', "permission denied", role=retention_door.ROLE)


def refused(statement: str, why: str, role: str = "") -> None:
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        run_as(role, statement)


def run_as(role: str, statement: str) -> None:
    with connection.cursor() as cursor:
        if role:
            cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(statement)


def test_the_event_stands_or_falls_with_the_rows(school: School) -> None:
    """LAW 35: taken back, neither the deletion nor its event has happened; kept, both have."""
    world = school(400)
    ended = AuditEvent.objects.filter(kind="retention.ended")
    openings = Opening.objects.count()
    with transaction.atomic():
        assert retention_door.end(DUTY["gates.Opening.delete"], at=datetime.now(UTC), most=1000) == openings
        assert ended.get().payload.body == {"rows": openings, "rule": "gates.Opening.delete"}
        transaction.set_rollback(True)
    assert Opening.objects.count() == openings
    assert not ended.exists()
    retention_door.end(DUTY["gates.Opening.delete"], at=datetime.now(UTC), most=1000)
    assert Passage.objects.exists()
    assert ended.get().school == world.school
    audit.seal()
    assert list(audit.flaws()) == []


def test_setting_up_again_leaves_the_door_as_it_was(db: None) -> None:
    roles.set_up()
    retention_door.check()
