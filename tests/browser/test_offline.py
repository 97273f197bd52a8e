"""What a parent or a teacher sees where there is no connection: our own page, and nothing that was kept of theirs."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.test import Client
from playwright.sync_api import Page, expect

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
    assert kept == {"/offline/", "/static/campus.css", "/static/mark.svg"}


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
    assert signed_in(world.teacher).get("/offline/").content == Client().get("/offline/").content
