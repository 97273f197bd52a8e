"""The demo school lives where it is between nine and ten in the morning of a term day, whenever it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from campus import calendar, cards, registers
from campus.models import AuditEvent, Credential, Group, Guardianship, Person, Register, Role, School
from enrollment.models import ConsentEvent, Notice, Permit, Reference
from gates import demo_school, kiosks
from gates.models import Gate, Kiosk
from tests.gates.lane import Lane

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MOMENTS = {
    "Saturday, two minutes to midnight": datetime(2026, 3, 7, 23, 58, tzinfo=UTC),
    "New Year's Eve, the last second": datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    "the hour that summer time skips": datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    "the hour that winter time repeats": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 20, 0, tzinfo=UTC),
    "noon": NOON,
}


def test_in_its_zone_it_is_between_nine_and_ten_at_every_minute_of_the_day() -> None:
    midnight = datetime(2026, 3, 7, tzinfo=UTC)
    for minute in range(24 * 60):
        for at in (midnight + timedelta(minutes=minute), midnight + timedelta(minutes=minute, seconds=59.999999)):
            assert at.astimezone(ZoneInfo(demo_school.zone_where_it_is_nine(at))).hour == 9


def test_its_zone_never_changes_its_clocks() -> None:
    zones = {demo_school.zone_where_it_is_nine(NOON + timedelta(hours=hour)) for hour in range(24)}
    assert len(zones) == 24
    for zone in zones:
        offsets = {(NOON + timedelta(days=day)).astimezone(ZoneInfo(zone)).utcoffset() for day in range(366)}
        assert len(offsets) == 1


@pytest.mark.parametrize("at", MOMENTS.values(), ids=MOMENTS.keys())
def test_one_group_is_on_time_and_the_other_is_late_at_any_moment(db: None, at: datetime) -> None:
    demo_school.seed(at=at)
    school = School.objects.get()
    day = calendar.local_date(school, at)
    assert calendar.is_school_day(school, day)
    on_time, late = registers.open_registers(school=school, day=day)
    assert on_time.opens_at <= at <= on_time.late_after
    assert late.late_after < at <= late.closes_at
    assert at - late.late_after >= timedelta(minutes=30)


def test_seeding_twice_makes_one_school_with_new_cards_and_a_new_kiosk_key(db: None) -> None:
    first, second = demo_school.seed(at=NOON), demo_school.seed(at=NOON + timedelta(minutes=5))
    for made, count in ((School, 1), (Group, 2), (Person, 5), (Gate, 1), (Kiosk, 1), (Notice, 3), (Role, 5)):
        assert made._default_manager.count() == count, made
    assert Guardianship.objects.count() == 6
    assert [student["id"] for student in first["students"]] == [student["id"] for student in second["students"]]
    for old, new in zip(first["students"], second["students"], strict=True):
        found_old, found_new = cards.find(cards.parse(old["card"])), cards.find(cards.parse(new["card"]))
        assert found_old is not None
        assert found_old.revoked_at is not None
        assert found_new is not None
        assert found_new.revoked_at is None
    assert Credential.objects.filter(revoked_at=None).count() == 5
    assert first["kiosk"]["id"] == second["kiosk"]["id"]
    assert kiosks.authenticate(f"Kiosk {first['kiosk']['key']}") is None
    assert kiosks.authenticate(f"Kiosk {second['kiosk']['key']}") is not None


def test_seeding_in_another_hour_makes_another_school_that_shares_nobody(db: None) -> None:
    first, second = demo_school.seed(at=NOON), demo_school.seed(at=NOON + timedelta(hours=1))
    assert first["school"]["id"] != second["school"]["id"]
    emails = [{person["email"] for person in seed["sign_ins"]} for seed in (first, second)]
    assert not emails[0] & emails[1]
    assert School.objects.count() == 2


def test_seeding_again_next_month_leaves_the_school_in_term(db: None) -> None:
    for days in range(0, 100, 9):
        demo_school.seed(at=NOON + timedelta(days=days))
        school = School.objects.get()
        assert calendar.is_school_day(school, calendar.local_date(school, NOON + timedelta(days=days)))


def test_nobody_has_consented_and_nobody_is_enrolled(db: None) -> None:
    demo_school.seed(at=NOON)
    for nothing in (ConsentEvent, Permit, Reference, Register):
        assert not nothing._default_manager.exists()
    assert AuditEvent.objects.filter(kind="card.issued").count() == 5


def test_its_cards_open_its_gate(db: None, frozen: Callable[[datetime], None], world: Any) -> None:
    frozen(NOON)
    seed = demo_school.seed(at=NOON)
    kiosk = Kiosk.objects.get(id=seed["kiosk"]["id"])
    lane = Lane(world, kiosk.gate, kiosk, seed["kiosk"]["key"])
    answers = {student["key"]: lane.send(credential=student["card"]).json() for student in seed["students"]}
    assert {answer["outcome"] for answer in answers.values()} == {"granted"}
    assert answers["consented"]["person"]["display_name"] == "Siu Ming"
    assert {key: answer["attendance"]["code"] for key, answer in answers.items()} == {
        "consented": "present",
        "refused": "present",
        "silent": "present",
        "two_guardians": "present",
        "late": "late",
    }
    assert answers["late"]["attendance"]["minutes_late"] == 30


def test_a_crowd_has_a_card_and_a_kiosk_for_each_and_comes_once(db: None) -> None:
    made = [demo_school.seed(at=NOON, crowd=3)["crowd"] for _ in range(2)]
    for kind in ("students", "kiosks"):
        assert [each["id"] for each in made[0][kind]] == [each["id"] for each in made[1][kind]]
        assert len({each["id"] for each in made[0][kind]}) == 3
    assert demo_school.seed(at=NOON)["crowd"] == {"students": [], "kiosks": []}
    assert Kiosk.objects.count() == 4


# ------------------------------------------------------------ the command


def test_the_command_prints_what_a_machine_needs(db: None, settings: Settings) -> None:
    settings.DEBUG = True
    said = [StringIO(), StringIO()]
    for out in said:
        call_command("seed_demo", json=True, stdout=out)
    seed = json.loads(said[1].getvalue())
    assert seed.keys() == {"school", "notice", "gate", "kiosk", "groups", "students", "sign_ins", "crowd"}
    assert len(seed["students"]) == 5
    assert {person["role"] for person in seed["sign_ins"]} > {"teacher", "office"}


def test_the_command_prints_cards_for_people_too(db: None, settings: Settings) -> None:
    settings.DEBUG = True
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert out.getvalue().count(": CG1") == 5


def test_in_production_the_command_is_refused(db: None, settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("seed_demo")
    assert not School.objects.exists()
