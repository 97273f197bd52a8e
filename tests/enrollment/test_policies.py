"""What a policy pack says is what the product does: no value of it is there for show."""

from __future__ import annotations

import ast
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from enrollment import policies, reminders
from enrollment.models import Permit, Reminder
from enrollment.policies import Policy
from tests.personas import World


def read_names() -> set[str]:
    """Return the name of every attribute that the product's code reads."""
    found = set()
    for app in ("campus", "enrollment", "gates"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                    found.add(node.attr)
    return found


def test_every_value_of_a_policy_is_read_somewhere() -> None:
    wanted = {one.name for one in fields(Policy)} - {"sources"}  # What a pack says of itself, for who reads the file.
    assert wanted - read_names() == set()


def test_families_are_reminded_when_the_pack_says(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """LAW 15."""
    pack = replace(policies.of(world.school), reminder_days=(20, 3))
    monkeypatch.setattr(policies, "load", lambda name: pack)
    ends = Permit.objects.get(student=world.willing.person, live=True).expires_at
    for left in (30, 21, 20, 7, 3):
        reminders.owe_all(ends - timedelta(days=left))
    sent = Reminder.objects.filter(student=world.willing.person).order_by("at")
    assert list(sent.values_list("days", flat=True)) == [20, 3]
