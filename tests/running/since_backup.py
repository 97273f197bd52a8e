"""What happens at a school after its backup was made, and what must still be so after it was put back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from django.contrib.sessions.models import Session

from campus import cards, outbox, people
from campus.celery import TASK_MODULES
from campus.models import Credential, Guardianship, Outbox, User
from enrollment import assent, bonds, consent, opening
from enrollment.models import ChildAnswer, ConsentEvent, Permit, Reference
from gates import kiosks
from gates.models import Kiosk
from tests.drawn import enroll
from tests.gates.lane import Lane
from tests.personas import Pupil, World

for module in TASK_MODULES["desk"]:  # As the worker does: it knows the effects.
    import_module(module)

LATER = timedelta(hours=3)
"""How long after the backup what ended has ended."""


def say_yes(world: World, pupil: Pupil, *, by: User | None = None) -> Reference:
    consent.give(student=pupil.person, guardian=by or pupil.parent, notice=world.notice, at=world.at)
    return enroll(pupil.person, operator=world.office, at=world.at)


def settle(world: World) -> None:
    """Let the desk worker do what is owed: it writes the log, destroys keys and mails."""
    while outbox.settle(at=world.at + LATER):
        pass
    assert not Outbox.objects.filter(status="owed").exists()


def comparable(world: World) -> list[str]:
    """Return whose reference opens for a comparison."""
    now = world.at + LATER
    return [name for name, pupil in world.pupils.items() if opening.open_for_comparison(pupil.person.id, now)]


@dataclass(frozen=True)
class Since:
    """What ended after the backup."""

    aunt: Guardianship
    kiosk: Kiosk
    rekeyed: Kiosk
    old_key: str
    stranger: User
    """A guardian who was named after the backup, and said no."""


def let_end(lane: Lane, rekeyed: Kiosk, old_key: str) -> Since:
    """Let much end after the backup, and the log have it."""
    world, at = lane.world, lane.world.at + LATER
    aunt = Guardianship.objects.get(student=world.refusing.person, guardian=world.teacher)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=at)
    assent.refuse(student=world.unanswered.person, by=world.office, at=at)
    stranger = User.objects.create_user(name="Stranger")
    people.name_guardian(student=world.withdrawn.person, guardian=stranger, at=at)
    consent.refuse(student=world.withdrawn.person, guardian=stranger, notice=None, at=at)
    cards.revoke(person=world.refusing.person, by=world.office, at=at)
    bonds.end_guardianship(bond=aunt, by=world.office, at=at)
    kiosks.revoke(kiosk=lane.kiosk, by=world.office, at=at)
    kiosks.new_key(kiosk=rekeyed, by=world.office, at=at)
    settle(world)
    return Since(aunt, lane.kiosk, rekeyed, old_key, stranger)


def check_that_it_has_ended(world: World, since: Since) -> None:
    at = world.at + LATER
    said = consent.standing_answer(world.willing.person, world.willing.parent)
    assert said is not None
    assert (said.kind, said.at) == (ConsentEvent.Kind.WITHDRAWN, at)
    child = ChildAnswer.objects.filter(student=world.unanswered.person).latest("id")
    assert (child.kind, child.at, child.recorded_by) == ("no", at, world.office)
    objection = ConsentEvent.objects.get(student=world.withdrawn.person, kind=ConsentEvent.Kind.REFUSED)
    assert (objection.guardian_id, objection.at) == (since.stranger.id, at)
    assert people.is_guardian(objection.guardian, world.withdrawn.person)  # Who may lift it.
    assert User.objects.create_user(name="Next").id > since.stranger.id
    for pupil in (world.willing, world.unanswered, world.withdrawn):
        assert not Reference.objects.filter(student=pupil.person).exists()
        assert not Permit.objects.filter(student=pupil.person, live=True).exists()
    assert Credential.objects.get(person=world.refusing.person).revoked_at == at
    assert Guardianship.objects.get(id=since.aunt.id).ended_at == at
    assert Kiosk.objects.get(id=since.kiosk.id).revoked_at == at
    assert kiosks.with_key(since.old_key) is None
    assert not Session.objects.exists()
    assert not Outbox.objects.filter(recipient__isnull=False, status="owed").exists()
