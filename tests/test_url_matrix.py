"""Every address, asked for by everybody, about their own students, another school's, and nobody.

The table below is the whole of what may happen. A new address without an entry fails the first test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from campus import card_batches, registers
from campus.models import Role, User
from enrollment import assessments, disclosures, paper, requests
from enrollment.models import Receipt
from gates import kiosks
from gates.models import Gate
from tests.everything import fingerprint
from tests.papers import SCAN
from tests.personas import AT, World, make_school

PERSONAS = (
    *("visitor", "parent", "another_parent", "teacher", "other_teacher", "office", "foreign_office", "staff"),
    *("withdrawn_parent", "protection_officer", "kiosk"),
)
"""`kiosk` is the browser of a paired screen, in which nobody is signed in; `withdrawn_parent` took a yes back."""
SIGN_IN = "302 /sign-in/"

Row = dict[str, str]
"""Persona -> status, and where to for a redirection; `{student}` stands for the id in the address."""


def everybody(answer: str, *, visitor: str | None = None) -> Row:
    return dict.fromkeys(PERSONAS, answer) | dict.fromkeys(("visitor", "kiosk"), visitor or answer)


def only(answer: str, *names: str, others: str) -> Row:
    """Return a row in which the named get the answer, whoever isn't signed in is sent to, and others are not let in."""
    return everybody(others, visitor=SIGN_IN) | dict.fromkeys(names, answer)


NO_SUCH_METHOD = everybody("405")
TEACHERS, OFFICES = ("teacher", "other_teacher"), ("office", "foreign_office")
STAFF = (*TEACHERS, *OFFICES, "protection_officer")

