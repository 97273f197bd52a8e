"""The kiosk's screen when things break: a calm word, a way on for the student, and an end that comes by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from gates import kiosks
from gates.models import Gate, Kiosk
from tests.browser.kiosk_screen import BY_CARD, FIGURE, LOOK, STILL, answer, pair, see, show_card, time_passes
from tests.personas import World

OpenScreen = Callable[..., Page]
BROKEN_CAMERA = """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "%s"))"""
HIDE = """(hidden) => { Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange")); }"""

DEAD_ENDS = """async () => {
  const { UNPAIRED, start, step } = await import("/static/kiosk/machine.js");
  const claims = [null, "a claim"], reasons = ["match", "no_match", "exit_free", "unknown_card", "gate_stuck", "new"];
  const outcomes = ["look", "granted", "denied", "retry", "use_card", "desk"];
  const answers = outcomes.flatMap((outcome) => reasons.flatMap((reason) => claims.map((claim) =>
    ({ type: "answered", at: 2e6, answer: { outcome, reason, claim } }))));
  const failures = ["offline", "slow", 401, 403, 409, 422, 429].map((status) => ({ type: "failed", status }));
  const names = ["card", "cardOnly", "scan", "leave", "noCard", "frames", "cameraFailed", "lost", "hidden", "shown",
    "time", "longer", "gaveUp", "floor", "speak", "healthy", "unhealthy"];
  const events = [...names.map((type) => ({ type, card: "a card", frames: [], why: "busy" })), ...answers, ...failures];
  const homes = { in: "waiting", out: "leaving", both: "waiting" };
  // A timer, or a question that is always answered, is an end if what it brings leads on or goes on asking.
  const leadsOn = (state, { name = "unhealthy" }) => {
    const next = step(state, { type: name, turn: state.turn, at: 1e6 });
    return next.state.turn !== state.turn || next.effects.length > 0;
  };
  const [met, dead, ways] = [new Set(), new Set(), Object.keys(homes)];
  const toDo = ways.map((way) => start(way));
  while (toDo.length) {
    const state = toDo.pop();
    for (const event of events) {
      const { state: next, effects } = step(state, { at: 1e6, ...event });
      if (next.turn === state.turn) continue;
      const ends = effects.filter((effect) => effect.do === "timer" || effect.do === "poll");
      const isHome = next.screen === homes[next.way];
      if (!isHome && !ends.some((end) => leadsOn(next, end))) dead.add(`${event.type} to ${next.screen}`);
      const key = JSON.stringify([next.screen, next.way, next.direction, next.language, next.visit, next.view]);
      if (next.visit?.tries > 3 || met.has(key)) continue;
      met.add(key);
      toDo.push(next);
    }
  }
  const begun = step(UNPAIRED, { type: "started" });
  if (!begun.effects.some((end) => leadsOn(begun.state, end))) dead.add("unpaired from the beginning");
  return [[...dead], [...new Set([...met].map((key) => JSON.parse(key)[0]))].sort()];
}"""


def test_no_screen_is_a_dead_end_whatever_happens_in_whatever_order(screen: Page) -> None:
    dead, met = screen.evaluate(DEAD_ENDS)
    assert dead == []
    calm = {"waiting", "leaving", "card_only", "scan", "working", "look", "checking", "retry", "granted"}
    assert set(met) == calm | {"denied", "desk", "use_card", "camera", "offline", "slow", "unpaired"}


# ------------------------------------------------------------ network and server


def test_a_lost_network_is_said_and_found_again_without_a_touch(screen: Page) -> None:
    screen.route("**/*", lambda route: route.abort())
    show_card(screen)
    see(screen, "offline", "No connection", "Please go to the desk")
    screen.unroute_all()
    see(screen, "waiting")


def test_a_call_without_an_answer_is_repeated_under_the_same_id(screen: Page) -> None:
    bodies: list[str] = []

    def fail_once(route: Route) -> None:
        bodies.append((route.request.post_data_buffer or b"").decode())
        route.abort() if len(bodies) == 1 else route.fulfill(json={"claim": None, **BY_CARD})

    screen.route("**/api/v1/captures", fail_once)
    show_card(screen)
    see(screen, "granted")
    ids = [body.split('name="capture_id"\r\n\r\n')[1].split("\r\n")[0] for body in bodies]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_that_can_not_answer_is_said_calmly(screen: Page, status: int) -> None:
    answer(screen, {"status": status})
    show_card(screen)
    see(screen, "slow", "The gate is slow")
    see(screen, "waiting")


@pytest.mark.parametrize("status", [403, 409, 422])
def test_a_call_that_is_not_understood_leads_to_the_card(screen: Page, status: int) -> None:
    answer(screen, {"status": status})
    show_card(screen)
    see(screen, "use_card")


def test_a_revoked_screen_says_so_and_shows_staff_the_way(screen: Page, world: World) -> None:
    kiosk = Gate.objects.get(name="Main gate").kiosks.get()
    kiosks.revoke(kiosk=kiosk, by=None, at=world.at)
    show_card(screen, world.refusing.card)
    see(screen, "unpaired", "Out of service", "Please go to the desk")
    screen.get_by_role("link", name="pair this screen").click()
    expect(screen.get_by_role("heading", name="Pair this screen")).to_be_visible()


def test_a_server_that_never_answers_at_all_holds_nobody(open_screen: OpenScreen) -> None:
    """The call has ends of its own; this is for the day on which they fail."""
    deaf = """; { const real = fetch;
      window.fetch = (path, ...more) => path.includes("captures") ? new Promise(() => {}) : real(path, ...more); }"""
    screen = open_screen(STILL + deaf)
    show_card(screen)
    see(screen, "working")
    time_passes(screen, 12_000)
    see(screen, "slow", "The gate is slow")
    time_passes(screen, 3000)
    see(screen, "waiting")


def test_a_screen_that_is_paired_again_in_another_tab_comes_back_by_itself(
    open_screen: OpenScreen, world: World
) -> None:
    screen = open_screen(STILL)
    kiosk = Gate.objects.get(name="Main gate").kiosks.get()
    key = kiosks.new_key(kiosk=kiosk, by=None, at=world.at)
    show_card(screen, world.refusing.card)
    see(screen, "unpaired", "Out of service")
    pair(screen.context.new_page(), key)
    time_passes(screen, 15_000)
    see(screen, "waiting")
    show_card(screen, world.refusing.card)
    see(screen, "granted", "Welcome")


def test_two_tabs_of_one_kiosk_do_not_disturb_each_other(screen: Page, world: World) -> None:
    other = screen.context.new_page()
    other.goto("/kiosk/")
    see(other, "waiting")
    for page, pupil in ((screen, world.refusing), (other, world.latecomer), (screen, world.unanswered)):
        show_card(page, pupil.card)
        see(page, "granted", "Welcome")
        see(page, "waiting")


def test_a_kiosk_that_is_set_up_anew_takes_it_over_at_the_next_card(screen: Page, world: World) -> None:
    Kiosk.objects.update(way="out")
    show_card(screen, world.refusing.card)
    see(screen, "leaving", "Show your card to leave")
    show_card(screen, world.refusing.card)
    see(screen, "granted", "Goodbye")


# ------------------------------------------------------------ camera


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "allow this page to use the camera"),
        ("NotReadableError", "another program uses the camera"),
        ("NotFoundError", "no camera was found"),
    ],
)
def test_a_camera_that_fails_costs_one_more_card_and_then_nobody_anything(
    open_screen: OpenScreen, error: str, words: str
) -> None:
    screen = open_screen(BROKEN_CAMERA % error)
    bodies = answer(screen, LOOK, BY_CARD)
    show_card(screen)
    see(screen, "camera", "Use your card")
    expect(screen.locator("#staff")).to_contain_text(words)
    for number in (1, 2):
        show_card(screen)
        see(screen, "granted")
        see(screen, "waiting")
        assert "declined" in bodies[number]


