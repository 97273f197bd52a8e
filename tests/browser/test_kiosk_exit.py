"""The screen at an exit, and the one at a gate that is passed both ways: the way out is free."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from gates.models import Passage
from tests.browser.kiosk_screen import BY_CARD, CARD, GOODBYE, STILL, answer, see, show_card, time_passes
from tests.personas import World

OpenScreen = Callable[..., Page]


def test_at_an_exit_a_card_says_who_leaves_and_no_camera_goes_on(open_screen: OpenScreen, world: World) -> None:
    screen = open_screen(
        "navigator.mediaDevices.getUserMedia = () => { document.body.dataset.asked = 'yes'; }", way="out"
    )
    see(screen, "leaving", "Show your card to leave")
    show_card(screen, world.refusing.card)
    see(screen, "granted", "Goodbye", world.refusing.person.display_name)
    see(screen, "leaving")
    assert screen.evaluate("document.body.dataset.asked") is None
    passage = Passage.objects.get()
    assert (passage.person, passage.direction, passage.outcome) == (world.refusing.person, "out", "granted")


def test_at_an_exit_nobody_needs_a_card(open_screen: OpenScreen, world: World) -> None:
    screen = open_screen(way="out")
    expect(screen.get_by_role("button", name="Use my card only")).to_be_hidden()
    screen.get_by_role("button", name="Leave without a card").click()
    see(screen, "granted", "Goodbye")
    see(screen, "leaving")
    passage = Passage.objects.get()
    assert (passage.person, passage.direction, passage.outcome) == (None, "out", "granted")


def test_where_both_ways_lead_whoever_leaves_says_so_first(open_screen: OpenScreen) -> None:
    screen = open_screen(way="both")
    bodies = answer(screen, GOODBYE, BY_CARD)
    screen.get_by_role("button", name="I am leaving").click()
    see(screen, "leaving")
    show_card(screen)
    see(screen, "granted", "Goodbye")
    see(screen, "waiting")
    show_card(screen)
    see(screen, "granted", "Welcome")
    assert ['name="direction"\r\n\r\nout' in body for body in bodies] == [True, False]
    assert all(CARD in body for body in bodies)


def test_whoever_said_so_and_went_away_leaves_the_gate_as_it_was(open_screen: OpenScreen) -> None:
    screen = open_screen(STILL, way="both")
    screen.get_by_role("button", name="I am leaving").click()
    see(screen, "leaving")
    time_passes(screen, 12_000)
    see(screen, "waiting", "Show your card")


def test_an_entrance_lets_nobody_out(screen: Page) -> None:
    for name in ("I am leaving", "Leave without a card"):
        expect(screen.get_by_role("button", name=name)).to_be_hidden()
