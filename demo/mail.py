"""The demo's letterbox: Django writes mail into a folder, and whoever signs in reads the code on the terminal."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CODE = re.compile(r"^[A-Z0-9][A-Z0-9-]{3,15}$", re.MULTILINE)
_BETWEEN_MESSAGES = re.compile(rb"^-{79}\s*$", re.MULTILINE)


class Letterbox:
    """The letters that arrive in a folder from now on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        for _ in self._arrived():
            pass

    def new(self) -> Iterator[str]:
        """Yield one line for each sign-in code that has arrived since the last call."""
        for arrived in self._arrived():
            for letter in _letters(arrived):
                yield from (f"sign-in code for {letter.to}: {code}" for code in _CODE.findall(letter.words))

    def _arrived(self) -> Iterator[bytes]:
        """Yield what has come since the last call, in whole letters.

        A file is not one letter: Django names it by the second and a place in memory, and what it sends next, if that
        comes to lie at the same place in the same second, goes into the same file.
        """
        for file in sorted(self._folder.glob("*.log")):
            arrived = file.read_bytes()[self._read.get(file, 0) :]
            whole = max((end.end() for end in _BETWEEN_MESSAGES.finditer(arrived)), default=0)
            self._read[file] = self._read.get(file, 0) + whole
            yield arrived[:whole]


@dataclass(frozen=True)
class Letter:
    """A letter as its reader sees it."""

    to: str
    subject: str
    words: str


def letters_to(folder: Path, address: str) -> list[Letter]:
    """Return all letters that have come for an address, the oldest first."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
    return [letter for file in files for letter in _letters(file.read_bytes()) if letter.to == address]


def _letters(data: bytes) -> Iterator[Letter]:
    for message in _BETWEEN_MESSAGES.split(data):
        if message.strip():
            letter = email.message_from_bytes(message.lstrip(), policy=email.policy.default)
            body = letter.get_body(("plain",))
            yield Letter(str(letter["To"]), str(letter["Subject"]), body.get_content() if body else "")