def test_a_camera_that_is_unplugged_in_mid_look_leads_to_the_card(open_screen: OpenScreen) -> None:
    # With the first of the three frames: not before the picture moves, whenever that is.
    unplugged = """; { const canvas = HTMLCanvasElement.prototype, real = canvas.toBlob;
      canvas.toBlob = function (...more) {
        document.getElementById("video").srcObject.getTracks().forEach((track) => track.stop());
        return real.apply(this, more); }; }"""
    screen = open_screen(FIGURE + unplugged)
    bodies = answer(screen, LOOK, BY_CARD)
    show_card(screen)
    see(screen, "camera", "Use your card")
    expect(screen.locator("#staff")).to_contain_text("no camera was found")
    show_card(screen)
    see(screen, "granted")
    assert ["image/jpeg" in body for body in bodies] == [False, False]


def test_a_camera_that_never_opens_is_not_waited_for(open_screen: OpenScreen) -> None:
    """So it is while a browser still asks whether it may."""
    screen = open_screen("navigator.mediaDevices.getUserMedia = () => new Promise(() => {})" + STILL)
    answer(screen, LOOK)
    show_card(screen)
    see(screen, "look")
    time_passes(screen, 5000)
    see(screen, "camera", "Use your card")
    time_passes(screen, 12_000)
    see(screen, "waiting")


