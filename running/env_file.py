"""The file `.env`: what the operator of this machine has chosen. The real environment goes before it.

It is read by whatever starts something, `make demo`, the Procfile's lines and `manage.py`, and by nothing that they
start: each process is given what it may know. Tests name another file, so that they depend on nobody's choice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from honcho import environ as honcho

from running.places import PROJECT, CannotRunError

VARIABLE = "CAMPUS_ENV_FILE"
"""Names another file than `.env` beside the Makefile."""
HEAD = "# What this machine has chosen. Yours to change: nothing here is ever overwritten.\n"


def path(outer: Mapping[str, str]) -> Path:
    """Return where the file lies, which may not exist."""
    return Path(outer.get(VARIABLE) or PROJECT / ".env")


def read(file: Path) -> dict[str, str]:
    """Return what a file of NAME=value lines says; nothing where there is none."""
    try:
        found: dict[str, str] = honcho.parse(file.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:  # A quotation mark that is never closed; the line may hold a secret.
        raise CannotRunError(f"{file} is not understood: a quotation mark is missing in it") from error
    return found


def add(file: Path, name: str, value: str) -> None:
    """Add a line, readable by the file's user alone where the file is new."""
    before = file.read_text() if file.exists() else HEAD
    before += "" if before.endswith("\n") or not before else "\n"
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as handle:
        os.fchmod(handle.fileno(), mode)  # Whatever the umask takes away: an operator's file stays as it was.
        handle.write(f"{before}{name}={value}\n")
    draft.replace(file)


def take_in() -> None:
    """Let the environment of this process have what the file says and the environment doesn't."""
    for name, value in read(path(os.environ)).items():
        os.environ.setdefault(name, value)