MATRIX: dict[str, dict[str, Row]] = {
    "": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "healthz": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "language/": {"GET": NO_SUCH_METHOD, "POST": everybody("302 /")},
    "offline/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "offline.js": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "faces/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "privacy/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "privacy/<slug:school>/": {"GET": everybody("404"), "POST": NO_SUCH_METHOD},
    "protection/notices/": {"GET": only("200", "protection_officer", others="403"), "POST": NO_SUCH_METHOD},
    "protection/notices/<slug:purpose>/check/": {
        "GET": only("404", "protection_officer", others="403"),
        "POST": only("404", "protection_officer", others="403"),
    },
    "protection/notices/<slug:purpose>/versions/": {
        "GET": only("404", "protection_officer", others="403"),
        "POST": NO_SUCH_METHOD,
    },
    "protection/notices/<slug:purpose>/<slug:language>/": {
        "GET": only("404", "protection_officer", others="403"),
        "POST": only("404", "protection_officer", others="403"),
    },
    "sign-in/": {"GET": everybody("302 /", visitor="200"), "POST": everybody("302 /", visitor="200")},
    "sign-in/code/": {"GET": everybody("302 /", visitor=SIGN_IN), "POST": everybody("302 /", visitor=SIGN_IN)},
    "sign-in/again/": {"GET": everybody("302 /", visitor=SIGN_IN), "POST": everybody("302 /", visitor=SIGN_IN)},
    "sign-in/out/": {"GET": everybody("200", visitor="302 /"), "POST": everybody("302 /")},
    "register/": {"GET": only("200", *TEACHERS, *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "register/week/": {"GET": only("200", *TEACHERS, *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "register/<uuid:register>/": {"GET": only("200", "teacher", "office", others="404"), "POST": NO_SUCH_METHOD},
    "register/<uuid:register>/live/": {"GET": only("200", "teacher", "office", others="404"), "POST": NO_SUCH_METHOD},
    "register/<uuid:register>/<uuid:student>/": {
        "GET": only("200", "teacher", "office", others="404"),
        "POST": only("422", "teacher", "office", others="404"),
    },
    "register/<uuid:register>/<uuid:student>/undo/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("422", "teacher", "office", others="404"),
    },
    "family/": {"GET": everybody("200", visitor=SIGN_IN), "POST": NO_SUCH_METHOD},
    "family/receipts/<uuid:receipt>.pdf": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/answer/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "family/<uuid:student>/withdraw/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /family/{student}/receipt/", "parent", others="404"),
    },
    "family/<uuid:student>/passages/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/marks/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/reads/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/requests/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/requests/ask/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "family/<uuid:student>/requests/<uuid:asked>/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "family/<uuid:student>/download/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "office/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/": {"GET": only("200", "office", others="404"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/enroll/": {
        "GET": only("200", "office", others="404"),
        "POST": only("409", "office", others="404"),
    },
    "office/students/<uuid:student>/card/": {"GET": NO_SUCH_METHOD, "POST": only("200", "office", others="404")},
    "office/students/<uuid:student>/card/revoke/": {
        "GET": only("200", "office", others="404"),
        "POST": only("302 /office/students/{student}/", "office", others="404"),
    },
    "office/students/<uuid:student>/enroll/begin/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/enroll/answer/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("409", "office", others="404"),
    },
    "office/students/<uuid:student>/child-said-no/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/", "office", others="404"),
    },
    "office/people/<uuid:student>/": {
        "GET": only("302 /office/students/{student}/", "office", others="404"),
        "POST": NO_SUCH_METHOD,
    },
    "office/people/add/": {"GET": only("200", *OFFICES, others="403"), "POST": only("422", *OFFICES, others="403")},
    "office/people/<uuid:student>/change/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/people/<uuid:student>/left/": {"GET": NO_SUCH_METHOD, "POST": only("422", "office", others="404")},
    "office/people/<uuid:student>/back/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/", "office", others="404"),
    },
    "office/witness/": {
        "GET": only("200", *STAFF, others="403"),
        "POST": only("422", *STAFF, others="403"),
    },
    "office/cards/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/cards/classes/<uuid:group>/": {
        "GET": only("200", "office", others="404"),
        "POST": only("302 /office/cards/", "office", others="404"),
    },
    "office/cards/batches/<uuid:batch>/undo/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/cards/", "office", others="404"),
    },
    "office/look-alikes/": {
        "GET": only("200", *OFFICES, others="403"),
        "POST": only("404", *OFFICES, others="403"),
    },
    "office/today/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/inside/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/faces/": {
        "GET": only("200", *OFFICES, "protection_officer", others="403"),
        "POST": only("404", "protection_officer", others="403"),
    },
    "office/gates/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/gates/add/": {"GET": only("200", *OFFICES, others="403"), "POST": only("422", *OFFICES, others="403")},
    "office/gates/<uuid:gate>/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/gates/<uuid:gate>/kiosks/add/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/kiosks/<uuid:kiosk>/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/kiosks/<uuid:kiosk>/key/": {"GET": NO_SUCH_METHOD, "POST": only("200", "office", others="404")},
    "office/kiosks/<uuid:kiosk>/revoke/": {
        "GET": only("200", "office", others="404"),
        "POST": only("302 /office/gates/", "office", others="404"),
    },
    # Kiosks have keys of their own; no sign-in of a person opens this. What it looks like is public.
    "api/v1/captures": {"GET": NO_SUCH_METHOD, "POST": everybody("401")},
    "api/openapi.json": {"GET": everybody("200"), "POST": everybody("200")},
    "api/": {"GET": everybody("404"), "POST": everybody("404")},
    # A browser that is not a gate's screen: it may be paired by who holds a key, and has nothing to unpair.
    "kiosk/": {"GET": everybody("302 /kiosk/pair/") | {"kiosk": "200"}, "POST": NO_SUCH_METHOD},
    "kiosk/offline/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "kiosk/app.webmanifest": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "kiosk/pair/": {
        "GET": everybody("200") | {"kiosk": "302 /kiosk/"},
        "POST": everybody("422") | {"kiosk": "302 /kiosk/"},
    },
    "kiosk/unpair/": {
        "GET": everybody("302 /kiosk/pair/", visitor=SIGN_IN),
        "POST": everybody("302 /kiosk/pair/", visitor=SIGN_IN),
    },
}

