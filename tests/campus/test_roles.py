"""What each database role may do, tried as that role, with its password."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.db.models import Model
from psycopg2 import extensions
from psycopg2.errors import InsufficientPrivilege
from pytest_django import DjangoDbBlocker

from campus import lineage, roles
from campus.append_only import is_append_only
from campus.processes import DATABASE_ROLES, KEYS_ROLE, ROLE_PASSWORDS
from tests.everything import our_models

APPLICATION = ["campus_web", "campus_matcher", "campus_seal"]
SCHOOL_S = [model for model in our_models() if model._meta.app_label != "vault"]
CIPHERTEXTS = "enrollment_referenceciphertext"
GROWING = [model for model in SCHOOL_S if is_append_only(model)]

Asks = Callable[[str, str], None]


def connect(role: str, password: str) -> extensions.connection:
    """Connect as a role to the database of this test run that the role belongs to."""
    known: dict[str, Any] = connections["keys" if role == KEYS_ROLE else "default"].settings_dict
    return psycopg2.connect(
        host=known["HOST"], port=known["PORT"] or None, dbname=known["NAME"], user=role, password=password
    )


@pytest.fixture(scope="module")
def sessions(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, extensions.connection]]:
    """Set the roles up, twice, and connect as each."""
    with django_db_blocker.unblock():
        assert roles.set_up() == roles.set_up() == list(ROLE_PASSWORDS)
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(closing(connect(role, os.environ[variable])))
            for role, variable in ROLE_PASSWORDS.items()
        }


@pytest.fixture
def may(sessions: dict[str, extensions.connection]) -> Asks:
    """Run a statement as a role and take it back: `may("campus_web", "SELECT 1")`."""

    def run(role: str, statement: str) -> None:
        try:
            with sessions[role].cursor() as cursor:
                cursor.execute(statement)
        finally:
            sessions[role].rollback()

    return run


@pytest.fixture
def may_not(may: Asks) -> Asks:
    """Run a statement as a role and expect Postgres to refuse it for want of a right."""

    def run(role: str, statement: str) -> None:
        with pytest.raises(InsufficientPrivilege):
            may(role, statement)

    return run


def column(model: type[Model]) -> str:
    key = model._meta.pk
    assert key is not None
    return str(key.column)


def change(model: type[Model]) -> str:
    return f'UPDATE "{model._meta.db_table}" SET "{column(model)}" = "{column(model)}" WHERE false'


def delete(model: type[Model]) -> str:
    return f'DELETE FROM "{model._meta.db_table}" WHERE false'


def read(model: type[Model]) -> str:
    return f'SELECT * FROM "{model._meta.db_table}" LIMIT 0'


# ------------------------------------------------------------ getting in


@pytest.mark.parametrize("role", ROLE_PASSWORDS)
@pytest.mark.parametrize("password", ["", "wrong", "campus"])
def test_a_wrong_password_is_refused(sessions: dict[str, extensions.connection], role: str, password: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match=r"password authentication failed|no password supplied"):
        connect(role, password)


def test_every_process_with_a_database_has_a_role_with_a_password() -> None:
    assert set(DATABASE_ROLES.values()) | {KEYS_ROLE} == set(ROLE_PASSWORDS)


@pytest.mark.parametrize("role", ROLE_PASSWORDS)
def test_passwords_are_kept_as_scram_verifiers(sessions: dict[str, extensions.connection], db: None, role: str) -> None:
    alias = "keys" if role == KEYS_ROLE else "default"
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role])
        assert cursor.fetchone()[0].startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize("role", ROLE_PASSWORDS)
def test_no_role_is_powerful(sessions: dict[str, extensions.connection], role: str) -> None:
    with sessions[role].cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole")
        assert cursor.fetchone() == (0,)
    sessions[role].rollback()


# ------------------------------------------------------------ nobody changes the schema


@pytest.mark.parametrize("role", ROLE_PASSWORDS)
def test_nobody_makes_tables_functions_schemas_or_roles(may_not: Asks, role: str) -> None:
    may_not(role, "CREATE TABLE mine (id int)")
    may_not(role, "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    may_not(role, "CREATE SCHEMA mine")
    may_not(role, "CREATE ROLE mine")


@pytest.mark.parametrize("role", APPLICATION)
def test_nobody_switches_a_trigger_off(may_not: Asks, role: str) -> None:
    for model in GROWING:
        may_not(role, f'ALTER TABLE "{model._meta.db_table}" DISABLE TRIGGER ALL')
    may_not(role, "SET session_replication_role = replica")
    may_not(role, "DROP TABLE campus_auditevent")


@pytest.mark.parametrize("role", APPLICATION)
def test_nobody_rewrites_deletes_or_truncates_what_only_grows(may_not: Asks, role: str) -> None:
    for model in GROWING:
        may_not(role, change(model))
        may_not(role, delete(model))
        may_not(role, f'TRUNCATE "{model._meta.db_table}"')


@pytest.mark.parametrize("role", APPLICATION)
def test_nobody_truncates_anything(may_not: Asks, role: str) -> None:
    for model in SCHOOL_S:
        may_not(role, f'TRUNCATE "{model._meta.db_table}"')


# ------------------------------------------------------------ each to its own


def test_the_web_reads_and_writes_what_pages_and_gates_need(may: Asks) -> None:
    for model in SCHOOL_S:
        if model._meta.db_table != CIPHERTEXTS:
            may("campus_web", read(model))
    may("campus_web", "SELECT nextval('campus_role_id_seq')")
    may("campus_web", f'SELECT * FROM "{roles.CACHE_TABLE}" LIMIT 0')
    may("campus_web", "DELETE FROM django_session WHERE false")


def test_the_web_can_t_read_a_ciphertext_and_can_still_destroy_one(may: Asks, may_not: Asks) -> None:
    """LAW 40."""
    for statement in (
        f"SELECT blob FROM {CIPHERTEXTS}",
        f"SELECT * FROM {CIPHERTEXTS}",
        f"COPY {CIPHERTEXTS} TO STDOUT",
        f"DELETE FROM {CIPHERTEXTS} WHERE blob = ''",
        f"DELETE FROM {CIPHERTEXTS} RETURNING blob",
    ):
        may_not("campus_web", statement)
    may("campus_web", f"DELETE FROM {CIPHERTEXTS} WHERE reference_id = gen_random_uuid()")


def test_the_web_can_t_make_or_change_a_reference(may_not: Asks) -> None:
    for table in (CIPHERTEXTS, "enrollment_reference"):
        may_not("campus_web", f"INSERT INTO {table} SELECT * FROM {table} WHERE false")
    may_not("campus_web", f"UPDATE {CIPHERTEXTS} SET blob = ''")
    may_not("campus_web", "UPDATE enrollment_reference SET student_id = gen_random_uuid()")


def test_the_matcher_answers_for_no_family_and_signs_nobody_in(may_not: Asks) -> None:
    may_not("campus_matcher", "INSERT INTO enrollment_consentevent (kind) VALUES ('given')")
    for table in ("django_session", "account_emailaddress", roles.CACHE_TABLE):
        may_not("campus_matcher", f"SELECT * FROM {table}")


def test_the_desk_finds_look_alikes_and_the_office_says_what_they_are(may: Asks, may_not: Asks) -> None:
    may("campus_matcher", "DELETE FROM enrollment_lookalike")
    may("campus_web", "DELETE FROM enrollment_lookalike")
    may("campus_web", "UPDATE enrollment_lookalike SET word = word")
    may_not("campus_matcher", "UPDATE enrollment_lookalike SET word = word")
    may_not("campus_web", "INSERT INTO enrollment_lookalike DEFAULT VALUES")


def test_the_sweep_says_that_a_renewal_runs_and_no_page_does(may: Asks, may_not: Asks) -> None:
    said = "INSERT INTO enrollment_renewal SELECT * FROM enrollment_renewal WHERE false"
    may("campus_matcher", said)
    may_not("campus_web", said)


@pytest.mark.parametrize("role", ["campus_web", "campus_matcher"])
def test_both_know_whether_the_database_was_restored_and_no_page_may_say_it_was_not(
    may: Asks, may_not: Asks, role: str
) -> None:
    """LAW 26."""
    may(role, str(lineage.elsewhere().query))
    may(role, "INSERT INTO campus_tombstone SELECT * FROM campus_tombstone WHERE false")
    may_not(role, "DELETE FROM campus_tombstone")
    may_not("campus_web", "UPDATE campus_tombstone SET number = 1")
    may_not("campus_web", "UPDATE campus_lineage SET database = ''")
    may_not("campus_web", "INSERT INTO campus_lineage DEFAULT VALUES")


def test_the_matcher_reads_ciphertexts(may: Asks) -> None:
    may("campus_matcher", "SELECT blob FROM enrollment_referenceciphertext")


def test_the_matcher_deletes_ended_sessions_without_reading_them(may: Asks, may_not: Asks) -> None:
    may("campus_matcher", "DELETE FROM django_session WHERE expire_date < now() AND false")
    may_not("campus_matcher", "SELECT session_data FROM django_session")
    may_not("campus_matcher", "DELETE FROM django_session RETURNING session_key")


@pytest.mark.parametrize("role", ["campus_web", "campus_matcher"])
def test_only_listed_tables_lose_rows(may: Asks, may_not: Asks, role: str) -> None:
    for model in SCHOOL_S:
        table = model._meta.db_table
        if table == CIPHERTEXTS:
            continue
        if table in roles.DELETABLE and "DELETE" in roles.NARROWER[role].get(table, "DELETE"):
            may(role, delete(model))
        else:
            may_not(role, delete(model))


def test_every_table_that_may_lose_rows_is_there(db: None) -> None:
    assert set(connection.introspection.table_names()) >= roles.DELETABLE


@pytest.mark.parametrize("role", APPLICATION)
def test_nobody_rewrites_or_empties_what_an_event_says(may_not: Asks, role: str) -> None:
    may_not(role, "UPDATE campus_auditpayload SET body = '{}'")
    may_not(role, "DELETE FROM campus_auditpayload WHERE false")


@pytest.mark.parametrize("role", ["campus_web", "campus_matcher"])
def test_only_the_sealer_seals(may_not: Asks, role: str) -> None:
    may_not(role, "INSERT INTO campus_auditseal VALUES (1, '', '', gen_random_uuid())")


def test_the_sealer_sees_the_audit_log_and_nothing_else(may: Asks, may_not: Asks) -> None:
    for model in SCHOOL_S:
        if model._meta.label in ("campus.AuditEvent", "campus.AuditPayload", "campus.AuditSeal"):
            may("campus_seal", read(model))
        else:
            may_not("campus_seal", read(model))
    may_not("campus_seal", "INSERT INTO campus_auditevent (id) VALUES (gen_random_uuid())")


def test_the_vault_s_role_sees_keys_and_nothing_else(may: Asks, may_not: Asks) -> None:
    """LAW 40."""
    may(KEYS_ROLE, "SELECT * FROM vault_datakey")
    may(KEYS_ROLE, "DELETE FROM vault_datakey WHERE false")
    may_not(KEYS_ROLE, "TRUNCATE vault_datakey")
    for table in ("django_migrations", "pg_authid"):
        may_not(KEYS_ROLE, f"SELECT * FROM {table}")


def test_the_vault_s_role_writes_down_what_is_to_end_with_its_epoch(may: Asks) -> None:
    """LAW 40."""
    may(KEYS_ROLE, "INSERT INTO vault_destruction VALUES (gen_random_uuid(), 1, now())")
    may(KEYS_ROLE, "UPDATE vault_datakey SET wrapped = '' WHERE false")
    may(KEYS_ROLE, "SELECT pg_advisory_xact_lock(1)")


@pytest.mark.parametrize("role", APPLICATION)
def test_no_other_role_gets_into_the_keys_database(sessions: dict[str, extensions.connection], role: str) -> None:
    """LAW 40. With its own password, which the school's database takes."""
    known: dict[str, Any] = connections["keys"].settings_dict
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host=known["HOST"],
            port=known["PORT"] or None,
            dbname=known["NAME"],
            user=role,
            password=os.environ[ROLE_PASSWORDS[role]],
        )


