"""The environment each process is started with: its row of `campus.processes.NEEDS` and nothing else that is secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from campus.processes import DATABASE_ROLES, KEYS_ROLE, MAY_HAVE, NEEDS, ROLE_PASSWORDS
from running import postgres, secrets, valkey
from running.places import CannotRunError

NEUTRAL = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"),
    *("DEBUG", "CAMPUS_CLOCK", "CAMPUS_CLOCK_AT", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "BEHIND_PROXY"),
    *("EMAIL_BACKEND", "EMAIL_HOST", "DEFAULT_FROM_EMAIL"),
    *("FACE_ENGINES", "FACE_ENGINES_BEFORE", "FACE_RENEWAL_UNTIL", "FACE_PAD"),
    *("MODELS_DIR", "EXTRACT_MEMORY_MB", "TURNSTILE_DRIVER"),
)
"""What any process may see of the environment outside; none of it is secret."""
ONE_THREAD = {
    # The workers are the parallelism: more threads in each numeric library only get in each other's way.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
SERVER_URLS = {"postgres": "DATABASE_URL", "keys-postgres": "KEYS_DATABASE_URL", "valkey": "REDIS_URL"}
"""Name of a local server's process -> the variable which, when set, says that a real one is used instead."""


def neutral(outer: Mapping[str, str]) -> dict[str, str]:
    """Return the part of an environment that any process may see."""
    return {name: outer[name] for name in NEUTRAL if name in outer}


def local_servers(outer: Mapping[str, str]) -> list[str]:
    """Return which servers have to run here: those for which no URL is given."""
    return [server for server, variable in SERVER_URLS.items() if not outer.get(variable)]


def of_process(process: str, outer: Mapping[str, str], var: Path) -> dict[str, str]:
    """Return the whole environment of a process, given the environment outside and the folder of this installation."""
    known = secrets.read(var, outer)
    environment = neutral(outer)
    environment |= ONE_THREAD | {"CAMPUS_VAR": str(var), "CAMPUS_PROCESS": process, "PYTHONUNBUFFERED": "1"}
    if process == "web":
        environment["PORT"] = outer.get("PORT") or "8000"
    possible = known | _addresses(process, outer, var, known)
    environment |= {name: possible[name] for name in NEEDS[process] | MAY_HAVE[process] if possible.get(name)}
    if process == "manage":
        # `setup_roles` gives the roles their passwords.
        environment |= {name: known[name] for name in ROLE_PASSWORDS.values() if name in known}
    return environment


def _addresses(process: str, outer: Mapping[str, str], var: Path, known: Mapping[str, str]) -> dict[str, str]:
    """Return where a process finds each database, as its own role, the broker, the vault's epoch key and the log."""
    urls = owner_urls(outer, var)
    roles = {"DATABASE_URL": DATABASE_ROLES.get(process), "KEYS_DATABASE_URL": KEYS_ROLE}
    for variable in NEEDS[process] & roles.keys() if process != "manage" else ():
        urls[variable] = _as_role(urls[variable], roles[variable], known)
    epoch_file = outer.get("VAULT_EPOCH_FILE") or str(secrets.vault_epoch_file(var))
    log = outer.get("TOMBSTONES_FILE") or str(Path(epoch_file).with_name("tombstones.jsonl"))
    return urls | {"VAULT_EPOCH_FILE": epoch_file, "TOMBSTONES_FILE": log}


def owner_urls(outer: Mapping[str, str], var: Path) -> dict[str, str]:
    """Return the URLs of the three servers: those given, and the sockets of the local ones, as the databases' owner."""
    known = secrets.read(var, outer)
    local = {
        SERVER_URLS[name]: postgres.owner_url(cluster, known) for name, cluster in postgres.clusters(var).items()
    } | {"REDIS_URL": valkey.url(var)}
    return {variable: outer.get(variable) or url for variable, url in local.items()}


def _as_role(url: str, role: str | None, known: Mapping[str, str]) -> str:
    """Return the URL for a role, with the role's password."""
    variable = ROLE_PASSWORDS.get(role or "")
    if role is None or variable is None or not known.get(variable):
        raise CannotRunError(f"the database role {role} has no password: {variable} is not set")
    return postgres.with_role(url, role, known[variable])
