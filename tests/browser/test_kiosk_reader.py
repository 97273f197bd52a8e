"""What the kiosk's card reader takes and what it leaves alone, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.kiosk_screen import BY_CARD, CARD, STILL, answer, see, show_card, strike, time_passes

OpenScreen = Callable[..., Page]


def test_a_reader_s_card_is_read_whole(open_screen: OpenScreen) -> None:
    screen = open_screen(STILL)
    bodies = answer(screen, BY_CARD)
    screen.evaluate("window.stillAfter = 200")  # No silence between two keys, however long the second is on its way.
    wire, at = screen.context.new_cdp_session(screen), time.time()
    for number, key in enumerate(CARD):
        code = f"Key{key}" if key.isalpha() else f"Digit{key}"
        stroke = {"type": "keyDown", "key": key, "code": code, "text": key, "timestamp": at + number * 0.005}
        wire.send("Input.dispatchKeyEvent", stroke)
    screen.evaluate("window.stillAfter = 1200")
    time_passes(screen, 250)
    see(screen, "granted", "Welcome", "Siu Ming")
    assert len(bodies) == 1
    assert CARD in bodies[0]
    assert "offered" in bodies[0]


@pytest.mark.parametrize(
    ("keys", "gap_ms"),
    [
        ([*CARD, "Enter"], 90),
        ([*CARD[:-1], "Enter"], 5),
        ([*CARD, "0", "Enter"], 5),
        ([*CARD[:40], "U", *CARD[41:], "Enter"], 5),
        ([*"CG2", *CARD[3:], "Enter"], 5),
        (["Enter"], 5),
    ],
    ids=["a person types", "too short", "too long", "another alphabet", "another kind of card", "only Enter"],
)
def test_nothing_else_that_is_typed_is_a_card(screen: Page, keys: list[Any], gap_ms: int) -> None:
    bodies = answer(screen, BY_CARD)
    strike(screen, keys, gap_ms)
    screen.wait_for_function("new Promise((done) => setTimeout(() => done(true), 500))")
    see(screen, "waiting")
    assert bodies == []


def shifted(key: str) -> list[Any]:
    """Return a key as a reader sends a capital: Shift first."""
    return [["Shift", {"code": "ShiftLeft"}], [key, {"shiftKey": True}]]


@pytest.mark.parametrize(
    "keys",
    [
        [part for key in CARD for part in shifted(key)] + ["Enter"],
        [*CARD.lower(), "Tab"],
        list(CARD),
        [["Process", {"code": f"Key{key}" if key.isalpha() else f"Digit{key}"}] for key in CARD] + ["Enter"],
        [
            ["Unidentified" if key.isalpha() else "&", {"code": f"Key{key}" if key.isalpha() else f"Digit{key}"}]
            for key in CARD
        ],
    ],
    ids=["with Shift", "Caps Lock the wrong way and Tab", "no Enter", "an input method", "another layout"],
)
def test_modifiers_layouts_and_input_methods_do_not_matter(screen: Page, keys: list[Any]) -> None:
    bodies = answer(screen, BY_CARD)
    strike(screen, keys)
    see(screen, "granted")
    assert CARD in bodies[0]


def test_a_reader_presses_no_button_and_no_shortcut(screen: Page) -> None:
    answer(screen, BY_CARD)
    screen.get_by_role("button", name="Use my card only").focus()
    swallowed = strike(screen, [*CARD, "Enter", ["j", {"ctrlKey": True}]])
    assert all(swallowed)
    see(screen, "granted")


def test_a_person_s_keyboard_still_works(screen: Page) -> None:
    screen.keyboard.press("Tab")
    expect(screen.get_by_role("button", name="Use my card only")).to_be_focused()
    screen.keyboard.press("Enter")
    see(screen, "card_only", "The camera stays off")


def test_the_same_card_twice_is_one_passage(open_screen: OpenScreen) -> None:
    screen = open_screen(STILL)
    bodies = answer(screen, BY_CARD)
    show_card(screen)
    show_card(screen)
    see(screen, "granted")
    show_card(screen)
    time_passes(screen, 2000)
    see(screen, "waiting")
    assert len(bodies) == 1


@pytest.mark.parametrize(("text", "shown"), [(f" {CARD.lower()}\n", "granted"), (CARD + "0", "waiting")])
def test_a_pasted_card_is_read_and_nothing_else_that_is_pasted(screen: Page, text: str, shown: str) -> None:
    bodies = answer(screen, BY_CARD)
    screen.evaluate(
        """(text) => { const clipboardData = new DataTransfer(); clipboardData.setData("text", text);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true })); }""",
        text,
    )
    see(screen, shown)
    assert len(bodies) == (shown == "granted")