def test_the_vault_s_role_does_not_get_into_the_school_s_database(
    sessions: dict[str, extensions.connection], db: None
) -> None:
    """LAW 40. Who reads keys reads no ciphertext, and the other way round it takes two roles."""
    known: dict[str, Any] = connections["default"].settings_dict
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host=known["HOST"],
            port=known["PORT"] or None,
            dbname=known["NAME"],
            user=KEYS_ROLE,
            password=os.environ[ROLE_PASSWORDS[KEYS_ROLE]],
        )


def test_the_web_writes_an_erasure_and_can_t_say_that_its_key_is_destroyed(may: Asks, may_not: Asks) -> None:
    """LAW 28."""
    may("campus_web", "INSERT INTO enrollment_erasure SELECT * FROM enrollment_erasure WHERE false")
    may_not("campus_web", "UPDATE enrollment_erasure SET key_destroyed_at = now() WHERE false")
    may("campus_matcher", "UPDATE enrollment_erasure SET key_destroyed_at = now() WHERE false")
    may_not("campus_web", "DELETE FROM enrollment_erasure WHERE false")


def test_no_role_of_the_school_s_database_exists_beside_the_keys(
    db: None, sessions: dict[str, extensions.connection]
) -> None:
    with connections["keys"].cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'campus\\_%' AND NOT rolsuper")
        assert [name for (name,) in cursor.fetchall()] == [KEYS_ROLE]


