"""The demo's letterbox: Django writes mail into a folder, and whoever signs in reads the code on the terminal."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
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
            for message in _BETWEEN_MESSAGES.split(file.read_bytes()):
                yield from _codes(message)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.log"))


def _codes(message: bytes) -> Iterator[str]:
    """Yield a line for each code of a message: it stands on a line of its own."""
    if not message.strip():
        return
    letter = email.message_from_bytes(message.lstrip(), policy=email.policy.default)
    body = letter.get_body(("plain",))
    for code in _CODE.findall(body.get_content()) if body else ():
        yield f"sign-in code for {letter['To']}: {code}"
