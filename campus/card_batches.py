"""Cards for a whole class at once, and taking the whole batch back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from campus import audit, calendar, cards, presence, registers, sightings
from campus.cards import Card
from campus.models import CardBatch, Credential, Group, Person, User


@dataclass(frozen=True, repr=False)
class Made:
    """One card of a batch, and whose it is; `repr` shows nothing, so that it can't reach a log."""

    person: Person
    card: Card


@transaction.atomic
def issue(*, group: Group, anew: bool, seen: str, by: User, at: datetime) -> tuple[CardBatch, list[Made]] | None:
    """Make cards for the students of a class: for those without one, or for all `anew`.

    `seen` is the class's latest batch as the page showed it ("" for none): a second click makes no second batch.
    Returns None then, and where nobody needs a card.
    """
    Group.objects.select_for_update().get(id=group.id)
    if seen != latest(group):
        return None
    students = list(_students(group, at, anew=anew))
    if not students:
        return None
    batch = CardBatch.objects.create(school=group.school, group=group, issued_by=by, issued_at=at)
    # Locks are taken in one order everywhere, so that two batches can't wait for each other.
    made = {person.id: cards.issue(person=person, by=by, at=at, batch=batch) for person in sorted(students, key=_id)}
    audit.record(
        "cards.batch_issued", school=group.school, subject=None, actor=by, at=at, batch=str(batch.id), cards=len(made)
    )
    return batch, [Made(person, made[person.id]) for person in students]


class CardsShown(Exception):
    """A card of the batch has been shown at a gate: somebody carries it already."""


@transaction.atomic
def undo(*, batch: CardBatch, by: User, at: datetime) -> int | None:
    """Take back every card of a batch that is still in use, revive those before, and return how many.

    None if it was undone before. Raises `CardsShown` once one of them has been shown at a gate.
    """
    if not CardBatch.objects.filter(id=batch.id, undone_at__isnull=True).update(undone_at=at):
        return None
    made = Credential.objects.filter(batch=batch)
    people = list(Person.objects.filter(credentials__batch=batch).order_by("id"))
    for person in people:
        presence.lock(person.id)
    if sightings.shown(list(made.values_list("id", flat=True))):
        raise CardsShown
    live = list(made.filter(revoked_at__isnull=True).select_related("person", "school").order_by("person_id"))
    for card in live:
        cards.take_back(card=card, by=by, at=at)
    audit.record(
        "cards.batch_undone", school=batch.school, subject=None, actor=by, at=at, batch=str(batch.id), cards=len(live)
    )
    return len(live)


def latest(group: Group) -> str:
    """Return the id of a class's latest batch, or an empty string."""
    batch = CardBatch.objects.filter(group=group).order_by("-issued_at", "-id").values_list("id", flat=True).first()
    return str(batch or "")


def _students(group: Group, at: datetime, *, anew: bool) -> list[Person]:
    day = calendar.local_date(group.school, at)
    on_roll = registers.members(group, day).filter(Q(left_on__isnull=True) | Q(left_on__gt=day))
    if not anew:
        on_roll = on_roll.exclude(Exists(Credential.objects.filter(person=OuterRef("id"), revoked_at__isnull=True)))
    return list(on_roll.select_related("school"))


def _id(person: Person) -> str:
    return str(person.id)
