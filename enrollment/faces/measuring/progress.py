"""A line that says how far a long measurement is."""

from __future__ import annotations

import time
from typing import TextIO

_WIDTH = 30


class Progress:
    """Draws a bar on a terminal; where nobody watches, a line for every tenth of the way."""

    def __init__(self, total: int, what: str, stream: TextIO) -> None:
        self._total, self._what, self._stream = max(total, 1), what, stream
        self._began, self._tenths = time.monotonic(), 0

    def __call__(self, done: int) -> None:
        """Say that so many are done."""
        if self._stream.isatty():
            filled = _WIDTH * done // self._total
            left = (time.monotonic() - self._began) * (self._total - done) / max(done, 1)
            bar = "█" * filled + "·" * (_WIDTH - filled)
            self._stream.write(f"\r{self._what} {bar} {done}/{self._total}, {left:.0f} s left \033[K")
            if done >= self._total:
                self._stream.write("\n")
        elif done * 10 // self._total > self._tenths:
            self._tenths = done * 10 // self._total
            self._stream.write(f"{self._what} {done}/{self._total}\n")
        self._stream.flush()
