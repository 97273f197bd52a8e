"""Numbered checks of what this process was given: a wrong setting stops start-up, in words.

campus.E001 broker keeps data · E002 Postgres logs statements · E003 Postgres logs details · E004 both
databases in one cluster · E005 file mail or printed codes in production · E006 a kiosk tells distances in
production · E007 the application owns its tables · E008 drawn figures pass for faces in production · E009 words
that were not compiled · E010 presentation attack detection is required and not there. E011 is told by
`enrollment.model_checks`, what else is told about faces by `enrollment.face_checks` · E015 a restored database that
lacks tombstones, or a tombstone log that was cut or changed. E020 is told by `enrollment.vault.epoch_check`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import redis
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import connections

from campus import broker, catalogues, tombstones
from campus.processes import NEEDS

SILENT_ABOUT_STATEMENTS = {
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length_on_error": "0",
}
"""What Postgres must be set to: a statement holds the row it writes."""
HOW_TO_COMPILE = "python -m campus.catalogues"
KEEPS_THE_LOG = [process for process, needs in NEEDS.items() if "TOMBSTONES_FILE" in needs]
WHAT_ENDED = {"default": "campus_tombstone", "keys": "vault_loghead"}
"""Database -> the table in which it remembers the tombstone log."""
INSECURE_MAIL = ("filebased", "console", "locmem", "dummy")


def mail_reaches_people(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse, in production, a mail backend that leaves sign-in codes in a file or on a terminal."""
    if settings.DEBUG or settings.EMAIL_BACKEND.split(".")[-2] not in INSECURE_MAIL:
        return []
    return [Error(f"EMAIL_BACKEND {settings.EMAIL_BACKEND} shows sign-in codes; use SMTP", id="campus.E005")]


def engine_is_real(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse, in production, the engine that recognizes drawn figures."""
    if settings.DEBUG or "fake" not in (settings.FACE_ENGINES, settings.FACE_ENGINES_BEFORE):
        return []
    return [Error("FACE_ENGINES=fake recognizes drawn figures, not faces; it needs DEBUG=1", id="campus.E008")]


def attacks_are_detected(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to look at faces without the presentation attack detection that is required, and a setting not known."""
    if settings.FACE_PAD not in ("off", "required"):
        return [Error(f"FACE_PAD={settings.FACE_PAD!r} is neither off nor required", id="campus.E010")]
    looks_at_faces = settings.PROCESS in ("extract", "desk")
    if settings.FACE_PAD == "off" or not looks_at_faces or settings.LIVENESS_FILE.is_file():
        return []
    return [
        Error(
            f"FACE_PAD is required and {settings.LIVENESS_FILE.name} is missing; run make models, or set FACE_PAD=off",
            id="campus.E010",
        )
    ]


def words_are_compiled(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to speak English to somebody who chose another language."""
    return [
        Error(f"{source.name} of {source.parent.parent.name} is not compiled; run {HOW_TO_COMPILE}", id="campus.E009")
        for source in catalogues.stale()
    ]


def broker_forgets(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a broker that writes what it carries to disk."""
    if not settings.REDIS_URL:
        return []
    try:
        found = broker.settings_of_server()
    except redis.ResponseError:
        return [Error("the broker doesn't tell whether it keeps its data; allow CONFIG GET", id="campus.E001")]
    except broker.Unavailable:
        return []  # Not a setting: whoever needs the broker says so when it is missing.
    if found["save"] == "" and found["appendonly"] == "no":
        return []
    return [
        Error(
            f"the broker keeps its data: save={found['save']!r}, appendonly={found['appendonly']}",
            hint='Set save "" and appendonly no: sealed probes must not outlive a passage.',
            id="campus.E001",
        )
    ]


def postgres_is_discreet(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a Postgres that would write refused rows into its log."""
    found: list[CheckMessage] = []
    wanted = [(name, value, "campus.E002") for name, value in SILENT_ABOUT_STATEMENTS.items()]
    wanted.append(("log_error_verbosity", "terse", "campus.E003"))
    for alias in kwargs.get("databases") or []:
        for name, value, number in wanted:
            actual = _ask(alias, "SELECT current_setting(%s)", name)
            if actual != value:
                found.append(Error(f"Postgres of {alias!r} has {name}={actual}, not {value}", id=number))
    return found


def keys_live_elsewhere(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse keys in the cluster that holds what they open."""
    if not {"default", "keys"} <= set(kwargs.get("databases") or []):
        return []
    identifiers = {_ask(alias, "SELECT system_identifier FROM pg_control_system()") for alias in ("default", "keys")}
    if len(identifiers) == 2:
        return []
    return [
        Error("the keys database is in the cluster of the main one; give it a cluster of its own", id="campus.E004")
    ]


def application_owns_nothing(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to serve as the owner of the tables: an owner may switch triggers off."""
    if settings.PROCESS == "manage" or "default" not in (kwargs.get("databases") or []):
        return []
    owned = _ask("default", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    powerful = _ask("default", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not owned and not powerful:
        return []
    return [Error(f"{settings.PROCESS} connects as the owner of the tables; run setup_roles", id="campus.E007")]


def what_ended_stays_ended(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to compare faces on a database that was restored, until it knows everything that ended since its dump.

    Only the process that compares is stopped. The desk goes on, since families withdraw there too, and lets nobody be
    compared or enrolled meanwhile (`campus.lineage`); cards open the gates as ever.
    """
    if not {"default", "keys"} <= set(kwargs.get("databases") or []) or settings.PROCESS not in KEEPS_THE_LOG:
        return []
    for alias, table in WHAT_ENDED.items():
        if table not in connections[alias].introspection.table_names():
            return []  # Before the first migration nothing has ended.
    words = tombstones.trouble()
    if not words:
        return []
    return [(Error if settings.PROCESS == "decide" else checks.Warning)(words, id="campus.E015")]


def register_all() -> None:
    """Register the checks with Django, those that ask a database under its tag."""
    checks.register(mail_reaches_people)
    checks.register(engine_is_real)
    checks.register(attacks_are_detected)
    checks.register(words_are_compiled)
    checks.register(broker_forgets, checks.Tags.database)
    for check in (postgres_is_discreet, keys_live_elsewhere, application_owns_nothing, what_ended_stays_ended):
        checks.register(check, checks.Tags.database)


def refuse_misconfiguration() -> None:
    """Run every check and end the process, in words, if one fails. Each process calls it as it starts."""
    # Where there is no database at all, Django puts a dummy.
    databases = [alias for alias, found in settings.DATABASES.items() if not found["ENGINE"].endswith(".dummy")]
    errors = [message for message in checks.run_checks(databases=databases) if message.level >= checks.ERROR]
    if errors:
        sys.exit("\n".join(f"{message.id}: {message.msg}" for message in errors))


def _ask(alias: str, query: str, *params: str) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchone()[0]
