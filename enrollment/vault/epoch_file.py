"""The epoch keys: random, wrapped by the root key, in one file outside both databases.

The file holds one key, and two while data keys are wrapped anew. It is never edited: a new file takes its place in one
step, and the old one's bytes are overwritten, as far as the disk does that. Nothing that it holds is kept in memory: it
is read for each use, so a process forgets an ended epoch as soon as it has done what it was at.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from campus import sealing

READS = 3
"""How often a file is read that is being replaced at that moment."""


class Changed(Exception):
    """The file isn't any more what was read: somebody else has replaced it."""


@dataclass(frozen=True, repr=False)
class Ring:
    """What the file held when it was read. Its `repr` shows nothing."""

    text: str
    root: bytes
    """The root key that opened it."""
    keys: Mapping[int, bytes]
    """Number of the epoch -> its key."""

    @property
    def newest(self) -> int:
        """The epoch in force."""
        return max(self.keys)

    @property
    def oldest(self) -> int:
        return min(self.keys)


def make() -> Path:
    """Write the file if there is none, with the key of a first epoch. Safe to call twice."""
    path: Path = settings.VAULT_EPOCH_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole and then given its name, so that a crash leaves no half of a key; an existing one stays.
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
        file.write(_text({1: secrets.token_bytes(32)}, settings.VAULT_ROOT_KEY))
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)
    _sync(path.parent)
    return path


def read() -> Ring:
    """Return what the file holds. Raises `sealing.Tampered` if no root key of this process opens it."""
    for _ in range(READS - 1):
        with contextlib.suppress(json.JSONDecodeError):  # Replaced and overwritten between opening and reading it.
            return _read()
    return _read()


def newest() -> int:
    """Return the number of the epoch in force. That takes no root key."""
    return max(_wrapped(settings.VAULT_EPOCH_FILE.read_text()))


def replace(before: Ring, keys: Mapping[int, bytes], *, root: bytes | None = None) -> None:
    """Put a file with these keys in the place of the one that was read, and overwrite that one.

    They are wrapped by the root key that opened it, or by another. Raises `Changed` if the file isn't that one now.
    """
    path: Path = settings.VAULT_EPOCH_FILE
    with _alone(path.parent), path.open("r+b") as old:
        if old.read().decode() != before.text:
            raise Changed
        # Always the same name: what a killed process left of it is overwritten by the one that takes up its work.
        draft = path.with_name(f"{path.name}.new")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(_text(keys, root or before.root))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)
        size = old.seek(0, os.SEEK_END)
        old.seek(0)
        old.write(bytes(size))
        old.flush()
        os.fsync(old.fileno())


def _read() -> Ring:
    text = settings.VAULT_EPOCH_FILE.read_text()
    wrapped = _wrapped(text)
    *others, last = [root for root in (settings.VAULT_ROOT_KEY, settings.VAULT_ROOT_KEY_NEXT) if root]
    for root in others:
        with contextlib.suppress(sealing.Tampered):
            return Ring(text, root, _unwrapped(wrapped, root))
    return Ring(text, last, _unwrapped(wrapped, last))


def _wrapped(text: str) -> dict[int, bytes]:
    epochs = json.loads(text)["epochs"]
    if not epochs:
        raise ValueError("an epoch file without an epoch")
    return {int(number): base64.b64decode(wrapped) for number, wrapped in epochs.items()}


def _unwrapped(wrapped: Mapping[int, bytes], root: bytes) -> dict[int, bytes]:
    return {number: sealing.unseal(root, data, bound_to=f"epoch|{number}")[0] for number, data in wrapped.items()}


def _text(keys: Mapping[int, bytes], root: bytes) -> str:
    wrapped = {number: sealing.seal(root, [key], bound_to=f"epoch|{number}") for number, key in keys.items()}
    return json.dumps({"epochs": {str(number): base64.b64encode(data).decode() for number, data in wrapped.items()}})


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else replace the file meanwhile, whatever becomes of a connection to the keys database."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
