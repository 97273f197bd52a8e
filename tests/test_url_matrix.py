"""Every address, asked for by everybody, about their own students, another school's, and nobody.

The table in `tests.url_matrix` is the whole of what may happen. A new address without an entry fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver

from campus.models import Role, User
from enrollment.models import Receipt
from gates import kiosks
from gates.models import Gate
from tests.everything import fingerprint
from tests.personas import AT, World, make_school
from tests.undoing import undone
from tests.url_ids import KINDS, Ids, address_of, ids_of
from tests.url_matrix import MATRIX, SIGN_IN, Cells, Row, routes

ABOUT_A_GUARDIAN = ("/letter/", "/paper/", "/address/", "/end/")
"""Ends of addresses that are about the guardian whom the form names."""


@pytest.fixture
def foreign(world: World) -> World:
    """A second school, which shares nobody with the first."""
    return make_school(name="Seaview")


@pytest.fixture
def screen(world: World) -> Client:
    """The browser of a paired screen."""
    gate = Gate.objects.create(school=world.school, name="Main gate")
    _, key = kiosks.install(gate=gate, name="Kiosk 1", by=None, at=AT)
    client = Client()
    assert client.post("/kiosk/pair/", {"key": key}).status_code == 302
    return client


@pytest.fixture
def browsers(world: World, foreign: World, screen: Client, signed_in: Callable[[User], Client]) -> dict[str, Client]:
    """Persona -> a browser of theirs."""
    officer = User.objects.create_user("protection@hillside.example", name="Protection Officer")
    Role.objects.create(school=world.school, user=officer, kind=Role.Kind.PROTECTION_OFFICER)
    users = {
        "parent": world.willing.parent,
        "another_parent": world.refusing.parent,
        "withdrawn_parent": world.withdrawn.parent,
        "teacher": world.teacher,
        "other_teacher": world.other_teacher,
        "office": world.office,
        "foreign_office": foreign.office,
        "staff": world.staff,
        "protection_officer": officer,
    }
    return {"visitor": Client(), "kiosk": screen} | {name: signed_in(user) for name, user in users.items()}


def ask(route: str, method: str, ids: Ids, browser: Client) -> str:
    """Ask for one address in one persona's browser, undo whatever it did, and return the answer as a row writes it."""
    address = address_of(route, ids)
    said = {"guardian": ids["guardian"]} if route.endswith(ABOUT_A_GUARDIAN) else {}
    with undone(browser):
        response = browser.post(address, said) if method == "POST" else browser.get(address, said)
    where = urlsplit(response.headers.get("Location", "")).path.replace(ids["student"], "{student}")
    return f"{response.status_code} {where}".strip()


CASES: Cells = {(route, method): row for route, methods in MATRIX.items() for method, row in methods.items()}
WITH_ID = {case: row for case, row in CASES.items() if "<uuid:" in case[0]}


def ask_all(cases: Cells, ids: Ids, browsers: dict[str, Client]) -> Cells:
    """Ask for all of them in one world, since every answer is undone."""
    return {
        (route, method): {name: ask(route, method, ids, browser) for name, browser in browsers.items()}
        for route, method in cases
    }


def nobodys(row: Row) -> Row:
    """Return a row for what isn't there: 404 to everybody who is signed in."""
    return {name: "404" if answer not in ("405", SIGN_IN) else answer for name, answer in row.items()}


def test_every_address_has_its_row() -> None:
    assert set(routes(get_resolver().url_patterns)) == set(MATRIX)


def test_everybody_gets_what_is_theirs(world: World, browsers: dict[str, Client]) -> None:
    assert ask_all(CASES, ids_of(world), browsers) == CASES


def test_what_is_another_schools_is_nobodys_here(foreign: World, browsers: dict[str, Client]) -> None:
    expected = {case: nobodys(row) | {"foreign_office": row["office"]} for case, row in WITH_ID.items()}
    assert ask_all(WITH_ID, ids_of(foreign), browsers) == expected


def test_an_id_that_nobody_has_looks_like_somebody_elses(browsers: dict[str, Client]) -> None:
    unknown = {kind: str(uuid4()) for kind in KINDS} | {"guardian": "0"}
    assert ask_all(WITH_ID, unknown, browsers) == {case: nobodys(row) for case, row in WITH_ID.items()}


def test_a_guardian_of_another_student_is_nobody_here(world: World, browsers: dict[str, Client]) -> None:
    about = {case: row for case, row in CASES.items() if case[0].endswith(ABOUT_A_GUARDIAN) and "<uuid:" in case[0]}
    assert len(about) == 8
    ids = ids_of(world) | {"guardian": str(world.refusing.parent.pk)}
    assert ask_all(about, ids, browsers) == {case: nobodys(row) for case, row in about.items()}


def test_staff_of_the_school_are_no_students(world: World, browsers: dict[str, Client]) -> None:
    person = world.willing.person
    person.kind = person.Kind.STAFF
    person.save()
    assert ask("office/students/<uuid:student>/", "GET", ids_of(world), browsers["office"]) == "404"


def test_a_family_that_took_its_yes_back_keeps_every_page(world: World, browsers: dict[str, Client]) -> None:
    own = {case: row["parent"] for case, row in WITH_ID.items() if case[0].startswith("family/")}
    own["family/<uuid:student>/withdraw/", "POST"] = "302 /family/{student}/"  # Nothing is left to take back.
    student, browser = world.withdrawn.person, browsers["withdrawn_parent"]
    receipt = Receipt.objects.filter(student=student).latest("at")
    ids = ids_of(world) | {"student": str(student.id), "receipt": str(receipt.id)}
    own = {case: answer for case, answer in own.items() if "<uuid:asked>" not in case[0]}  # Asked by another family.
    assert {(route, method): ask(route, method, ids, browser) for route, method in own} == own


def test_following_a_link_changes_nothing(world: World, browsers: dict[str, Client]) -> None:
    """Nothing that somebody is sent, by mail or otherwise, does a thing by being opened."""
    ids = ids_of(world)
    before, said = fingerprint(), {"answer": "yes", "decision": "confirm", "code": "BCDF-GHJK", "who": "all"}
    for route in MATRIX:
        for browser in browsers.values():
            browser.get(address_of(route, ids), said)
        assert fingerprint() == before, route