SET_UP = everybody("403", visitor=SIGN_IN)
SET_UP_MODELS = {
    "campus": ("school", "term", "closure", "group", "registertime", "role", "attendancemark", "auditevent"),
    "enrollment": ("consentevent", "childanswer"),
    "gates": ("passage",),
}
SET_UP_PAGES = ["", "jsi18n/", "^(?P<app_label>campus|enrollment|gates)/$"]
SET_UP_PAGES += [
    f"{app}/{model}/{page}"
    for app, models in SET_UP_MODELS.items()
    for model in models
    for page in ("", "add/", "<path:object_id>/change/", "<path:object_id>/delete/")
]
"""The administrators' pages: none is open to anybody in the table (`tests/campus/test_set_up.py`)."""
MATRIX |= {f"set-up/{page}": {"GET": SET_UP, "POST": SET_UP} for page in SET_UP_PAGES}
MATRIX["set-up/logout/"] = {"GET": SET_UP, "POST": SET_UP}
# Families: letters, addresses, answers, and what the office does about them.
MATRIX |= {
    "family/join/": {"GET": everybody("200"), "POST": everybody("422")},
    "family/join/code/": {
        "GET": everybody("302 /family/join/"),
        "POST": everybody("302 /family/", visitor="302 /family/join/"),
    },
    "family/address/": {"GET": everybody("200", visitor=SIGN_IN), "POST": everybody("422", visitor=SIGN_IN)},
    "family/address/codes/": {
        "GET": everybody("302 /family/address/", visitor=SIGN_IN),
        "POST": everybody("302 /family/address/", visitor=SIGN_IN),
    },
    "family/<uuid:student>/check/": {
        "GET": only("302 /family/{student}/answer/", "parent", others="404"),
        "POST": only("302 /family/{student}/answer/", "parent", others="404"),
    },
    "family/<uuid:student>/receipt/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/guardians/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/letter/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("200", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/paper/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/address/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/end/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/guardians/", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/student/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/guardians/", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/works-as/": {"GET": NO_SUCH_METHOD, "POST": only("404", others="404")},
    "office/not-told/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/consent/": {
        "GET": only("200", "office", "protection_officer", others="404"),
        "POST": only("404", others="404"),
    },
    "office/students/<uuid:student>/said-no/": {
        "GET": only("200", "teacher", "office", "protection_officer", others="404"),
        "POST": only("422", "teacher", "office", "protection_officer", others="404"),
    },
    "office/papers/<uuid:paper>/scan/": {
        "GET": only("200", "office", "protection_officer", others="404"),
        "POST": NO_SUCH_METHOD,
    },
    "office/waiting/": {
        "GET": only("200", *OFFICES, others="403"),
        "POST": only("404", others="403") | dict.fromkeys(OFFICES, "404"),
    },
}
# The data protection officer, and the administrator who decides with one (`tests/enrollment/test_protection.py`).
OFFICER_S = only("200", "protection_officer", others="403")
THE_OFFICER_S = only("200", "protection_officer", others="404")
MATRIX |= {
    f"protection/{page}": {"GET": OFFICER_S, "POST": NO_SUCH_METHOD}
    for page in ("", "expiring/", "holds/", "exemptions/", "not-told/", "requests/", "record/", "figures/")
}
MATRIX |= {
    "protection/assessment/": {"GET": OFFICER_S, "POST": NO_SUCH_METHOD},
    "protection/assessment/draft/": {
        "GET": OFFICER_S,
        "POST": only("422", "protection_officer", others="403"),
    },
    "protection/assessment/<uuid:assessment>/": {"GET": THE_OFFICER_S, "POST": only("404", others="404")},
    "protection/requests/<uuid:asked>/": {"GET": THE_OFFICER_S, "POST": only("404", others="404")},
    "protection/disclosures/": {"GET": OFFICER_S, "POST": NO_SUCH_METHOD},
    "protection/disclosures/add/": {
        "GET": OFFICER_S,
        "POST": only("422", "protection_officer", others="403"),
    },
    "protection/disclosures/<uuid:disclosure>/": {"GET": THE_OFFICER_S, "POST": only("404", others="404")},
    "protection/disclosures/<uuid:disclosure>/scan/": {"GET": THE_OFFICER_S, "POST": NO_SUCH_METHOD},
}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Yield every address that the product serves, as it is written in the URL configuration."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def test_every_address_has_its_row() -> None:
    assert set(routes(get_resolver().url_patterns)) == set(MATRIX)


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


