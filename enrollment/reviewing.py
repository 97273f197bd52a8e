"""Looking at consent again, when the clock, a policy pack or something of the whole school has changed it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from campus import presence
from campus.models import Person, School
from enrollment import consent, policies
from enrollment.models import ConsentStanding, Permit, PolicyInForce

log = logging.getLogger(__name__)

LONGEST = timedelta(seconds=5)
"""Of one review: what must follow a withdrawal waits in the same queue."""


@transaction.atomic
def reconcile_school(*, school: School, at: datetime) -> None:
    """Follow what changed for everybody at a school: compare nothing until the desk has looked at each student again.

    A thousand families take a minute to work through, and somebody is at the gate now. Whoever is being looked at
    while the change is written is looked at to the end first, and then again.
    """
    presence.take_turns(school.id, alone=True)
    Permit.objects.filter(school=school, live=True).update(compare=False)
    ConsentStanding.objects.filter(school=school).update(review_at=at)
    PolicyInForce.objects.update_or_create(school=school, defaults={"policy": policies.of(school).digest, "at": at})


def review(at: datetime) -> None:
    """Reconcile whomever the clock, a changed policy or their school has changed something for.

    What fails for one is told in the log and fails for nobody else.
    """
    for school in School.objects.select_related("policy_in_force").order_by("slug"):
        with _apart("the policy of the school", school.slug):
            if not hasattr(school, "policy_in_force") or school.policy_in_force.policy != policies.of(school).digest:
                reconcile_school(school=school, at=at)
    until = time.monotonic() + LONGEST.total_seconds()
    due = ConsentStanding.objects.filter(review_at__lte=at).order_by("student").values_list("student", flat=True)
    for student in Person.objects.filter(id__in=due).order_by("id"):
        with _apart("the consent of", student.id):
            consent.reconcile(student=student, at=at)
        if time.monotonic() > until:
            return


@contextmanager
def _apart(what: str, whose: object) -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("%s %s can't be worked out", what, whose)
