"""What crosses the broker between intake, extract and decide: how it is bound and laid out."""

from __future__ import annotations

import json
import struct
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from gates.models import Capture

LIVES_SECONDS = 10
FRAMES_BYTES = 3 * settings.IMAGE_MAX_BYTES + 1_000
PROBE_BYTES = 4_000
"""The most that an honest parcel of each kind weighs."""


@dataclass(frozen=True)
class Errand:
    """Names one capture on its way. A parcel opens only for the capture, kiosk and expiry it was sealed for."""

    capture: str
    kiosk: str
    expires: str

    @classmethod
    def of(cls, capture: Capture) -> Errand:
        """Return the errand of a capture, from its row."""
        expires = capture.received_at + timedelta(seconds=LIVES_SECONDS)
        return cls(str(capture.id), str(capture.kiosk_id), expires.isoformat())

    @property
    def args(self) -> list[str]:
        """The arguments of the task: ids and a time, nothing else."""
        return [self.capture, self.kiosk, self.expires]

    @property
    def frames(self) -> str:
        """What sealed frames are bound to."""
        return "|".join(["frames", *self.args])

    @property
    def probe(self) -> str:
        """What a sealed probe is bound to."""
        return "|".join(["probe", *self.args])

    @property
    def card(self) -> str:
        """What the sealed key of a card is bound to."""
        return "|".join(["card", *self.args])

    def is_over(self, at: datetime) -> bool:
        """Tell whether the time of this errand is past."""
        return at >= datetime.fromisoformat(self.expires)


@dataclass(frozen=True)
class Extracted:
    """What `extract` tells `decide`: a probe template, or why there is none."""

    trouble: str = ""
    engine: str = ""
    frames: int = 0
    """How many of the capture's frames the template is made of."""
    queue_ms: int = 0
    extract_ms: int = 0
    template: bytes = field(default=b"", repr=False)
    card: bytes = field(default=b"", repr=False)
    """The key of the card that was shown, sealed for `decide`: it is handed on unopened. Empty where none is needed."""

    def parts(self) -> list[bytes]:
        """Return it as the parts of a sealed parcel."""
        said = {key: value for key, value in asdict(self).items() if key not in ("template", "card")}
        return [json.dumps(said).encode(), self.template, self.card]

    @classmethod
    def from_parts(cls, parts: list[bytes]) -> Extracted:
        """Return what a parcel says."""
        said, template, card = parts
        return cls(**json.loads(said), template=template, card=card)


def stamp() -> bytes:
    """Return the time now for a parcel, so that its wait in the queue can be told."""
    return struct.pack(">d", time.time())


def milliseconds_since(stamped: bytes) -> int:
    """Return how many milliseconds ago a stamp was made; 0 where the machines' clocks disagree."""
    sent: float = struct.unpack(">d", stamped)[0]
    return max(0, round((time.time() - sent) * 1000))
