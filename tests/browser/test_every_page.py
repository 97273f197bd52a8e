"""Every page in a real browser, from the catalogue in `tests.browser.pages`.

No page asks another host, breaks the content policy, says anything on the console, scrolls sideways, or has what axe
calls serious. It is one walk, because opening the pages is what takes the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import Page

from tests.browser.pages import NOT_A_PAGE, VIEWS, View
from tests.browser.visits import Visit, visit
from tests.harbour_road import HarbourRoad
from tests.url_matrix import MATRIX

WIDTHS = (1280, 820, 640, 390, 320)
"""The three of the design, and a laptop's at a zoom of 200 % and of 400 % (WCAG 1.4.10)."""
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
NOT_OURS = {"exclude": [[".help-tooltip"]]}
"""A word of help that Django's admin puts on an element which may have none."""
BAD = ("serious", "critical")
ANY_ID = "00000000-0000-4000-8000-000000000000"
PERSONAS = sorted({view.who for view in VIEWS})


def route_of(address: str) -> str:
    """Return the address of a view as it is written in the URL configuration."""
    return resolve(re.sub(r"\{\w+\}", ANY_ID, address).partition("?")[0]).route


def test_every_address_that_shows_something_is_in_the_catalogue() -> None:
    shown = {route_of(view.address) for view in VIEWS if view.status == 200 or view.who != "visitor"}
    pages = {route for route, row in MATRIX.items() if set(row.get("GET", {}).values()) - {"405"}}
    admin = {route for route in pages if re.match(r"set-up/(\w+/|\^)", route)}  # Django's, made alike for every model.
    assert pages - admin - shown - set(NOT_A_PAGE) == set()
    assert set(NOT_A_PAGE) <= pages - shown
    assert {view.name for view in VIEWS if view.name.startswith("set-up-")} >= {"set-up-list", "set-up-form"}


def test_every_view_has_a_name_of_its_own() -> None:
    assert len({view.name for view in VIEWS}) == len(VIEWS)


def scrolls_sideways(page: Page) -> list[int]:
    """Return the widths at which the page is wider than the window."""
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(width)
    return wrong


def findings_of_axe(page: Page) -> list[str]:
    """Return what axe finds serious, in both themes; the markup is the same at every width."""
    found = []
    page.set_viewport_size({"width": 1280, "height": 800})
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for one in Axe().run(page, NOT_OURS, RULES | {"resultTypes": ["violations"]}).response["violations"]:
            if one["impact"] in BAD:
                found.append(f"{theme}: {one['id']}: {[node['target'] for node in one['nodes']][:4]}")
    return found


def complaints_about(view: View, visited: Visit) -> list[str]:
    """Return everything that is wrong with a page that is open."""
    expected = "Failed to load resource" if view.status >= 400 or view.heard else "\0"
    wrong = [f"console: {said}" for said in visited.complaints if expected not in said]
    wrong += [f"asks {host}" for host in visited.hosts - {"localhost"}]
    wrong += [f"scrolls sideways at {width}" for width in scrolls_sideways(visited.page)]
    return [f"{view.name}: {one}" for one in wrong + findings_of_axe(visited.page)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", PERSONAS)
def test_every_page_is_quiet_fits_and_can_be_read_by_everybody(
    who: str, harbour_road: HarbourRoad, page_for: Callable[..., Page]
) -> None:
    wrong: list[str] = []
    for view in VIEWS:
        if view.who == who:
            with visit(view, harbour_road, page_for) as visited:
                wrong += complaints_about(view, visited)
    assert "\n".join(wrong) == ""
