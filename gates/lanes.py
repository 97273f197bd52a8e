"""Gates, as the office sets them up: their names, what a card alone does there, and which faces are compared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from campus import audit
from campus.models import School, User
from gates.decision import CardAlone
from gates.models import Gate


@dataclass(frozen=True)
class Rules:
    """What holds at a gate, the same for every student."""

    card_alone: CardAlone
    card_bound: bool = False
    """Faces are compared only with references that open with the student's own card (`enrollment.card_bound`)."""


class NameTaken(Exception):
    """Another gate of the school has this name."""


def build(*, school: School, name: str, rules: Rules, by: User, at: datetime) -> Gate:
    """Add a gate to a school."""
    try:
        with transaction.atomic():
            gate = Gate.objects.create(school=school, name=name, **asdict(rules))
            _record("gate.built", gate, rules, by, at)
    except IntegrityError as error:
        raise NameTaken from error
    return gate


@transaction.atomic
def change(*, gate: Gate, rules: Rules, by: User, at: datetime) -> bool:
    """Change the rules of a gate, for every student alike; tell whether that is a change."""
    values = asdict(rules)
    if not Gate.objects.filter(id=gate.id).exclude(**values).update(**values):
        return False
    _record("gate.changed", gate, rules, by, at)
    return True


def _record(kind: str, gate: Gate, rules: Rules, by: User, at: datetime) -> None:
    audit.record(kind, school=gate.school, subject=None, actor=by, at=at, gate=str(gate.id), **asdict(rules))
