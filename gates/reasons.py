"""Why a gate did not open, in words for the office. What a kiosk says to a student is in `gates.messages`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from enrollment.search import Search
from gates.decision import Reason

WORDS = {
    Reason.NO_MATCH: _("The face was not matched"),
    Reason.UNKNOWN_CARD: _("A card that is not ours"),
    Reason.CARD_REVOKED: _("A card that has been revoked"),
    Reason.NOT_ON_ROLL: _("Somebody who has left the school"),
}
"""Every reason for which a gate denies; the others send to the card or to the desk."""


SEARCH = {
    Search.OPEN: _("On: the kiosks offer it."),
    Search.OFF: _("Off. An administrator can switch it on in the set-up of the school."),
    Search.NOT_CALIBRATED: _("Asks for the card: the face reader in use has not been measured."),
    Search.NOT_ACCEPTED: _("Asks for the card: the school has yet to accept what was not shown of its face reader."),
    Search.NOT_SHOWN: _("Asks for the card: no size of gallery was shown to be safe with the face reader in use."),
    Search.TOO_LARGE: _("Asks for the card: more faces are enrolled than was shown to be safe."),
    Search.EMPTY: _("Asks for the card: nobody is enrolled who could be found."),
}
"""Whether kiosks look for a face without a card, and what keeps them from it."""


def in_words(reason: str) -> str:
    """Return a reason in words; one that is not known is told as it is."""
    return str(WORDS.get(Reason(reason), reason) if reason in set(Reason) else reason)
