"""Consent rates and no detriment in figures, in which nobody can be made out."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from campus import people
from campus.models import Group, Person, User
from enrollment import consent
from gates import kiosks, protection_figures
from gates.models import Capture, Gate, Passage
from gates.protection_figures import Years, merged
from tests.personas import AT, SignIn, World

COMPARED = {
    "reference": uuid4(),
    "distance": 0.2,
    "threshold": 0.5,
    "frames": 3,
    "engine": "drawn",
    "threshold_version": "1",
}


def years(**sizes: int) -> dict[int, list[UUID]]:
    return {int(name[1:]): [uuid4() for _ in range(size)] for name, size in sizes.items()}


def sizes(found: list[Years]) -> list[tuple[tuple[int, ...], int]]:
    return [(one.years, one.size) for one in found]


def test_a_year_of_ten_stands_alone() -> None:
    """LAW 20."""
    assert sizes(merged(years(y7=10, y8=30))) == [((7,), 10), ((8,), 30)]


def test_small_years_are_told_together_and_never_alone() -> None:
    """LAW 20: nobody is singled out."""
    assert sizes(merged(years(y7=4, y8=7, y9=40))) == [((7, 8), 11), ((9,), 40)]
    assert sizes(merged(years(y7=4, y8=12, y9=40))) == [((7, 8), 16), ((9,), 40)]
    assert sizes(merged(years(y7=1, y8=1, y9=40))) == [((7, 8, 9), 42)]


def test_a_school_of_nine_is_told_nothing() -> None:
    """LAW 20."""
    assert merged(years(y7=4, y8=5)) == []
    assert merged({}) == []


@pytest.fixture
def browser(officer: User, signed_in: SignIn) -> Client:
    return signed_in(officer)


@pytest.fixture
def year_six(world: World) -> list[Person]:
    """Twelve more students, in a year of their own."""
    group = Group.objects.create(school=world.school, name="Class 6C", year=6)
    return [
        people.admit(
            school=world.school, name=f"Sixth {n}", kind=Person.Kind.STUDENT, number=f"6-{n}", at=AT, group=group
        )
        for n in range(12)
    ]


def passes(world: World, students: list[Person], seconds: list[float], *, by_face: bool, refused: int = 0) -> None:
    """Let each student through once, in so many seconds each, the first few refused as well."""
    gate, _made = Gate.objects.get_or_create(school=world.school, name="Main gate")
    kiosk = gate.kiosks.first() or kiosks.install(gate=gate, name="Kiosk", by=None, at=AT)[0]
    whole = [*zip(students, seconds, ["granted"] * len(students), strict=True)]
    for student, took, outcome in whole + [(one, 9.0, "denied") for one in students[:refused]]:
        what = {"school": world.school, "person": student, "direction": "in", "outcome": outcome, "reason": "card"}
        when = {"captured_at": AT, "received_at": AT, "decided_at": AT + timedelta(seconds=took)}
        capture = Capture.objects.create(
            kiosk=kiosk, capture_id=uuid4(), digest=bytes(32), clock_suspect=False, state="decided", **what, **when
        )
        compared = COMPARED if by_face else {}
        Passage.objects.create(
            gate=gate, capture=capture, occurred_at=AT, recorded_at=when["decided_at"], **what, **compared
        )


def test_lane_times_are_the_median_and_what_nine_in_ten_stay_under(world: World, year_six: list[Person]) -> None:
    """LAW 20."""
    passes(world, year_six[:11], [n / 10 for n in range(11)], by_face=False, refused=2)
    card = next(one for one in protection_figures.of_school(world.school, AT) if 6 in one.years).card
    assert card is not None
    assert [card.median, card.slow] == pytest.approx([0.5, 0.9])
    assert (card.passages, card.refused, card.tries) == (11, 2, 13)


def test_a_way_that_nine_students_went_is_not_told(world: World, year_six: list[Person]) -> None:
    """LAW 20: nobody is singled out."""
    passes(world, year_six[:9] * 3, [0.5] * 27, by_face=True)
    assert [one.face for one in protection_figures.of_school(world.school, AT)] == [None]


def test_a_card_that_takes_two_seconds_more_is_called_a_disadvantage(
    world: World, year_six: list[Person], browser: Client
) -> None:
    """LAW 20."""
    passes(world, year_six, [0.5] * 12, by_face=True)
    passes(world, year_six, [2.4] * 12, by_face=False)
    assert "disadvantage" not in browser.get("/protection/figures/").content.decode()
    passes(world, year_six, [2.9] * 12, by_face=False)
    passes(world, year_six, [2.9] * 12, by_face=False)
    assert "is a disadvantage that has to end" in browser.get("/protection/figures/").content.decode()


def test_what_families_said_adds_up_to_everybody(world: World, year_six: list[Person]) -> None:
    """LAW 20."""
    parent = User.objects.create_user(name="Parent Of Six")
    people.name_guardian(student=year_six[0], guardian=parent, at=AT)
    consent.refuse(student=year_six[0], guardian=parent, notice=world.notice, at=AT)
    found = protection_figures.of_school(world.school, AT)
    assert sum(one.size for one in found) == 12 + len(world.pupils)
    assert all(sum(one.said.values()) == one.size for one in found)
    assert sum((one.said for one in found), start=found[0].said.__class__()) == {"yes": 2, "no": 3, "silent": 12}


def test_the_page_has_a_table_behind_each_chart_and_names_no_student(
    world: World, year_six: list[Person], browser: Client
) -> None:
    """LAW 20."""
    passes(world, year_six, [0.5] * 12, by_face=False)
    page = browser.get("/protection/figures/").content.decode()
    assert page.count("<svg") == page.count("<table") == 2
    assert "style=" not in page
    assert not any(one.name in page for one in Person.objects.filter(kind=Person.Kind.STUDENT))


def test_a_small_school_is_told_nothing(world: World, browser: Client) -> None:
    """LAW 20."""
    page = browser.get("/protection/figures/").content.decode()
    assert "fewer than 10 students, so nothing is shown" in page
    assert "<svg" not in page
