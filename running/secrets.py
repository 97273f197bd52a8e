"""The secrets of one installation: made once, kept in `var/secrets.env`, readable by its user alone."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from campus.processes import ROLE_PASSWORDS

KEYS = (
    *("SECRET_KEY", "CARD_KEY", "CARD_PARCEL_KEY", "CLAIM_KEY"),
    *("FRAMES_KEY", "ENROLLMENT_KEY", "PROBE_KEY", "VAULT_ROOT_KEY"),
)
"""32 random bytes each, as URL-safe base64."""
OWNER_VARIABLE = "OWNER_DATABASE_PASSWORD"
"""Holds the password of the databases' owner, in a local cluster."""
NAMES = (*KEYS, OWNER_VARIABLE, *ROLE_PASSWORDS.values())
OPTIONAL = ("VAULT_ROOT_KEY_FILE", "VAULT_ROOT_KEY_NEXT")
"""What nobody makes here: the root key in a file of the operator's, and the one that is to follow."""


def secrets_file(var: Path) -> Path:
    """Return the path of the file, which may not exist yet."""
    return var / "secrets.env"


def vault_epoch_file(var: Path) -> Path:
    """Return the path of the vault's epoch key, which the vault itself makes: outside both databases."""
    return var / "vault" / "epoch.json"


def read(var: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets there are: those of the environment go before those of the file."""
    known = _parse(secrets_file(var))
    known.update({name: environ[name] for name in (*NAMES, *OPTIONAL) if environ.get(name)})
    if "VAULT_ROOT_KEY_FILE" in known:
        known.pop("VAULT_ROOT_KEY", None)
    return known


def ensure(var: Path) -> None:
    """Make the secrets that the file lacks; those it has are never changed.

    The new file takes the old one's place in one step, so a killed run leaves no half of it.
    """
    target = secrets_file(var)
    known = _parse(target)
    if all(name in known for name in NAMES):
        return
    for name in NAMES:
        known.setdefault(name, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in known.items())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def _parse(file: Path) -> dict[str, str]:
    """Return the variables of a file of NAME=value lines; none when there is no file."""
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines)
    return {name: value for name, _, value in pairs if name and value}
