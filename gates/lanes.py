"""Gates, as the office sets them up: their names, and what a card without a face does there."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from campus import audit
from campus.models import School, User
from gates.decision import CardAlone
from gates.models import Gate


class NameTaken(Exception):
    """Another gate of the school has this name."""


def build(*, school: School, name: str, card_alone: CardAlone, by: User, at: datetime) -> Gate:
    """Add a gate to a school."""
    try:
        with transaction.atomic():
            gate = Gate.objects.create(school=school, name=name, card_alone=card_alone)
            audit.record(
                "gate.built", school=school, subject=None, actor=by, at=at, gate=str(gate.id), card_alone=card_alone
            )
    except IntegrityError as error:
        raise NameTaken from error
    return gate


@transaction.atomic
def set_card_alone(*, gate: Gate, card_alone: CardAlone, by: User, at: datetime) -> bool:
    """Change what a card alone does at a gate, for every student alike; tell whether that is a change."""
    if not Gate.objects.filter(id=gate.id).exclude(card_alone=card_alone).update(card_alone=card_alone):
        return False
    audit.record(
        "gate.card_alone", school=gate.school, subject=None, actor=by, at=at, gate=str(gate.id), card_alone=card_alone
    )
    return True
