"""Every rule of the gate, as one pure function: facts in, outcome and reason out.

It knows no database, no clock and no camera; `tests/gates/test_decision.py` is its table of cases. Three
promises run through it. The exit is always free. A child whose family said no, or whose face can't be
read, is decided by the card, like everybody else's card. And whatever fails leads to a card or to a person,
never to an open gate and never to a child left standing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from enrollment.search import Search

TRIES_A_VISIT = 3
FAILURES_BEFORE_PAUSE = 5
PAUSE_SECONDS = 30.0
FAILURES_A_DAY = 50


class Outcome(StrEnum):
    """What the kiosk is to do."""

    LOOK = "look"
    GRANTED = "granted"
    DENIED = "denied"
    RETRY = "retry"
    USE_CARD = "use_card"
    DESK = "desk"


class Card(StrEnum):
    """What the card that was shown is worth."""

    NONE = "none"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    LEFT = "left"
    VALID = "valid"


class CardAlone(StrEnum):
    """What a card without a face does at this gate, the same for every student."""

    OPEN = "open"
    PIN = "pin"
    STAFF = "staff"


class Claim(StrEnum):
    """Whether the kiosk was asked for the pictures it sent."""

    NONE = "none"
    GOOD = "good"
    SPENT = "spent"


class Trouble(StrEnum):
    """Why there is no comparison although pictures were asked for."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    NOT_ONE_PERSON = "not_one_person"
    CUT_OFF = "cut_off"
    FACE_TOO_SMALL = "face_too_small"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_AWAY = "turned_away"
    BLURRED = "blurred"
    EYES_NOT_VISIBLE = "eyes_not_visible"
    NOT_LIVE = "not_live"
    UNREADABLE = "unreadable_image"
    TOO_LARGE = "image_too_large"
    TOO_SMALL = "image_too_small"
    READER_RESTARTED = "reader_restarted"
    REFERENCE_OUTDATED = "reference_outdated"
    REFERENCE_UNUSABLE = "reference_unusable"
    CARD_NOT_SENT = "card_not_sent"
    TAMPERED = "tampered"
    BROKER_UNAVAILABLE = "broker_unavailable"
    TIMEOUT = "timeout"


WORTH_ANOTHER_LOOK = frozenset(
    {
        Trouble.NO_FACE,
        Trouble.SEVERAL_FACES,
        Trouble.NOT_ONE_PERSON,
        Trouble.CUT_OFF,
        Trouble.FACE_TOO_SMALL,
        Trouble.TOO_DARK,
        Trouble.TOO_BRIGHT,
        Trouble.TURNED_AWAY,
        Trouble.BLURRED,
        Trouble.EYES_NOT_VISIBLE,
        Trouble.UNREADABLE,
        Trouble.TOO_LARGE,
        Trouble.TOO_SMALL,
        Trouble.READER_RESTARTED,
    }
)
"""What a second look may mend. Not among them is NOT_LIVE: each look would be another chance for a print that nearly
passed, while a student who was taken for one loses nothing by the card."""


class Reason(StrEnum):
    """Why a decision came out as it did, beside the troubles above."""

    EXIT_FREE = "exit_free"
    MATCH = "match"
    NO_MATCH = "no_match"
    CARD = "card"
    CARD_AFTER_NO_MATCH = "card_after_no_match"
    CONSENTED = "consented"
    ASKED = "asked"
    IDENTIFIED = "identified"
    TOO_CLOSE = "too_close"
    NO_CARD = "no_card"
    UNKNOWN_CARD = "unknown_card"
    CARD_REVOKED = "card_revoked"
    NOT_ON_ROLL = "not_on_roll"
    CLAIM_SPENT = "claim_spent"
    TRIES_SPENT = "tries_spent"
    PIN_NEEDED = "pin_needed"
    STAFF_NEEDED = "staff_needed"
    GATE_STUCK = "gate_stuck"


@dataclass(frozen=True)
class Facts:
    """All that a decision rests on, read under the person's lock."""

    card: Card
    card_alone: CardAlone = CardAlone.OPEN
    leaving: bool = False
    """The direction is out."""
    face_declined: bool = False
    claim: Claim = Claim.NONE
    may_compare: bool = False
    """A live permit and a reference that this gate compares exist at this moment."""
    trouble: Trouble | None = None
    distance: float | None = None
    threshold: float | None = None
    told_to_use_card: bool = False
    """This visit has heard "use your card" already."""
    tries: int = 0
    """Captures with pictures of this card in this visit, this one included."""
    failures_in_a_row: int = 0
    seconds_since_failure: float | None = None
    failures_today: int = 0
    no_match_lately: bool = False
    identify: bool = False
    """No card: somebody touched the button. Tries and failures are then the kiosk's, as nobody is known."""
    search: Search = Search.OFF
    searched: bool = False
    """The gallery was searched. `distance` is the nearest student's; none if that one may not be compared any more."""
    lead: float | None = None
    """By how much the nearest student was nearer than the next one; None if there is no other."""
    margin: float = 0.0
    """The smallest lead by which two students can be told apart."""


