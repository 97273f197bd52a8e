"""What a kiosk says to a student, in few and plain words: one sentence a reason."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from enrollment.search import Search
from gates.decision import Reason, Trouble

MESSAGES = {
    Reason.EXIT_FREE: _("Goodbye."),
    Reason.MATCH: _("Welcome."),
    Reason.CARD: _("Welcome."),
    Reason.CARD_AFTER_NO_MATCH: _("Welcome."),
    Reason.CONSENTED: _("Please look here."),
    Reason.ASKED: _("Please look here."),
    Reason.IDENTIFIED: _("Welcome."),
    Reason.TOO_CLOSE: _("Please use your card."),
    Reason.NO_MATCH: _("That did not work. Please use your card."),
    Reason.NO_CARD: _("Please show your card."),
    Reason.UNKNOWN_CARD: _("This card is not known here. Please go to the office."),
    Reason.CARD_REVOKED: _("This card is no longer in use. Please go to the office."),
    Reason.NOT_ON_ROLL: _("This card is no longer in use. Please go to the office."),
    Reason.CLAIM_SPENT: _("Please show your card again."),
    Reason.TRIES_SPENT: _("Please use your card."),
    Reason.PIN_NEEDED: _("Please go to the desk."),
    Reason.STAFF_NEEDED: _("Please go to the desk."),
    Reason.GATE_STUCK: _("The gate did not open. Please go to the desk."),
    Trouble.NO_FACE: _("Please come closer and look here."),
    Trouble.SEVERAL_FACES: _("One at a time, please."),
    Trouble.NOT_ONE_PERSON: _("One at a time, please."),
    Trouble.CUT_OFF: _("Please step back a little and look here."),
    Trouble.FACE_TOO_SMALL: _("Please come closer and look here."),
    Trouble.TOO_DARK: _("It is too dark here. Please come closer to the light and look here."),
    Trouble.TOO_BRIGHT: _("The light is too bright. Please turn away from it and look here."),
    Trouble.TURNED_AWAY: _("Please look straight at the camera."),
    Trouble.BLURRED: _("Please stand still and look here."),
    Trouble.EYES_NOT_VISIBLE: _("We can’t see your eyes. Please take off dark glasses and look here."),
    Trouble.NOT_LIVE: _("Please use your card."),
    Trouble.UNREADABLE: _("The picture did not come out. Please look here once more."),
    Trouble.TOO_LARGE: _("The picture was too large. Please look here once more."),
    Trouble.TOO_SMALL: _("The picture was too small. Please look here once more."),
    Trouble.READER_RESTARTED: _("Please look here once more."),
    Trouble.REFERENCE_OUTDATED: _("Please use your card, and ask the office to renew your face."),
    Trouble.REFERENCE_UNUSABLE: _("Please use your card, and ask the office to renew your face."),
    Trouble.CARD_NOT_SENT: _("Please use your card."),
    Trouble.TAMPERED: _("Please use your card."),
    Trouble.BROKER_UNAVAILABLE: _("Please use your card."),
    Trouble.TIMEOUT: _("Please use your card."),
    Search.OFF: _("Please use your card."),
    Search.NOT_CALIBRATED: _("Please use your card."),
    Search.NOT_ACCEPTED: _("Please use your card."),
    Search.NOT_SHOWN: _("Please use your card."),
    Search.TOO_LARGE: _("Please use your card."),
    Search.EMPTY: _("Please use your card."),
}

ONCE_MORE: dict[Reason | Trouble | Search, Any] = {Reason.NO_MATCH: _("That did not work. Please look here once more.")}
"""What is said instead while another look is free."""


def message(reason: str, *, another_look: bool) -> str:
    """Return the sentence for an answer."""
    known = next(kind(reason) for kind in (Reason, Trouble, Search) if reason in set(kind))
    return str(ONCE_MORE.get(known, MESSAGES[known]) if another_look else MESSAGES[known])
