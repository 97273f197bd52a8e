"""What the gates tell a class register: who came to a gate, and where a person should look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q

from campus.sightings import Sighting
from gates.decision import Outcome, Reason
from gates.models import Capture, Direction, Passage


def of_students(students: Sequence[UUID], since: datetime, until: datetime) -> dict[UUID, Sighting]:
    """Return who came to a gate to go in, from `since` until before `until`.

    A face that was found without a card tells the register only what the family let it: the mark it made, or nothing.

    Somebody who was refused and then let in by the face is no cause for doubt. Somebody who was let in by a
    card after the face of its holder had not been recognized may be.
    """
    by_card_instead = Q(outcome=Outcome.GRANTED, reason=Reason.CARD_AFTER_NO_MATCH)
    seen = (
        Passage.objects.filter(
            Q(credential__isnull=False) | Q(mark__isnull=False),
            person_id__in=students,
            direction=Direction.IN,
            occurred_at__gte=since,
            occurred_at__lt=until,
        )
        .values("person_id")
        .annotate(at=Max("occurred_at"), doubts=Count("id", filter=by_card_instead))
    )
    return {row["person_id"]: Sighting(at=row["at"], doubtful=row["doubts"] > 0) for row in seen}


def cards_shown(cards: Sequence[UUID]) -> bool:
    """Tell whether a gate has ever been shown one of these cards, whatever came of it."""
    return Capture.objects.filter(credential__in=cards).exists()
