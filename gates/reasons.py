"""Why a gate did not open, in words for the office. What a kiosk says to a student is in `gates.messages`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gates.decision import Reason

WORDS = {
    Reason.NO_MATCH: _("The face did not match the card"),
    Reason.UNKNOWN_CARD: _("A card that is not ours"),
    Reason.CARD_REVOKED: _("A card that has been revoked"),
    Reason.NOT_ON_ROLL: _("Somebody who has left the school"),
}
"""Every reason for which a gate denies; the others send to the card or to the desk."""


def in_words(reason: str) -> str:
    """Return a reason in words; one that is not known is told as it is."""
    return str(WORDS.get(Reason(reason), reason) if reason in set(Reason) else reason)
