"""What each database role may do: the narrowest set of rights that its processes work with.

Nobody but the owner may change the schema. Append-only tables get SELECT and INSERT; only listed tables
may lose rows; only the matcher reads a ciphertext, and only the vault's role reads a key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

from campus import retention_door
from campus.append_only import is_append_only
from campus.processes import KEYS_ROLE, ROLE_PASSWORDS

CACHE_TABLE: str = settings.CACHES["default"]["LOCATION"]
SIGN_IN_TABLES = ("django_session", "account_emailaddress", "account_emailconfirmation", CACHE_TABLE)
SET_UP_TABLES = ("campus_role", "campus_term", "campus_closure", "campus_registertime")
DELETABLE = {
    *SIGN_IN_TABLES,
    *SET_UP_TABLES,
    "campus_group_teachers",
    "enrollment_reference",
    "enrollment_referenceciphertext",
    "enrollment_lookalike",
}
"""Tables in which a row may end."""
NARROWER: dict[str, dict[str, str]] = {
    # The web process ends references and can neither make nor open one. Nobody but the sealer seals.
    "campus_web": {
        "campus_auditpayload": "SELECT, INSERT",
        "campus_auditseal": "SELECT",
        "enrollment_reference": "SELECT, DELETE",
        "enrollment_referenceciphertext": 'DELETE, SELECT ("reference_id")',
        "enrollment_lookalike": "SELECT, UPDATE, DELETE",
        "enrollment_gallerycheck": "SELECT",
        "enrollment_erasure": "SELECT, INSERT",
        "enrollment_paperscan": "SELECT, INSERT",
        "enrollment_renewal": "SELECT",
        "campus_tombstone": "SELECT, INSERT",
        "campus_lineage": "SELECT",
    },
    # The matcher's processes sign nobody in and answer for no family.
    "campus_matcher": {
        "campus_auditpayload": "SELECT, INSERT",
        "campus_auditseal": "SELECT",
        "campus_signinaddress": "SELECT",
        "campus_lettercode": "",
        "campus_addresschange": "",
        "enrollment_consentevent": "SELECT",
        "enrollment_childanswer": "SELECT",
        **dict.fromkeys(SET_UP_TABLES, "SELECT"),
        "enrollment_paperanswer": "SELECT",
        "enrollment_paperscan": "",
        "enrollment_acceptance": "SELECT",
        **dict.fromkeys(("enrollment_notice", "enrollment_noticedraft"), "SELECT"),
        "enrollment_lookalike": "SELECT, INSERT, DELETE",
        "enrollment_subjectrequest": "SELECT",
        "enrollment_requestmessage": "",
        "enrollment_instrument": "",
        **dict.fromkeys(SIGN_IN_TABLES, ""),
        "django_session": 'DELETE, SELECT ("expire_date")',  # Ended ones are deleted unread.
    },
}
"""Role -> table -> its rights there, where they are fewer than the rule gives."""
SEALER = {"campus_auditevent": "SELECT", "campus_auditpayload": "SELECT", "campus_auditseal": "SELECT, INSERT"}


def set_up() -> list[str]:
    """Make the roles of both clusters, give them their rights and no others, and return their names."""
    done = []
    for role in ROLE_PASSWORDS:
        alias = "keys" if role == KEYS_ROLE else "default"
        with transaction.atomic(using=alias):
            _make(alias, role, os.environ[ROLE_PASSWORDS[role]])
            for statement in _rights(alias, role):
                _run(alias, statement, role)
        done.append(role)
    with transaction.atomic():
        retention_door.install()
    return done


def _rights(alias: str, role: str) -> Iterator[str]:
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
    yield "GRANT CONNECT ON DATABASE {database} TO {role}"
    yield "GRANT USAGE ON SCHEMA public TO {role}"
    if role == "campus_seal":
        for table, rights in SEALER.items():
            yield f'GRANT {rights} ON "{table}" TO {{role}}'
        return
    yield "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table, grows in _tables(alias):
        rights = "SELECT, INSERT" if grows else "SELECT, INSERT, UPDATE"
        if table in DELETABLE or alias == "keys":
            rights += ", DELETE"
        rights = NARROWER.get(role, {}).get(table, rights)
        if rights:
            yield f'GRANT {rights} ON "{table}" TO {{role}}'


def _tables(alias: str) -> Iterator[tuple[str, bool]]:
    """Yield every table of a database and whether it only grows."""
    for model in apps.get_models(include_auto_created=True):
        if (model._meta.app_label == "vault") == (alias == "keys"):
            yield model._meta.db_table, is_append_only(model)
    if alias == "default":
        yield CACHE_TABLE, False


def _make(alias: str, role: str, password: str) -> None:
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        # Only the verifier crosses the wire, so that no log can hold the password.
        verifier = encrypt_password(password, role, connection.connection, "scram-sha-256")
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier)))


def _run(alias: str, statement: str, role: str) -> None:
    connection = connections[alias]
    with connection.cursor() as cursor:
        database = sql.Identifier(str(connection.settings_dict["NAME"]))
        cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role), database=database))
