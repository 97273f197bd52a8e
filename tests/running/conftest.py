"""A school with enrolled faces whose databases are backed up and put back."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from campus import cards, replaying
from tests.drawn import enroll
from tests.gates.lane import Lane, make_lane
from tests.personas import World
from tests.restoring import Installation
from tests.running.since_backup import say_yes, settle


@pytest.fixture
def lane(installation: Installation, world: World) -> Lane:
    """A school of which three faces are enrolled, with a gate, where somebody is signed in."""
    for pupil in (world.willing, world.latecomer):
        enroll(pupil.person, operator=world.office, at=world.at)
    say_yes(world, world.unanswered)
    cards.revoke(person=world.withdrawn.person, by=world.office, at=world.at)  # Known to every backup.
    Client().force_login(world.office)
    settle(world)
    mail.outbox.clear()
    replaying.replay(world.at)  # As every start does.
    return make_lane(world)
