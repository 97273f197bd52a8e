"""Families are reminded thirty and seven days before consent ends, once each."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core import mail

from campus import people
from campus.models import User
from enrollment import consent, publishing, reminders
from enrollment.models import Permit, Reminder
from tests import noticing
from tests.personas import World

DAY = timedelta(days=1)


@pytest.fixture
def others_withdraw(world: World) -> None:
    consent.withdraw(student=world.latecomer.person, guardian=world.latecomer.parent, at=world.at)


def test_a_family_is_reminded_twice_and_no_oftener(world: World, others_withdraw: None) -> None:
    """LAW 15."""
    ends = Permit.objects.get(student=world.willing.person, live=True).expires_at
    counts = {}
    for left in (31, 30, 29, 8, 7, 6, 1):
        at = ends - left * DAY
        counts[left] = reminders.owe_all(at) + reminders.owe_all(at)
    assert counts == {31: 0, 30: 1, 29: 0, 8: 0, 7: 1, 6: 0, 1: 0}
    assert sorted(Reminder.objects.values_list("days", flat=True)) == [7, 30]


def test_a_reminder_says_when_it_ends_and_what_happens_then(world: World, frozen: object) -> None:
    """LAW 15: with the school year, so a yes said before then would end that day too."""
    ends = Permit.objects.get(student=world.willing.person, live=True).expires_at
    reminders.owe_all(ends - 7 * DAY)
    reminder = Reminder.objects.get(student=world.willing.person)
    assert reminders.send(reminder.id, world.willing.parent, at=ends - 7 * DAY)
    words = str(mail.outbox[-1].body)
    assert "ends on 1 September 2026" in words
    assert "If you do nothing" in words
    assert "on that day or later" in words


def test_who_would_get_two_at_once_gets_the_later(world: World, others_withdraw: None) -> None:
    ends = Permit.objects.get(student=world.willing.person, live=True).expires_at
    assert reminders.owe_all(ends - 3 * DAY) == 1
    assert Reminder.objects.get().days == 7


def agree_until(world: World, last_day: date | None, at: datetime) -> datetime:
    """Let the willing family agree to a notice that counts until a day, or to the year's end; return when it ends."""
    draft, family = noticing.drafted(world.school, at), world.willing
    draft.material, draft.sunset_on = False, last_day
    notice = publishing.publish(draft=draft, by=None, at=at)
    consent.give(student=family.person, guardian=family.parent, notice=notice, at=at)
    return Permit.objects.get(student=family.person, live=True).expires_at


def test_nobody_is_reminded_of_what_was_renewed(world: World, others_withdraw: None) -> None:
    ends = agree_until(world, (world.at + 40 * DAY).date(), world.at)
    reminders.owe_all(ends - 7 * DAY)
    reminder = Reminder.objects.get()
    assert agree_until(world, None, ends - 6 * DAY) > ends
    assert not reminders.send(reminder.id, world.willing.parent, at=ends - 6 * DAY)


def test_nobody_is_reminded_of_what_has_ended(world: World, others_withdraw: None) -> None:
    ends = Permit.objects.get(student=world.willing.person, live=True).expires_at
    reminders.owe_all(ends - 7 * DAY)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=ends - 6 * DAY)
    assert not reminders.send(Reminder.objects.get().id, world.willing.parent, at=ends - 6 * DAY)


def test_only_who_may_renew_is_reminded(world: World, others_withdraw: None) -> None:
    carer = User.objects.create_user("carer@families.example", name="Carer")
    people.name_guardian(student=world.willing.person, guardian=carer, responsible=False, at=world.at)
    ends = Permit.objects.get(student=world.willing.person, live=True).expires_at
    reminders.owe_all(ends - 7 * DAY)
    assert [one.guardian for one in Reminder.objects.all()] == [world.willing.parent]
