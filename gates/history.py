"""What a card went through lately, counted from the rows: tries of this visit, failures in a row and today.

Without a card nobody is known, so the same is counted of the kiosk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from django.db.models import Q

from gates.decision import Outcome, Reason, Trouble
from gates.models import Capture, Direction

VISIT = timedelta(seconds=30)
"""A visit is over when nothing was tried for so long, or when the person was let in."""
LATELY = timedelta(minutes=2)
DAY = timedelta(hours=24)
FAILURES = (Reason.NO_MATCH, Trouble.NOT_LIVE)
"""A face that failed: another person's, or a picture of one. Whoever goes on trying either is stopped."""


@dataclass(frozen=True)
class History:
    """The counts that the decision looks at."""

    tries: int = 0
    told_to_use_card: bool = False
    failures_in_a_row: int = 0
    seconds_since_failure: float | None = None
    failures_today: int = 0
    no_match_lately: bool = False


def of(credential_id: UUID | None, at: datetime) -> History:
    """Return the history of a card up to a moment. The capture in hand, if it has pictures, is among the tries."""
    if credential_id is None:
        return History()
    looked = list(
        Capture.objects.filter(
            credential_id=credential_id, received_at__gt=at - DAY, reason__in=(Reason.MATCH, *FAILURES)
        )
        .order_by("-received_at")
        .values_list("reason", "received_at")
    )
    failed = [when for reason, when in looked if reason in FAILURES]
    in_a_row = len(list(takewhile(lambda entry: entry[0] in FAILURES, looked)))
    tries, told = _visit(credential_id, at)
    return History(
        tries=tries,
        told_to_use_card=told,
        failures_in_a_row=in_a_row,
        seconds_since_failure=(at - failed[0]).total_seconds() if failed else None,
        failures_today=len(failed),
        no_match_lately=in_a_row > 0 and at - failed[0] < LATELY,
    )


def at_kiosk(kiosk_id: UUID, at: datetime) -> History:
    """Return the history of looking for faces without a card at a kiosk, the capture in hand among the tries."""
    compared = list(
        Capture.objects.filter(
            kiosk_id=kiosk_id,
            identify=True,
            received_at__gt=at - DAY,
            reason__in=(Reason.IDENTIFIED, *FAILURES),
        )
        .order_by("-decided_at")
        .values_list("reason", "decided_at")
    )
    failed = [when for reason, when in compared if reason in FAILURES and when is not None]
    return History(
        tries=_tries_at_kiosk(kiosk_id, at),
        failures_in_a_row=len(list(takewhile(lambda entry: entry[0] in FAILURES, compared))),
        seconds_since_failure=(at - failed[0]).total_seconds() if failed else None,
        failures_today=len(failed),
    )


def _tries_at_kiosk(kiosk_id: UUID, at: datetime) -> int:
    """Return the looks without a card since somebody was last let in there, or nobody looked for a visit's time."""
    recent = Capture.objects.filter(kiosk_id=kiosk_id, received_at__gt=at - 10 * VISIT, direction=Direction.IN)
    looked_or_let_in = recent.filter(Q(identify=True, frames__gt=0) | Q(outcome=Outcome.GRANTED))
    tries, later = 0, at
    for capture in looked_or_let_in.order_by("-received_at"):
        if capture.outcome == Outcome.GRANTED or later - capture.received_at > VISIT:
            break
        later = capture.received_at
        tries += 1
    return tries


def _visit(credential_id: UUID, at: datetime) -> tuple[int, bool]:
    """Return this visit's tries, and whether it has been told to use the card.

    Counted back from now, until the card was let in or a pause ends the visit.
    """
    recent = Capture.objects.filter(credential_id=credential_id, received_at__gt=at - 10 * VISIT)
    rows = recent.order_by("-received_at").values_list("outcome", "reason", "direction", "received_at", "frames")
    tries, told, later = 0, False, at
    for outcome, reason, direction, received_at, frames in rows:
        let_in = outcome == Outcome.GRANTED and direction == Direction.IN
        if let_in or later - received_at > VISIT:
            break
        later = received_at
        tries += frames > 0
        # A spent claim asks for the card again, which is another thing than asking for the card alone.
        told |= outcome == Outcome.USE_CARD and reason != Reason.CLAIM_SPENT
    return tries, told
