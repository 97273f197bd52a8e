"""The kiosk's screen as somebody uses it who stands before it: cards, touches, and what can be read.

For pictures of it, and whatever else must look at every screen: open a paired screen with the script `FIGURE + STILL`
(`open_screen(FIGURE + STILL, way=SCENES[name].way)`), then `bring(page, name)` for the names in `SCENES`. Nobody stands
before its camera but a drawn figure, and the server's answers are made up here. In a browser with the
`locale` "zh-HK" or "zh-CN" they are in Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from playwright.sync_api import Page, Route, expect
from playwright.sync_api import TimeoutError as TooLate

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
    """Hold a card to the reader; what was shown before it is not what it brings."""
    page.evaluate("if (window.shown) window.shown.read = window.shown.at(-1)?.number")
    strike(page, [*card, "Enter"])


SHOWN = """; if (!window.shown) {
  window.shown = [];
  let number = 0;
  const keep = () => {
    const screen = document.body?.dataset.screen;
    const words = document.querySelector("main")?.textContent.replace(/\\s+/g, " ") ?? "";
    const last = window.shown.at(-1);
    if (!screen || (last?.screen === screen && last.words === words)) return;
    window.shown.push({ screen, words, number: ++number });
    if (window.shown.length > 40) window.shown.shift();
  };
  const parts = { attributes: true, subtree: true, childList: true, characterData: true };
  new MutationObserver(keep).observe(document, parts);
}"""
"""Keeps in `window.shown` the last screens of a page: many stand for less than a test takes to look twice."""

FIND = """([screen, words]) => {
  const fits = (one) => one?.screen === screen && words.every((said) => one.words.includes(said));
  const shown = window.shown ?? [];
  const found = fits(shown.at(-1)) ? shown.at(-1) : shown.find((one) => one.number > (shown.read ?? 0) && fits(one));
  if (found) shown.read = found.number;
  return Boolean(found);
}"""


def pair(page: Page, key: str) -> None:
    """Pair the screen, as whoever got the key from the office does."""
    page.context.add_init_script(SHOWN)
    page.goto("/kiosk/pair/")
    page.locator("#id_key").fill(key)
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-screen", re.compile("waiting|leaving"), timeout=PATIENCE_MS)


def see(page: Page, screen: str, *words: str) -> None:
    """Wait until a screen is shown, or has been shown since the last that was seen, with these words on it."""
    try:
        page.wait_for_function(FIND, arg=[screen, list(words)], polling=100, timeout=PATIENCE_MS)
    except TooLate:
        raise AssertionError(f"no {screen} with {words}, but {page.evaluate('window.shown')}") from None


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
        if said is NO_ANSWER:
            return
        route.fulfill(status=said.get("status", 200), json=NOTHING_SAID | dict(said))

    page.route("**/api/v1/captures", fulfill)
    return bodies


NO_ANSWER: dict[str, Any] = {}
NOTHING_SAID: dict[str, Any] = {"claim": None, "person": None, "attendance": None, "message": "", "reason": ""}
LOOK = {"outcome": "look", "reason": "consented", "message": "Please look here.", "claim": "a-claim"}
BY_FACE = {"outcome": "granted", "reason": "match", "message": "Welcome.", "person": {"display_name": "Siu Ming"}}
BY_CARD = BY_FACE | {"reason": "card"}
NO_MATCH = {"outcome": "denied", "reason": "no_match", "message": "Please look here once more.", "claim": "a-claim"}
USE_CARD = {"outcome": "use_card", "reason": "timeout", "message": "Please use your card."}
UNKNOWN = {"outcome": "denied", "reason": "unknown_card", "message": "This card is not known here."}
DESK = {"outcome": "desk", "reason": "pin_needed", "message": "Please go to the desk."}
GOODBYE = BY_FACE | {"reason": "exit_free", "message": "Goodbye."}

FIGURE = """; navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const pen = canvas.getContext("2d");
  const fill = (colour, path) => { pen.fillStyle = colour; pen.beginPath(); path(); pen.fill(); };
  const draw = () => {
    fill("#b9c9c4", () => pen.rect(0, 0, 640, 480));
    fill("#2f6d73", () => pen.ellipse(320, 500, 190, 130, 0, 0, 7));
    fill("#c98f68", () => pen.rect(285, 330, 70, 70));
    fill("#dba77e", () => pen.ellipse(320, 235, 105, 135, 0, 0, 7));
    fill("#33261f", () => pen.ellipse(320, 150, 118, 78, 0, 3.05, 6.4));
    fill("#33261f", () => { pen.ellipse(280, 225, 10, 12, 0, 0, 7); pen.ellipse(360, 225, 10, 12, 0, 0, 7); });
    pen.strokeStyle = "#7d4a34"; pen.lineWidth = 7; pen.lineCap = "round";
    pen.beginPath(); pen.arc(320, 275, 42, 0.5, 2.64); pen.stroke();
  };
  draw();
  const stream = canvas.captureStream(30);
  const timer = setInterval(() => stream.active ? draw() : clearInterval(timer), 30);
  return stream;
}"""
BROKEN_CAMERA = """() => { navigator.mediaDevices.getUserMedia =
  () => Promise.reject(new DOMException("no", "NotAllowedError")); }"""
STILL = """; { const real = setTimeout, kept = []; window.stillAfter = 1200;
  window.setTimeout = (act, ms, ...more) =>
    ms > window.stillAfter ? (kept.push({ act, ms }), 0) : real(act, ms, ...more);
  window.pass = (most) => kept.splice(0).forEach((one) => (one.ms > most ? kept.push(one) : one.act())); }"""
"""No screen ends by itself: what would come after this many milliseconds comes only when `time_passes`."""


def time_passes(page: Page, ms: int) -> None:
    """On a screen that was opened with `STILL`, let everything come that was to come after so many milliseconds."""
    page.evaluate("(ms) => window.pass(ms)", ms)


@dataclass(frozen=True)
class Scene:
    """A screen, how it comes about, and at a kiosk that is passed which way."""

    screen: str
    act: Callable[[Page], object] = lambda page: None
    way: str = "in"


def bring(page: Page, name: str) -> None:
    """Bring a screen that was opened with `FIGURE + STILL` to one of the `SCENES`, from whatever it shows."""
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.locator("body")).not_to_have_attribute("data-screen", "starting")
    SCENES[name].act(page)
    see(page, SCENES[name].screen)


def said(*answers: Mapping[str, Any]) -> Callable[[Page], None]:
    """Return an act in which a card is shown and the server answers so."""

    def act(page: Page) -> None:
        answer(page, *answers)
        show_card(page)

    return act


def touched(button: str) -> Callable[[Page], None]:
    """Return an act in which the button with this id is touched, whatever language it is in."""
    return lambda page: page.locator(f"#{button}").click()


LONGER = """() => JSON.parse(document.getElementById("screen").textContent).languages
  .some(({ words }) => words.longer_text === document.getElementById("text").textContent)"""


def _takes_longer(page: Page) -> None:
    page.evaluate("window.stillAfter = 3000")
    said(NO_ANSWER)(page)
    see(page, "working")
    page.wait_for_function(LONGER, timeout=PATIENCE_MS)


def _looks(page: Page) -> None:
    page.evaluate("window.stillAfter = 200")
    said(LOOK)(page)
    expect(page.locator("body")).to_have_class("sees", timeout=PATIENCE_MS)


def _no_network(page: Page) -> None:
    page.route("**/*", lambda route: route.abort())
    show_card(page)


def _no_camera(page: Page) -> None:
    page.evaluate(BROKEN_CAMERA)
    said(LOOK)(page)


def _wrong_clock(page: Page) -> None:
    date = format_datetime(datetime.now(UTC) - timedelta(minutes=7), usegmt=True)
    page.route("**/healthz", lambda route: route.fulfill(headers={"Date": date}, body="ok"))
    page.reload()
    expect(page.locator("#staff")).to_contain_text("7")


def _leaves(page: Page) -> None:
    touched("leave")(page)
    said(GOODBYE)(page)


def _in_another_language(page: Page) -> None:
    page.locator("#languages button[lang=zh-hant]").click()


LONG_NAME = "Alexandrina-Konstantina Papadopoulou-Featherstonehaugh 👩🏽‍🎓 عبد الرحمن"
RIGHT_TO_LEFT = "عبد الرحمن بن خالد الهاشمي"
SCENES: dict[str, Scene] = {
    "waiting": Scene("waiting"),
    "waiting, in another language": Scene("waiting", _in_another_language),
    "waiting, wrong clock": Scene("waiting", _wrong_clock),
    "card only": Scene("card_only", touched("card-only")),
    "working": Scene("working", said(NO_ANSWER)),
    "working, longer": Scene("working", _takes_longer),
    "look": Scene("look", _looks),
    "checking": Scene("checking", said(LOOK, NO_ANSWER)),
    "welcome": Scene("granted", said(BY_CARD)),
    "welcome, late": Scene("granted", said(BY_CARD | {"attendance": {"minutes_late": 12}})),
    "welcome, long name": Scene("granted", said(BY_CARD | {"person": {"display_name": LONG_NAME}})),
    "welcome, right to left": Scene("granted", said(BY_CARD | {"person": {"display_name": RIGHT_TO_LEFT}})),
    "try again": Scene("retry", said(LOOK, NO_MATCH)),
    "use your card": Scene("use_card", said(USE_CARD)),
    "camera refused": Scene("camera", _no_camera),
    "not accepted": Scene("denied", said(UNKNOWN)),
    "desk": Scene("desk", said(DESK)),
    "no connection": Scene("offline", _no_network),
    "slow": Scene("slow", said({"status": 503})),
    "out of service": Scene("unpaired", said({"status": 401})),
    "both ways": Scene("waiting", way="both"),
    "leaving": Scene("leaving", touched("leave"), way="both"),
    "goodbye": Scene("granted", _leaves, way="both"),
}
"""Every screen by a name of its own."""