# ------------------------------------------------------------ setting up


def test_a_right_that_was_granted_by_hand_is_taken_back(
    sessions: dict[str, extensions.connection], may: Asks, may_not: Asks, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("GRANT UPDATE, TRUNCATE ON gates_passage TO campus_web")
            cursor.execute("GRANT SELECT (blob) ON enrollment_referenceciphertext TO campus_web")
        may("campus_web", "UPDATE gates_passage SET reason = '' WHERE false")
        roles.set_up()
    may_not("campus_web", "UPDATE gates_passage SET reason = '' WHERE false")
    may_not("campus_web", "SELECT blob FROM enrollment_referenceciphertext")


def test_a_new_password_replaces_the_old_one(
    sessions: dict[str, extensions.connection], django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = os.environ[ROLE_PASSWORDS["campus_seal"]]
    with django_db_blocker.unblock():
        monkeypatch.setenv(ROLE_PASSWORDS["campus_seal"], "another one")
        roles.set_up()
        connect("campus_seal", "another one").close()
        with pytest.raises(psycopg2.OperationalError):
            connect("campus_seal", old)
        monkeypatch.undo()
        roles.set_up()
    connect("campus_seal", old).close()


def test_the_command_says_which_passwords_are_missing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEB_DATABASE_PASSWORD")
    with pytest.raises(CommandError, match="not set: WEB_DATABASE_PASSWORD"):
        call_command("setup_roles")
