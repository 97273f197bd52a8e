"""A kiosk that costs next to nothing, since it runs on the machine that it measures."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from running.places import CannotRunError

EDGE = b"edge-of-a-part"


@dataclass(frozen=True)
class Look:
    """One capture with pictures: how long its kiosk waited, and how long the faces took, in milliseconds."""

    ms: float
    faces_ms: float


@dataclass(frozen=True)
class Visit:
    """One student at a gate: when the last call was sent and answered, in seconds, and whether a face was compared."""

    sent: float
    ended: float
    compared: bool


class Lane:
    """A kiosk with one connection that it keeps, and one student's card."""

    def __init__(self, base_url: str, key: str) -> None:
        self._connection = http.client.HTTPConnection(base_url.removeprefix("http://"), timeout=10)
        self._headers = {
            "Authorization": f"Kiosk {key}",
            "Content-Type": f"multipart/form-data; boundary={EDGE.decode()}",
        }

    def look(self, card: str, frames: Sequence[bytes]) -> Look:
        """Show a card, be told to look, and send the pictures: only the last of these is timed.

        Raises:
            CannotRunError: the student was not asked to look, or not let in.
        """
        asked = self._send({"credential": card}, ())
        if asked.get("outcome") != "look":
            raise CannotRunError(f"a kiosk was not told to look but {_said(asked)}")
        began = time.perf_counter()
        seen = self._send({"claim": asked["claim"]}, frames)
        took = (time.perf_counter() - began) * 1000
        if (seen.get("outcome"), seen.get("reason")) != ("granted", "match"):
            raise CannotRunError(f"an enrolled student was not let in but told {_said(seen)}")
        return Look(took, seen["timings_ms"]["extract"])

    def visit(self, card: str, frames: Sequence[bytes]) -> Visit:
        """Show a card and, if told to look, send the pictures, whatever comes of it."""
        sent = time.perf_counter()
        said = self._send({"credential": card}, ())
        if said.get("outcome") == "look":
            sent = time.perf_counter()
            said = self._send({"claim": said["claim"]}, frames)
        return Visit(sent, time.perf_counter(), said.get("distance") is not None)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _send(self, fields: Mapping[str, str], frames: Sequence[bytes]) -> dict[str, Any]:
        said = {"capture_id": str(uuid4()), "captured_at": datetime.now(UTC).isoformat(), **fields}
        self._connection.request("POST", "/api/v1/captures", body(said, frames), self._headers)
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return answer


def body(fields: Mapping[str, str], frames: Sequence[bytes]) -> bytes:
    """Return a multipart form."""
    parts = [b'form-data; name="%b"\r\n\r\n%b' % (name.encode(), value.encode()) for name, value in fields.items()]
    parts += [
        b'form-data; name="image"; filename="f.jpg"\r\nContent-Type: image/jpeg\r\n\r\n%b' % each for each in frames
    ]
    return b"".join(b"--%b\r\nContent-Disposition: %b\r\n" % (EDGE, part) for part in parts) + b"--%b--\r\n" % EDGE


def _said(answer: Mapping[str, Any]) -> str:
    return f"{answer.get('outcome') or answer.get('error')} ({answer.get('reason') or answer.get('message')})"
