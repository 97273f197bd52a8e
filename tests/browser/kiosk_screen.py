"""The kiosk's screen as somebody uses it who stands before it: cards, touches, and what can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, Route, expect

CARD = "CG1" + "0123456789ABCDEFGHJKMNPQRS" + "T" * 52 + "V"
"""What a reader types for a card: the right form, and nobody's."""
PATIENCE_MS = 15_000

TYPE_LIKE_A_READER = """([keys, gap]) => new Promise((done) => {
  // One key every `gap` milliseconds of the browser's own clock, whatever else this machine does.
  const strike = (key) => {
    const [name, extra] = Array.isArray(key) ? key : [key, {}];
    const code = /^[A-Z]$/.test(name) ? `Key${name}` : /^[0-9]$/.test(name) ? `Digit${name}` : name;
    const event = new KeyboardEvent("keydown", { key: name, code, bubbles: true, cancelable: true, ...extra });
    Object.defineProperty(event, "timeStamp", { value: strike.at });
    (document.activeElement ?? document.body).dispatchEvent(event);
    strike.at += gap;
    return event.defaultPrevented;
  };
  strike.at = performance.now();
  done(keys.map(strike));
})"""


def strike(page: Page, keys: list[Any], gap_ms: float = 5) -> list[bool]:
    """Press keys one after the other; a key may be `[key, {event properties}]`. Tells which ones the page swallowed."""
    swallowed: list[bool] = page.evaluate(TYPE_LIKE_A_READER, [keys, gap_ms])
    return swallowed


def show_card(page: Page, card: str = CARD) -> None:
    """Hold a card to the reader."""
    strike(page, [*card, "Enter"])


def pair(page: Page, key: str) -> None:
    """Pair the screen, as whoever got the key from the office does."""
    page.goto("/kiosk/")
    page.get_by_label("Key of the kiosk").fill(key)
    page.get_by_role("button", name="Pair").click()
    see(page, "waiting")


def see(page: Page, screen: str, *words: str) -> None:
    """Wait until a screen is shown, with these words on it."""
    expect(page.locator("body")).to_have_attribute("data-screen", screen, timeout=PATIENCE_MS)
    for said in words:
        expect(page.locator("main")).to_contain_text(said)


WATCH = """() => { window.seen = [{ screen: document.body.dataset.screen }]; new MutationObserver(() => {
  const screen = document.body.dataset.screen;
  if (window.seen.at(-1)?.screen !== screen)
    window.seen.push({ screen, at: performance.now(), glass: document.querySelector(".words").innerHTML });
}).observe(document.body, { attributes: true, subtree: true, childList: true, characterData: true }); }"""


def watch(page: Page) -> None:
    """Keep in `window.seen` this screen and all that follow, when they came, and their words."""
    page.evaluate(WATCH)


def answer(page: Page, *answers: Mapping[str, Any]) -> list[str]:
    """Let the server give these answers, one after the other and the last for ever; returns the bodies it was sent."""
    bodies: list[str] = []
    left = list(answers)

    def fulfill(route: Route) -> None:
        bodies.append((route.request.post_data_buffer or b"").decode("latin-1"))
        said = left.pop(0) if len(left) > 1 else left[0]
        route.fulfill(status=said.get("status", 200), json=NOTHING_SAID | dict(said))

    page.route("**/api/v1/captures", fulfill)
    return bodies


NOTHING_SAID: dict[str, Any] = {"claim": None, "person": None, "attendance": None, "message": "", "reason": ""}
LOOK = {"outcome": "look", "reason": "consented", "message": "Please look here.", "claim": "a-claim"}
BY_FACE = {"outcome": "granted", "reason": "match", "message": "Welcome.", "person": {"display_name": "Siu Ming"}}
BY_CARD = BY_FACE | {"reason": "card"}
NO_MATCH = {"outcome": "denied", "reason": "no_match", "message": "Please look here once more.", "claim": "a-claim"}
USE_CARD = {"outcome": "use_card", "reason": "timeout", "message": "Please use your card."}
