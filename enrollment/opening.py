"""Opening a reference for one comparison. Who compares needs no picture and no matcher: nothing here has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from campus import sealing
from enrollment.faces import distance
from enrollment.models import ReferenceCiphertext
from enrollment.permits import comparable
from enrollment.vault import keys


@dataclass(frozen=True, repr=False)
class Opened:
    """A reference opened for one comparison. Its `repr` shows nothing."""

    id: UUID
    engine: str
    captures: int
    """How many pictures it was averaged from: its threshold depends on that."""
    template: distance.Template


class Unusable(Exception):
    """A reference stands and doesn't open: its key is gone, it isn't what was stored, or the card is another one."""


class CardNeeded(Exception):
    """A reference is bound to a card, and the card's key didn't come with the pictures."""


def open_for_comparison(
    student_id: UUID, at: datetime, *, card_key: bytes | None = None, only_bound: bool = False
) -> Opened | None:
    """Open the reference of a student who may be compared now; None for anybody else.

    `card_key` is of the card that was shown; `only_bound` is the gate's wish (`permits.standing`). Raises `CardNeeded`
    or `Unusable` if there is one and it doesn't open.
    """
    reference = comparable(student_id, at, only_bound=only_bound)
    if reference is None:
        return None
    ciphertext = ReferenceCiphertext.objects.filter(reference=reference).first()
    if ciphertext is None:
        raise Unusable
    binding = keys.Binding(reference.school_id, student_id, reference.purpose, reference.engine)
    try:
        plain = keys.decrypt(reference.id, bytes(ciphertext.blob), binding=binding, card_key=card_key)
        template = distance.template_from_bytes(plain)
    except keys.CardNeeded as error:
        raise CardNeeded from error
    except (keys.KeyDestroyed, sealing.Tampered, distance.MalformedTemplateError) as error:
        raise Unusable from error
    return Opened(reference.id, reference.engine, reference.captures, template)
