"""Random histories of a family over the database: whatever happens in whatever order, the law's sentences hold.

`HISTORIES` says how many in all; `make test-long` takes 20,000.
"""

from __future__ import annotations

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from enrollment import reviewing
from enrollment.models import ConsentStanding, Purpose
from enrollment.vault import keys
from tests.drawn import enroll
from tests.enrollment.family_facts import other_parent, own_sign_in, publish
from tests.enrollment.history import HISTORIES, History, Step
from tests.personas import World, tell

BEGINNINGS = ["nobody has answered", "enrolled", "enrolled, a second parent", "nearly of age", "no second parent told"]
EACH = -(-int(os.environ.get("HISTORIES", "500")) // len(BEGINNINGS))


@pytest.fixture
def beginning(world: World, request: pytest.FixtureRequest) -> History:
    """A family where a history begins."""
    how = request.param
    keys.make_epoch()
    publish(world, version=1, purpose=Purpose.ATTENDANCE, at=world.at)
    pupil = world.unanswered if how == "nobody has answered" else world.willing
    tell(pupil.person, pupil.parent, at=world.at, purpose=Purpose.ATTENDANCE)
    ben = other_parent(world, pupil.person, told=how != "no second parent told")
    years = 18 if how == "nearly of age" else 9
    born_on = world.at.date().replace(year=world.at.year - years, day=world.at.day + 3)
    ben.email = "ben@families.example"
    ben.save()
    ben.addresses.update(email=ben.email)
    own = own_sign_in(world, pupil.person, born_on=born_on)
    history = History(world, pupil.person, world.at, {"ann": pupil.parent, "ben": ben, "own": own})
    if pupil is world.willing:
        history.said["ann"] = "yes"
    if how.startswith(("enrolled", "nearly")):
        enroll(pupil.person, operator=world.office, at=world.at)
    # The other families of the school would be worked out with this one, at five times the price.
    ConsentStanding.objects.exclude(student=pupil.person)._raw_delete("default")
    reviewing.review(world.at)
    return history


@pytest.mark.parametrize("beginning", BEGINNINGS, indirect=True)
@hypothesis_settings(
    max_examples=EACH, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=HISTORIES)
def test_whatever_happens_the_permit_is_the_rule_and_silence_and_a_no_are_no_consent(
    beginning: History, steps: list[Step]
) -> None:
    """LAW 1, 3, 5, 6, 8, 10, 11."""
    with transaction.atomic():
        history = History(beginning.world, beginning.student, beginning.at, beginning.people, dict(beginning.said))
        for step in steps:
            history.happens(step)
        transaction.set_rollback(True)
