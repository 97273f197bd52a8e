"""Facts to ask the rule about, without a database: a child with a family for whom everything is in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from enrollment.consent import FAR, Kind
from enrollment.facts import Answer, Facts, Parent, Stop
from enrollment.models import ChildAnswer
from enrollment.policies import load
from tests.personas import AT

DAY = timedelta(days=1)
YEAR = timedelta(days=365)
ANN, BEN, CARER, CHILD = 1, 2, 3, 4
"""Two parents, somebody with care and no responsibility, and the student's own sign-in."""
YES, NO, BACK = Kind.GIVEN, Kind.REFUSED, Kind.WITHDRAWN
Said = tuple[int, str] | Answer
UK = load("uk")


def answer(who: int, kind: str, at: datetime = AT - DAY, **other: Any) -> Answer:
    """Return an answer that counts from when it was given, and for a year."""
    return replace(Answer(who, kind, at, counts_from=at, ends_at=at + YEAR, version=1), **other)


def facts(*answers: Said, **other: Any) -> Facts:
    """Return facts in which all but the answers is in order, but for what is said otherwise."""
    said = (
        one if isinstance(one, Answer) else answer(*one, AT - DAY + number * timedelta(minutes=1))
        for number, one in enumerate(answers)
    )
    told = AT - 30 * DAY
    in_order = Facts(
        answers=tuple(said),
        parents=(Parent(ANN, told, told + 7 * DAY), Parent(BEN, told, told + 7 * DAY)),
        student=CHILD,
        assent=ChildAnswer.Kind.YES,
        assent_ends_at=FAR,
        notice_version=1,
        notice_changed_at=told,
        assessed_until=AT + YEAR,
    )
    return replace(in_order, **other)


def stop(
    cause: str, *, since: datetime = AT - DAY, ends_at: datetime = AT + 9 * DAY, guardian: int | None = None
) -> Stop:
    """Return something that suspends since yesterday."""
    return Stop(cause, since, ends_at, guardian)