@dataclass(frozen=True)
class Decision:
    """What becomes of a capture. `another_look` tells that the kiosk may send pictures once more."""

    outcome: Outcome
    reason: str
    another_look: bool = False


def decide(facts: Facts) -> Decision:
    """Return what becomes of one capture."""
    if facts.leaving:
        return Decision(Outcome.GRANTED, Reason.EXIT_FREE)
    if facts.trouble in (Trouble.TIMEOUT, Trouble.BROKER_UNAVAILABLE, Trouble.TAMPERED):
        return Decision(Outcome.USE_CARD, facts.trouble)
    if facts.claim is Claim.SPENT:
        return Decision(Outcome.USE_CARD, Reason.CLAIM_SPENT)
    if facts.identify:
        return _without_a_card(facts)
    if facts.card is not Card.VALID:
        return _without_a_valid_card(facts.card)
    if not facts.may_compare or facts.face_declined:
        return _by_card(facts)
    if _face_path_rests(facts):
        return _by_card(facts)
    if facts.claim is Claim.GOOD:
        return _by_face(facts)
    if facts.told_to_use_card:
        return _by_card(facts)
    if facts.trouble is Trouble.REFERENCE_OUTDATED:
        return Decision(Outcome.USE_CARD, facts.trouble)  # Nobody is asked to look for nothing.
    if facts.tries >= TRIES_A_VISIT:
        return Decision(Outcome.USE_CARD, Reason.TRIES_SPENT)
    return Decision(Outcome.LOOK, Reason.CONSENTED, another_look=True)


def _without_a_valid_card(card: Card) -> Decision:
    return {
        Card.NONE: Decision(Outcome.USE_CARD, Reason.NO_CARD),
        Card.UNKNOWN: Decision(Outcome.DENIED, Reason.UNKNOWN_CARD),
        Card.REVOKED: Decision(Outcome.DENIED, Reason.CARD_REVOKED),
        Card.LEFT: Decision(Outcome.DENIED, Reason.NOT_ON_ROLL),
    }[card]


def _by_face(facts: Facts) -> Decision:
    if facts.tries > TRIES_A_VISIT:
        return Decision(Outcome.USE_CARD, Reason.TRIES_SPENT)
    if facts.distance is None or facts.threshold is None:
        return _without_a_comparison(facts)
    if facts.distance <= facts.threshold:
        return Decision(Outcome.GRANTED, Reason.MATCH)
    return _no_match(facts)


def _without_a_card(facts: Facts) -> Decision:
    """Decide about somebody who touched the button: nobody is named who is not clearly the nearest."""
    if facts.search is not Search.OPEN:
        return Decision(Outcome.USE_CARD, facts.search)
    if _face_path_rests(facts) or facts.tries > TRIES_A_VISIT:
        return Decision(Outcome.USE_CARD, Reason.TRIES_SPENT)
    if facts.claim is not Claim.GOOD:
        if facts.face_declined or facts.tries >= TRIES_A_VISIT:
            return Decision(Outcome.USE_CARD, Reason.TRIES_SPENT)
        return Decision(Outcome.LOOK, Reason.ASKED, another_look=True)
    if facts.trouble is not None or not facts.searched:
        return _without_a_comparison(facts)
    if facts.distance is None or facts.threshold is None or facts.distance > facts.threshold:
        return _no_match(facts)
    if facts.lead is not None and facts.lead < facts.margin:
        return Decision(Outcome.USE_CARD, Reason.TOO_CLOSE)
    return Decision(Outcome.GRANTED, Reason.IDENTIFIED)


def _without_a_comparison(facts: Facts) -> Decision:
    trouble = facts.trouble or Trouble.READER_RESTARTED
    if trouble not in WORTH_ANOTHER_LOOK:
        return Decision(Outcome.USE_CARD, trouble)
    if facts.tries >= TRIES_A_VISIT:
        return Decision(Outcome.USE_CARD, Reason.TRIES_SPENT)
    return Decision(Outcome.RETRY, trouble, another_look=True)


def _no_match(facts: Facts) -> Decision:
    patience = facts.failures_in_a_row + 1 < FAILURES_BEFORE_PAUSE and facts.failures_today + 1 < FAILURES_A_DAY
    return Decision(Outcome.DENIED, Reason.NO_MATCH, another_look=facts.tries < TRIES_A_VISIT and patience)


def _by_card(facts: Facts) -> Decision:
    if facts.card_alone is CardAlone.PIN:
        return Decision(Outcome.DESK, Reason.PIN_NEEDED)
    if facts.card_alone is CardAlone.STAFF:
        return Decision(Outcome.DESK, Reason.STAFF_NEEDED)
    reason = Reason.CARD_AFTER_NO_MATCH if facts.no_match_lately else Reason.CARD
    return Decision(Outcome.GRANTED, reason)


def _face_path_rests(facts: Facts) -> bool:
    """Tell whether too many failures in a row, or in a day, have switched off the face path of this card, or kiosk."""
    if facts.failures_today >= FAILURES_A_DAY:
        return True
    if facts.seconds_since_failure is None or facts.failures_in_a_row < FAILURES_BEFORE_PAUSE:
        return False
    return facts.seconds_since_failure < PAUSE_SECONDS
