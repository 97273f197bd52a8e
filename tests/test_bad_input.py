"""What makes no sense: odd names, torn and huge bodies, searches for nonsense, forms from elsewhere."""

from __future__ import annotations

import pytest
from django.test import Client

from campus import guardians, letters, registers
from campus.models import Person, User
from enrollment.models import ConsentEvent
from tests.personas import AT, SignIn, World

NAMES = {
    "long": "Wolfeschlegelsteinhausenbergerdorff " * 5,
    "right to left": "يوسف عبد الرحمن‏",
    "emoji": "👩‍👩‍👧‍👦 Zoë 🏳️‍🌈",
    "markup": "<img src=x onerror=alert(1)>&amp;\"'",
    "combining": "Z̴͙͇̋a̷l̵g̶o̸",
    "bidi override": "a\u202egnp.exe",
    "format": "%s %(name)s {name} {{ name }}",
}


# ------------------------------------------------------------ names


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_anything_and_stays_it_on_every_page(world: World, signed_in: SignIn, name: str) -> None:
    name = name.strip()
    pupil, office = world.willing, signed_in(world.office)
    address = f"/office/people/{pupil.person.id}/change/"
    assert (
        office.post(address, {"name": name, "number": pupil.person.number, "group": world.on_time.id}).status_code
        == 302
    )
    assert Person.objects.get(id=pupil.person.id).name == name
    office.post(
        f"/office/students/{pupil.person.id}/guardians/", {"name": name, "responsible": "no", "works_as": "nobody"}
    )
    assert User.objects.filter(name=name).count() == 1
    register = registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]
    student, parent = f"/office/students/{pupil.person.id}/", signed_in(pupil.parent)
    pages = [
        *(office.get(page) for page in ("/office/", student, f"{student}guardians/", f"{student}enroll/", address)),
        office.get("/office/today/"),
        office.get("/office/", {"q": name}),
        office.post(f"{student}card/"),
        *(parent.get(page) for page in ("/family/", f"/family/{pupil.person.id}/")),
        *(signed_in(world.teacher).get(page) for page in ("/register/", "/register/week/")),
        signed_in(world.teacher).get(f"/register/{register.id}/{pupil.person.id}/"),
    ]
    for page in pages:
        words = page.content.decode()
        assert page.status_code == 200
        assert "<img src=x" not in words
        assert name in words or "&lt;img" in words


@pytest.mark.parametrize("length", [201, 5000])
def test_a_name_that_is_too_long_is_told_so(world: World, signed_in: SignIn, length: int) -> None:
    page = f"/office/students/{world.willing.person.id}/guardians/"
    response = signed_in(world.office).post(page, {"name": "x" * length})
    assert response.status_code == 422
    assert "A name has at most 200 letters." in response.content.decode()


def test_an_address_that_is_too_long_is_none(world: World, signed_in: SignIn) -> None:
    email = "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".example"
    assert len(email) > 254
    bond = guardians.name(student=world.willing.person, name="Po Po", responsible=True, by=world.office, at=AT)
    code = letters.issue(guardian=bond.guardian, school=world.school, by=world.office, at=AT)
    assert Client().post("/family/join/", {"letter": code, "email": email}).status_code == 422
    assert signed_in(world.willing.parent).post("/family/address/", {"email": email}).status_code == 422


# ------------------------------------------------------------ too much, and torn


def pages_with_forms(world: World) -> list[tuple[User | None, str]]:
    student = world.willing.person.id
    return [
        (None, "/sign-in/"),
        (None, "/family/join/"),
        (world.willing.parent, f"/family/{student}/answer/"),
        (world.willing.parent, f"/family/{student}/check/"),
        (world.willing.parent, f"/family/{student}/withdraw/"),
        (world.willing.parent, "/family/address/"),
        (world.office, "/office/people/add/"),
        (world.office, f"/office/students/{student}/guardians/"),
        (world.office, "/office/waiting/"),
        (world.office, "/office/witness/"),
        (world.office, "/office/gates/add/"),
    ]


TORN = "multipart/form-data; boundary=x"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"name=" + b"x" * 70_000, FORM, {400}),
        (b"&".join(b"f%d=1" % n for n in range(60)), FORM, {400}),
        (b"--x\r\nContent-Disposition: form-data; name=", TORN, {200, 302, 404, 409, 422}),
        (b"nonsense", "multipart/form-data", {400}),
        (
            b"name=\xff\xfe%ff&answer=%00&email=%00&letter=%00&guardian=%00&decision=%00&code=%00&about=%00&about",
            FORM,
            None,
        ),
        (b'{"name": "x"}', "application/json", {200, 302, 404, 409, 422}),
        (b"<x/>", "text/xml; charset=klingon", {200, 302, 404, 409, 422}),
    ],
    ids=["huge", "many fields", "torn", "no boundary", "no text", "json", "xml"],
)
def test_a_body_that_makes_no_sense_is_refused_in_words(
    world: World, signed_in: SignIn, body: bytes, kind: str, expected: set[int] | None
) -> None:
    for user, page in pages_with_forms(world):
        client = signed_in(user) if user else Client()
        response = client.generic("POST", page, body, content_type=kind)
        assert response.status_code in (expected or {200, 302, 400, 404, 409, 422}), page
        if response.status_code == 400:
            assert "This could not be read" in response.content.decode()
    assert ConsentEvent.objects.filter(student=world.willing.person, kind="given").count() == 1


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff%fe", "page=99999999999999999999", "page=-1", "q=" + "x" * 3000, "school=%00"]
)
def test_a_search_for_nonsense_finds_nobody_or_is_refused_in_words(world: World, signed_in: SignIn, query: str) -> None:
    response = signed_in(world.office).get(f"/office/?{query}")
    assert response.status_code in (200, 400, 404)
    if response.status_code == 400:
        assert "This could not be read" in response.content.decode()


def test_a_form_from_another_page_is_refused_in_words(world: World) -> None:
    for user, page in pages_with_forms(world):
        strict = Client(enforce_csrf_checks=True)
        if user:
            strict.force_login(user)
        response = strict.post(page, {"answer": "no"})
        assert response.status_code == 403
        assert "Please send it once more" in response.content.decode()
        assert "CSRF" not in response.content.decode()
    assert [event.kind for event in ConsentEvent.objects.filter(student=world.willing.person)] == ["given"]
