"""The one door through which rows end: two functions in Postgres, made from the retention table.

`campus_retention_end(rule, at, most)` ends rows of one rule and writes the audit event in the same transaction. It
takes neither a table nor a condition from its caller: both are compiled into it, and a moment later than Postgres' own
clock counts as now, so nothing younger than its rule goes, whoever calls. It runs as a role that nobody can sign in
as; that role's name opens the triggers of append-only tables (`campus.append_only`), and only to DELETE.
`campus_retention_overdue(at)` counts what should be gone by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import DateTimeField, Model, sql
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

from campus import append_only, retention
from campus.keeping import Then
from campus.retention import Duty

ROLE = append_only.DOOR
CALLER = "campus_matcher"
"""The role of the desk, which sweeps."""
END, OVERDUE = "campus_retention_end", "campus_retention_overdue"
NEVER_READ = {"enrollment_referenceciphertext": "reference_id"}
"""Of this table the door's role sees one column."""

_END = """
CREATE OR REPLACE FUNCTION {name}(_rule text, _at timestamptz, _most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $door$
DECLARE
    _moment timestamptz := least(_at, now());
    _ended int := 0;
    _of record;
    _body jsonb;
    _salt bytea;
    _event uuid;
    _found jsonb;
BEGIN
    -- Two sweeps at once: the second leaves the rule to the first.
    IF NOT pg_try_advisory_xact_lock(hashtext('campus_retention'), hashtext(_rule)) THEN
        RETURN 0;
    END IF;
    CASE _rule
{branches}
    ELSE
        RAISE EXCEPTION 'no retention rule ends %', _rule USING ERRCODE = 'insufficient_privilege';
    END CASE;
    FOR _of IN SELECT * FROM jsonb_to_recordset(_found) AS found (school uuid, number int) LOOP
        _ended := _ended + _of.number;
        -- The text that `campus.audit` would make of it, so that the digest is the same.
        _body := jsonb_build_object('rows', _of.number, 'rule', _rule);
        _salt := uuid_send(gen_random_uuid());
        _event := gen_random_uuid();
        INSERT INTO campus_auditevent (id, school_id, kind, at, digest) VALUES (
            _event, _of.school, 'retention.ended', _moment,
            sha256(_salt || convert_to(format('{{"rows":%s,"rule":"%s"}}', _of.number, _rule), 'UTF8'))
        );
        INSERT INTO campus_auditpayload (event_id, salt, body) VALUES (_event, _salt, _body);
    END LOOP;
    RETURN _ended;
END
$door$"""
_BRANCH = """    WHEN '{name}' THEN
        WITH gone AS ({statement} WHERE {key} IN ({rows} LIMIT _most) RETURNING {school} AS school),
            counted AS (SELECT school, count(*) AS number FROM gone GROUP BY school)
        SELECT coalesce(jsonb_agg(to_jsonb(counted)), '[]') INTO _found FROM counted;"""
_DELETE = 'DELETE FROM "{table}"'
_COUNT = "SELECT '{name}', count(*) FROM ({rows}) AS late"
_OVERDUE = """
CREATE OR REPLACE FUNCTION {name}(_at timestamptz) RETURNS TABLE (rule text, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $door$
{counts}
$door$"""


class Stale(Exception):
    """The functions in the database are of another retention table than the code's: `setup_roles` must run."""


def end(duty: Duty, *, at: datetime, most: int) -> int:
    """End at most so many rows of a rule, in one transaction with its audit event, and return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT campus_retention_end(%s, %s, %s)", [duty.name, at, most])
        return int(cursor.fetchone()[0])


def overdue(at: datetime) -> dict[str, int]:
    """Return how many rows of each rule should have been gone a day before a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rule, number FROM campus_retention_overdue(%s)", [at])
        return dict(cursor.fetchall())


def check() -> None:
    """Raise `Stale` unless the functions in the database are those of this code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regproc(%s), 'pg_proc')", [END])
        if cursor.fetchone()[0] != _digest():
            raise Stale("run setup_roles: the retention table has changed since it last ran")


def install() -> None:
    """Make the role and both functions anew, as the owner; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
        for statement in (*_rights(), *_functions(), *_handing_over()):
            cursor.execute(statement)