Ids = dict[str, str]
"""What an address is about -> its id."""
KINDS = (
    *("student", "register", "group", "batch", "gate", "kiosk", "receipt", "paper"),
    *("asked", "assessment", "disclosure"),
)


def ids_of(world: World) -> Ids:
    """Return a row of each kind at a school."""
    gate, _ = Gate.objects.get_or_create(school=world.school, name="Main gate")
    kiosk = gate.kiosks.first() or kiosks.install(gate=gate, name="Kiosk 1", by=None, at=AT)[0]
    made = card_batches.issue(group=world.on_time, anew=True, seen="", by=world.office, at=AT)
    assert made is not None
    slip = paper.Slip("refused", scan=SCAN)
    rows = {
        "student": world.willing.person,
        "register": registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0],
        "group": world.on_time,
        "batch": made[0],
        "gate": gate,
        "kiosk": kiosk,
        "paper": paper.record(
            student=world.unanswered.person, guardian=world.unanswered.parent, slip=slip, by=world.office, at=AT
        ),
        "guardian": world.willing.parent,
        "receipt": Receipt.objects.get(student=world.willing.person),
        "asked": requests.ask(
            student=world.willing.person,
            by=world.willing.parent,
            asked=requests.Asked("question", "Who reads this?"),
            at=AT,
        ),
    } | protection_rows(world)
    return {kind: str(row.pk) for kind, row in rows.items()}


def protection_rows(world: World) -> dict[str, Model]:
    """Return a row of each kind that the data protection officer's pages are about."""
    officer = User.objects.create_user()
    Role.objects.create(school=world.school, user=officer, kind=Role.Kind.PROTECTION_OFFICER)
    order = disclosures.Asked("police", "Police", AT.date(), "Everything.")
    disclosure = disclosures.record(school=world.school, asked=order, by=officer, at=AT)
    disclosures.attach(disclosure=disclosure, scan=b"%PDF-1.7", by=officer, at=AT)
    return {
        "assessment": assessments.write(school=world.school, words={}, by=officer, at=AT),
        "disclosure": disclosure,
    }


def address_of(route: str, ids: Ids) -> str:
    """Return an address about these rows, and about nobody's row of any other kind."""
    address = "/" + re.sub(r"<uuid:(\w+)>", lambda found: ids[str(found[1])], re.sub(r"\^.*\$", "campus/", route))
    return re.sub(r"<\w+:\w+>", str(uuid4()), address)


def ask(route: str, method: str, ids: Ids, browser: Client) -> str:
    """Ask for one address in one persona's browser, undo whatever it did, and return the answer as a row writes it."""
    address = address_of(route, ids)
    said = {"guardian": ids["guardian"]} if route.endswith(ABOUT_A_GUARDIAN) else {}
    with transaction.atomic():
        client = Client()
        client.cookies = deepcopy(browser.cookies)
        response = client.post(address, said) if method == "POST" else client.get(address, said)
        transaction.set_rollback(True)
    where = urlsplit(response.headers.get("Location", "")).path.replace(ids["student"], "{student}")
    return f"{response.status_code} {where}".strip()


Cells = dict[tuple[str, str], Row]
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
