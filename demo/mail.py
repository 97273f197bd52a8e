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
        self._read = set(self._files())

    def new(self) -> Iterator[str]:
        """Yield one line for each sign-in code that has arrived since the last call."""
        for file in self._files():
            if file in self._read:
                continue
            self._read.add(file)
            for letter in _letters(file):
                yield from (f"sign-in code for {letter.to}: {code}" for code in _CODE.findall(letter.words))

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.log"))


@dataclass(frozen=True)
class Letter:
    """A letter as its reader sees it."""

    to: str
    subject: str
    words: str


def letters_to(folder: Path, address: str) -> list[Letter]:
    """Return all letters that have come for an address, the oldest first."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
    return [letter for file in files for letter in _letters(file) if letter.to == address]


def _letters(file: Path) -> Iterator[Letter]:
    for message in _BETWEEN_MESSAGES.split(file.read_bytes()):
        if message.strip():
            letter = email.message_from_bytes(message.lstrip(), policy=email.policy.default)
            body = letter.get_body(("plain",))
            yield Letter(str(letter["To"]), str(letter["Subject"]), body.get_content() if body else "")