def school_s() -> list[type[Model]]:
    """Return the models of the school's own database."""
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label != "vault"]


@cache
def _functions() -> tuple[str, str]:
    ending = [duty for duty in retention.duties() if duty.rule.then != Then.WATCH]
    counted = [duty for duty in retention.duties() if duty.rule.left is None]
    branches, counts = "\n".join(map(_branch, ending)), "\nUNION ALL\n".join(map(_count, counted))
    return _END.format(name=END, branches=branches), _OVERDUE.format(name=OVERDUE, counts=counts)


def _handing_over() -> Iterator[str]:
    """Give the functions to the role that owns nothing else, and let only the desk call them."""
    yield f"GRANT {ROLE} TO CURRENT_USER"
    yield f"GRANT CREATE ON SCHEMA public TO {ROLE}"
    for signature in (f"{END}(text, timestamptz, int)", f"{OVERDUE}(timestamptz)"):
        yield f"ALTER FUNCTION {signature} OWNER TO {ROLE}"
        yield f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {CALLER}"
    yield f"COMMENT ON FUNCTION {END}(text, timestamptz, int) IS '{_digest()}'"
    yield f"REVOKE CREATE ON SCHEMA public FROM {ROLE}"


def _rights() -> Iterator[str]:
    """Let the door's role see what names a row, and do to each table what its rules say."""
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}"
    yield f"GRANT USAGE ON SCHEMA public TO {ROLE}"
    for model in school_s():
        table = model._meta.db_table
        columns = f' ("{NEVER_READ[table]}")' if table in NEVER_READ else ""
        yield f'GRANT SELECT{columns} ON "{table}" TO {ROLE}'
    for duty in retention.duties():
        table = duty.model._meta.db_table
        if duty.rule.then == Then.DELETE:
            yield f'GRANT DELETE ON "{table}" TO {ROLE}'
        if duty.rule.then == Then.BLANK:
            emptied = [field for field in duty.model._meta.local_fields if field.name in duty.rule.blank]
            columns = ", ".join(f'"{field.column}"' for field in emptied)
            yield f'GRANT UPDATE ({columns}) ON "{table}" TO {ROLE}'
    for table in ("campus_auditevent", "campus_auditpayload"):
        yield f'GRANT INSERT ON "{table}" TO {ROLE}'


def _branch(duty: Duty) -> str:
    own = {field.name: field.column for field in duty.model._meta.local_fields}
    table, key = duty.model._meta.db_table, duty.model._meta.pk.column
    cutoff = RawSQL("(_moment - make_interval(days => %s))", [duty.rule.keep.time.days], DateTimeField())
    return _BRANCH.format(
        name=duty.name,
        statement=_DELETE.format(table=table) if duty.rule.then == Then.DELETE else _blanking(duty),
        key=f'"{table}"."{key}"',
        rows=_literal(duty.due(cutoff).values("pk").query.get_compiler("default")),
        school=f'"{table}"."{own["school"]}"' if "school" in own else "NULL::uuid",
    )


def _blanking(duty: Duty) -> str:
    query = sql.UpdateQuery(duty.model)
    query.add_update_values(dict(duty.rule.blank))
    return _literal(query.get_compiler("default"))


def _count(duty: Duty) -> str:
    days = (duty.rule.keep.time + retention.GRACE).days
    rows = duty.due(RawSQL("(_at - make_interval(days => %s))", [days], DateTimeField())).values("pk")
    return _COUNT.format(name=duty.name, rows=_literal(rows.query.get_compiler("default")))


def _literal(compiler: SQLCompiler) -> str:
    """Return a statement with its values in it, quoted by the driver."""
    with connection.cursor() as cursor:
        text: Any = cursor.mogrify(*compiler.as_sql())
    return str(text.decode())


def _digest() -> str:
    return hashlib.sha256("".join(_functions()).encode()).hexdigest()