# ------------------------------------------------------------ the tablet


def test_a_wrong_clock_is_told_to_staff_and_stops_nobody(open_screen: OpenScreen) -> None:
    real = "const now = Date.now; Date.now = () => now() + 7 * 60_000"
    screen = open_screen(real)
    expect(screen.locator("#staff")).to_contain_text("wrong by 7 minutes")
    answer(screen, BY_CARD)
    show_card(screen)
    see(screen, "granted")


def test_a_card_that_nobody_takes_back_leads_nowhere_dead(open_screen: OpenScreen) -> None:
    screen = open_screen(STILL)
    for outcome, reason, shown in (
        ("denied", "unknown_card", "denied"),
        ("desk", "pin_needed", "desk"),
        ("use_card", "tries_spent", "use_card"),
    ):
        answer(screen, {"outcome": outcome, "reason": reason, "message": "This card is not known here."})
        show_card(screen)
        see(screen, shown)
        time_passes(screen, 12_000)
        see(screen, "waiting")
        screen.unroute_all()


def test_a_page_that_is_hidden_looks_at_nobody_and_shows_no_name(open_screen: OpenScreen) -> None:
    screen = open_screen(FIGURE + STILL)
    answer(screen, LOOK, BY_CARD)
    screen.evaluate("window.stillAfter = 200")  # It looks until it is hidden, and takes no pictures meanwhile.
    show_card(screen)
    expect(screen.locator("body")).to_have_class("sees")
    screen.evaluate(HIDE, True)
    see(screen, "waiting")
    assert screen.evaluate("document.getElementById('video').srcObject") is None
    screen.evaluate("window.stillAfter = 1200")
    screen.evaluate(HIDE, False)
    show_card(screen)
    see(screen, "granted", "Siu Ming")
    screen.evaluate(HIDE, True)
    see(screen, "waiting")
    expect(screen.locator("main")).not_to_contain_text("Siu Ming")


def test_a_page_that_is_shown_again_asks_the_server_at_once(open_screen: OpenScreen) -> None:
    screen = open_screen("; { const real = setTimeout; window.setTimeout = (act, ms) => ms < 3000 && real(act, ms); }")
    answer(screen, {"status": 500})
    show_card(screen)
    see(screen, "slow")
    screen.evaluate(HIDE, True)
    see(screen, "slow")
    screen.evaluate(HIDE, False)
    see(screen, "waiting")


def test_a_wake_lock_that_was_taken_away_is_asked_for_again(open_screen: OpenScreen) -> None:
    locks = """window.locks = []; Object.defineProperty(navigator, "wakeLock", { value: { async request() {
        document.body.dataset.locks = window.locks.push({ released: false });
        return window.locks.at(-1); } } });
      { const real = setInterval; window.setInterval = (act, ms) => real(act, ms / 100); }"""
    screen = open_screen(locks)
    body = screen.locator("body")
    expect(body).to_have_attribute("data-locks", "1")
    screen.evaluate("() => { window.locks[0].released = true; }")
    expect(body).to_have_attribute("data-locks", "2")
    screen.evaluate("new Promise((done) => setTimeout(done, 600))")
    expect(body).to_have_attribute("data-locks", "2")
