"""Where things lie under `var/`, and the one folder that may have to lie elsewhere: the sockets'."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SOCKET_FOLDER_MAX_BYTES = 85
"""macOS allows a socket's path 103 bytes and Linux 107; Postgres adds `/.s.PGSQL.5432`."""
_PLAIN = re.compile(r"[A-Za-z0-9._/+-]+")


class CannotRunError(Exception):
    """Something about this machine stops the start; the message says what, in words for its user."""


def var_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder that holds everything this installation writes."""
    return Path(environ.get("CAMPUS_VAR") or PROJECT / "var").resolve()


def records(var: Path) -> Path:
    """Return the folder of pid records and locks, made when absent."""
    return _private(var / "run")


def log_file(var: Path, name: str) -> Path:
    """Return the file that a process's output is appended to; its folder is made when absent."""
    return _private(var / "log") / f"{name}.log"


def sockets(var: Path) -> Path:
    """Return the folder of the servers' unix sockets, made when absent.

    It is `var/run`, unless that path is too long for a socket or has characters that a server would
    read as something else. Then it is a folder in the temporary one that nobody else may enter.
    """
    folder = var.resolve() / "run"
    if len(os.fsencode(folder)) <= SOCKET_FOLDER_MAX_BYTES and _PLAIN.fullmatch(str(folder)):
        return _private(folder)
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return _private(Path(tempfile.gettempdir()) / f"campus-gate-{os.getuid()}-{digest}")


def tidy_sockets(var: Path) -> None:
    """Remove the sockets' folder where it lies in the temporary one and nothing is left in it."""
    folder = sockets(var)
    if folder.parent != var.resolve():
        with contextlib.suppress(OSError):
            folder.rmdir()


def _private(folder: Path) -> Path:
    """Make a folder for this user alone, and refuse one that somebody else made or may enter."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CannotRunError(f"{folder} is not a folder of this user; remove it and start again")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder
