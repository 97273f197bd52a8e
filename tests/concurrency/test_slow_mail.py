"""A mail server that is slow keeps nobody waiting at the gate."""

from __future__ import annotations

import pytest
from django.db import transaction

from campus import clock, mail, people
from campus.models import Presence, User
from enrollment import notifications
from enrollment.models import Notification
from tests.concurrency.conftest import Hall, settle
from tests.concurrency.meeting import Callers, pause_before, result


def test_no_child_is_locked_while_a_notice_is_being_mailed(
    hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LAW 2, 25: nor does a withdrawal wait for the mail server."""
    student = hall.world.willing.person
    parent = User.objects.create_user(name="New Parent", email="new@families.example")
    people.name_guardian(student=student, guardian=parent, at=clock.now())
    notifications.owe_mails(hall.world.school, clock.now(), student=student)
    sending = pause_before(monkeypatch, mail, "send")
    settled = callers.start(settle)
    sending.reached()
    with transaction.atomic():
        Presence.objects.select_for_update(nowait=True).get(person=student)
    assert not Notification.objects.filter(guardian=parent).exists(), "a letter that isn't sent yet was told to nobody"
    sending.go_on()
    result(settled)
    assert Notification.objects.filter(guardian=parent, method="mail").exists()
