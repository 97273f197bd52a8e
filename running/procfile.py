"""Lines of the Procfile, run by honcho: started together, watched together, ended together."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from running import leftovers, places

LAST_LINES = 15
PATIENCE = 8.0
"""Seconds that processes have for their own ending before they are killed; honcho itself gives them 5."""


class Honcho:
    """Some lines of the Procfile, run by honcho in a session of its own, where a Ctrl-C doesn't reach them."""

    def __init__(self, name: str, lines: Iterable[str], var: Path, outer: Mapping[str, str]) -> None:
        self.name, self.lines, self.var = name, tuple(lines), var
        # The Procfile says `python`: it is the one that runs this.
        path = f"{Path(sys.executable).parent}{os.pathsep}{outer.get('PATH', os.defpath)}"
        self._outer = {**outer, "PATH": path, "CAMPUS_VAR": str(var)}
        self._process: subprocess.Popen[bytes] | None = None
        self._logged_before: dict[str, int] = {}

    def start(self) -> None:
        """Start the lines; honcho's own words go to a log."""
        port = self._outer.get("PORT") or "8000"
        logs = {line: places.log_file(self.var, line) for line in (self.name, *self.lines)}
        self._logged_before = {line: log.stat().st_size if log.exists() else 0 for line, log in logs.items()}
        start = ["start", "--env", os.devnull, "--procfile", str(places.PROJECT / "Procfile"), "--port", port]
        with open(places.log_file(self.var, self.name), "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "honcho", "--no-colour", *start, *self.lines],
                cwd=places.PROJECT,
                env=self._outer,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        leftovers.record(self.var, self.name, self._process.pid)

    def has_said(self, line: str, words: str) -> bool:
        """Tell whether a line of the Procfile has logged these words since its start."""
        return words in self._said(line)

    def check(self) -> None:
        """Raise with the last words of the line that has ended: honcho then ends all the others."""
        if self._process is None or self._process.poll() is None:
            return
        first = re.search(r"([\w-]+)\.1 stopped \(rc=", self._said(self.name))
        line = first[1] if first else self.name
        last = "\n".join(self._said(line).splitlines()[-LAST_LINES:])
        raise places.CannotRunError(f"{line} has ended: {places.log_file(self.var, line)} says\n{last}")

    def _said(self, line: str) -> str:
        log = places.log_file(self.var, line)
        return log.read_bytes()[self._logged_before.get(line, 0) :].decode(errors="replace") if log.exists() else ""

    def stop(self) -> None:
        """End the lines, each in its own way, and kill what doesn't end in time."""
        if self._process is None:
            return
        mine = [started for started in leftovers.recorded(self.var) if started.name in self.lines]
        for started in mine:
            if started.name in leftovers.POSTGRES:
                started.ask_to_end()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        for started in mine:
            started.kill()
        self._process.kill()
        self._process.wait()
        leftovers.wait_until_gone(mine, seconds=PATIENCE)
        leftovers.recorded(self.var)
        self._process = None
