"""Every page in a real browser: nothing from another host, nothing that the content policy stops, no script error."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.personas import AT, World, make_school

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [
    ("visitor", "/"),
    ("visitor", "/sign-in/"),
    ("visitor", "/nothing-here/"),
    ("parent", "/"),
    ("parent", "/family/"),
    ("parent", "/family/{student}/"),
    ("parent", "/family/{student}/answer/"),
    ("teacher", "/register/"),
    ("office", "/office/"),
    ("office", "/office/students/{student}/"),
    ("office", "/office/students/{student}/enroll/"),
]


def heard_of(page: Page) -> tuple[set[str], list[str]]:
    """Return the hosts that a page asks and what its console says, as they come in."""
    hosts: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text))
    return hosts, complaints


@pytest.fixture
def world(frozen: Callable[..., None]) -> World:
    return make_school(at=AT)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_asks_another_host_or_breaks_the_content_policy(
    world: World, page_for: Callable[..., Page], width: int
) -> None:
    people = {"visitor": None, "parent": world.willing.parent, "teacher": world.teacher, "office": world.office}
    for who, address in PAGES:
        page = page_for(people[who], viewport={"width": width, "height": 844})
        hosts, complaints = heard_of(page)
        response = page.goto(address.format(student=world.willing.person.id))
        assert response is not None
        expected = 404 if address == "/nothing-here/" else 200
        assert (response.status, address) == (expected, address)
        assert hosts == {"localhost"}
        assert [said for said in complaints if "404" not in said] == [], address
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{address} scrolls sideways"
