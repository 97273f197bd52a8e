"""What a parent or a teacher sees where there is no connection: our own page, and nothing that was kept of theirs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Page, expect

from gates import kiosk_page
from tests.browser.kiosk_screen import see
from tests.personas import World

KEPT = """async () => {
  const shelves = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  return (await Promise.all(shelves.map((shelf) => shelf.keys()))).flat().map(({ url }) => url);
}"""


def visited(page: Page, address: str) -> Page:
    """Open a page, and wait until the browser is ready for the time without a connection."""
    page.goto(address)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def test_without_a_connection_a_page_of_ours_says_so_and_what_to_do(
    world: World, page_for: Callable[..., Page]
) -> None:
    complaints: list[str] = []
    page = visited(page_for(world.willing.parent, keeps_offline=True), "/family/")
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.context.set_offline(True)
    page.goto(f"/family/{world.willing.person.id}/")
    expect(page.get_by_role("heading", name="There is no connection")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).display") == "flex", "the stylesheet is missing"
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name=world.willing.person.name)).to_be_visible()
    assert complaints == []


def test_nothing_of_anybody_is_kept_on_the_device(world: World, page_for: Callable[..., Page]) -> None:
    page = visited(page_for(world.teacher, keeps_offline=True), "/register/")
    page.goto("/")
    page.goto("/register/")
    kept = {urlsplit(url).path for url in page.evaluate(KEPT)}
    pages = {"/offline/", "/kiosk/offline/"}
    files = {"campus.css", "kiosk/kiosk.css", "kiosk/again.js", "mark.svg"}
    assert kept == pages | {f"/static/{name}" for name in files}


def test_what_was_typed_is_still_there_after_the_connection_was_gone(
    world: World, page_for: Callable[..., Page]
) -> None:
    page = visited(page_for(world.willing.parent, keeps_offline=True), "/")
    page.goto("/family/address/")
    page.get_by_label("New address").fill("new@home.example")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send the codes").click()
    expect(page.get_by_role("heading", name="There is no connection")).to_be_visible()
    page.context.set_offline(False)
    page.go_back()
    expect(page.get_by_label("New address")).to_have_value("new@home.example")


def test_the_page_is_the_same_for_everybody(world: World, signed_in: Callable[..., Client]) -> None:
    for address in ("/offline/", "/kiosk/offline/"):
        assert signed_in(world.teacher).get(address).content == Client().get(address).content


# ------------------------------------------------------------ the screen at a gate


@pytest.fixture
def gate_screen(open_screen: Callable[..., Page]) -> Page:
    """Open a paired screen whose browser is ready for the time without a connection."""
    screen = open_screen(keeps_offline=True)
    screen.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return screen


def test_a_screen_that_starts_without_a_connection_says_so_and_goes_on_by_itself(gate_screen: Page) -> None:
    complaints: list[str] = []
    gate_screen.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    gate_screen.context.set_offline(True)
    gate_screen.reload()
    expect(gate_screen.get_by_role("heading", name="No connection")).to_be_visible()
    for said in ("Please go to the desk.", "請到接待處。", "请到服务台。"):
        expect(gate_screen.get_by_text(said)).to_be_visible()
    assert gate_screen.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(44, 52, 58)"
    gate_screen.context.set_offline(False)
    see(gate_screen, "waiting", "Show your card")
    assert complaints == []


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_screen_that_meets_a_proxy_without_a_server_behind_it_waits_for_it(
    gate_screen: Page, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with monkeypatch.context() as nobody_there:  # What a worker fetches escapes `page.route`.
        nobody_there.setattr(kiosk_page, "render", lambda *told: HttpResponse("Bad Gateway", status=status))
        gate_screen.reload()
        expect(gate_screen.get_by_role("heading", name="No connection")).to_be_visible()
    see(gate_screen, "waiting", "Show your card")


def test_an_installed_screen_fills_the_glass(screen: Page) -> None:
    address = screen.locator("link[rel=manifest]").get_attribute("href")
    app = screen.request.get(str(address)).json()
    assert (app["start_url"], app["display"]) == ("/kiosk/", "fullscreen")
    assert screen.request.get(app["icons"][0]["src"]).headers["content-type"] == "image/svg+xml"
