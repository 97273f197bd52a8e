"""Why a gate did or did not open, in words for the office and for families.

What a kiosk says to a student is in `gates.messages`.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from enrollment.search import Search
from gates.decision import Reason
from gates.messages import message

WORDS = {
    Reason.NO_MATCH: _("The face was not matched"),
    Reason.UNKNOWN_CARD: _("A card that is not ours"),
    Reason.CARD_REVOKED: _("A card that has been revoked"),
    Reason.NOT_ON_ROLL: _("Somebody who has left the school"),
}
"""Every reason for which a gate denies; the others send to the card or to the desk."""


SEARCH = {
    Search.OPEN: _("On: the kiosks offer it."),
    Search.OFF: _(
        "Off. An administrator can switch it on in the set-up of the school, unless its law forbids it or a gate "
        "compares only faces locked by the card."
    ),
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


DIRECTIONS = {"in": _("Came in"), "out": _("Went out")}
"""Direction of a passage -> what somebody did."""

WAYS = {
    Reason.MATCH: _("card and face"),
    Reason.IDENTIFIED: _("face"),
    Reason.CARD: _("card"),
    Reason.CARD_AFTER_NO_MATCH: _("card; the face was not recognised before"),
    Reason.EXIT_FREE: _("the way out is always free"),
}
"""How somebody was let through, as the family reads it."""


def for_family(reason: str) -> str:
    """Return a reason as the family reads it: how the gate was opened, why it was not, or what the screen said."""
    known = Reason(reason) if reason in set(Reason) else None
    words = (WAYS.get(known) or WORDS.get(known)) if known else None
    return str(words) if words else message(reason, another_look=False)
