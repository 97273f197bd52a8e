"""The kiosk's glass: three languages, readable from a step away, by keyboard alone, with axe, zoomed, and still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.kiosk_screen import (
    BY_CARD,
    FIGURE,
    LONG_NAME,
    LOOK,
    NO_MATCH,
    SCENES,
    STILL,
    answer,
    bring,
    see,
    show_card,
    time_passes,
)

OpenScreen = Callable[..., Page]
UPRIGHT, LYING = (800, 1280), (1280, 800)
OTHER_GLASS = {
    "phone": (390, 844),
    "small tablet": (820, 1180),
    "upright at 200 %": (400, 640),
    "lying at 200 %": (640, 400),
}
CROWDED = [
    *("waiting, wrong clock", "waiting, in another language", "both ways", "leaving", "look", "try again"),
    *("welcome, long name", "welcome, right to left", "camera refused", "no connection", "out of service"),
]


def scenes(open_screen: OpenScreen, names: list[str], **options: Any) -> Any:
    """Bring a screen to these scenes, one after the other."""
    screens: dict[str, Page] = {}
    for name in names:
        way = SCENES[name].way
        screens[way] = screens.get(way) or open_screen(FIGURE + STILL, way=way, **options)
        bring(screens[way], name)
        yield name, screens[way]


def glass(size: tuple[int, int]) -> dict[str, int]:
    return {"width": size[0], "height": size[1]}


# ------------------------------------------------------------ languages


def test_a_student_reads_the_whole_way_in_the_language_that_was_chosen(open_screen: OpenScreen) -> None:
    screen = open_screen(FIGURE + STILL)
    answer(screen, LOOK, NO_MATCH, BY_CARD | {"attendance": {"minutes_late": 12}})
    screen.get_by_role("button", name="繁體中文").click()
    see(screen, "waiting", "請拍卡", "把卡放近讀卡器。")
    assert screen.evaluate("document.documentElement.lang") == "zh-hant"
    screen.evaluate("window.stillAfter = 200")
    show_card(screen)
    see(screen, "look", "請看這裏")
    expect(screen.get_by_text("鏡頭已開啟")).to_be_visible()
    screen.evaluate("window.stillAfter = 1200")
    time_passes(screen, 350)  # The camera has settled.
    see(screen, "retry", "請再試一次", "這次不成功，請再看這裏一次。", "還可以試 2 次")
    time_passes(screen, 1600)
    see(screen, "granted", "歡迎", "Siu Ming", "遲到 12 分鐘")
    time_passes(screen, 2000)
    see(screen, "waiting", "Show your card")
    assert screen.evaluate("document.documentElement.lang") == "en"


def test_every_language_has_a_big_button_that_tells_whether_it_is_spoken(screen: Page) -> None:
    for name, words in (("简体中文", "请刷卡"), ("繁體中文", "請拍卡"), ("English", "Show your card")):
        screen.get_by_role("button", name=name).click()
        see(screen, "waiting", words)
        expect(screen.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        expect(screen.locator("#languages [aria-pressed=true]")).to_have_count(1)
    box = screen.get_by_role("button", name="简体中文").bounding_box()
    assert box is not None
    assert box["height"] >= 80
    assert box["width"] >= 120


def test_who_chose_a_language_and_went_away_leaves_the_first_one(open_screen: OpenScreen) -> None:
    screen = open_screen(STILL)
    screen.get_by_role("button", name="简体中文").click()
    see(screen, "waiting", "请刷卡")
    time_passes(screen, 12_000)
    see(screen, "waiting", "Show your card")


@pytest.mark.parametrize(("locale", "words"), [("zh-HK", "請拍卡"), ("zh-CN", "请刷卡"), ("fr-FR", "Show your card")])
def test_a_tablet_begins_in_its_own_language(open_screen: OpenScreen, locale: str, words: str) -> None:
    see(open_screen(locale=locale), "waiting", words)


def test_the_server_is_asked_to_speak_the_chosen_language(screen: Page) -> None:
    spoken: list[str | None] = []
    screen.on("request", lambda request: spoken.append(request.headers.get("accept-language")))
    screen.get_by_role("button", name="简体中文").click()
    answer(screen, BY_CARD)
    show_card(screen)
    see(screen, "granted", "欢迎")
    assert "zh-hans" in spoken


# ------------------------------------------------------------ what can be read and touched

SMALL_THINGS = """() => {
  const parts = [...document.querySelectorAll("h1, #text, #more, #staff, button, a, header > span")]
    .filter((part) => part.checkVisibility({ visibilityProperty: true }) && part.textContent.trim());
  const size = (part) => parseFloat(getComputedStyle(part).fontSize);
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const page = document.documentElement;
  return {
    small: parts.filter((part) => size(part) < (part.matches("h1") ? 64 : 32)).map((part) => part.textContent),
    narrow: parts.filter((part, n) => part.matches("button, a") && boxes[n].height < 60).length,
    over: parts.filter((_, n) => boxes.some((box, m) => m > n && meet(boxes[n], box))).map((part) => part.textContent),
    wide: page.scrollWidth > innerWidth || boxes.some((box) => box.left < -1 || box.right > innerWidth + 1),
    long: page.scrollHeight > innerHeight,
  };
}"""


@pytest.mark.parametrize("size", [UPRIGHT, LYING], ids=["upright", "lying"])
def test_every_screen_can_be_read_and_touched_from_where_students_stand(
    open_screen: OpenScreen, size: tuple[int, int]
) -> None:
    fine = {"small": [], "narrow": 0, "over": [], "wide": False, "long": False}
    for name, screen in scenes(open_screen, list(SCENES), viewport=glass(size)):
        assert (name, screen.evaluate(SMALL_THINGS)) == (name, fine)


@pytest.mark.parametrize("size", OTHER_GLASS.values(), ids=OTHER_GLASS)
def test_on_other_glass_and_zoomed_in_nothing_lies_over_something_or_outside(
    open_screen: OpenScreen, size: tuple[int, int]
) -> None:
    for name, screen in scenes(open_screen, CROWDED, viewport=glass(size)):
        seen = screen.evaluate(SMALL_THINGS)
        assert (name, seen["over"], seen["wide"], seen["narrow"]) == (name, [], False, 0)


def test_a_late_student_is_told_once_and_gently(screen: Page) -> None:
    answer(screen, BY_CARD | {"person": {"display_name": LONG_NAME}, "attendance": {"minutes_late": 12}})
    show_card(screen)
    see(screen, "granted", "Welcome", "Papadopoulou", "12 minutes late")
    see(screen, "waiting")
    expect(screen.locator("main")).not_to_contain_text("Papadopoulou")


def test_reduced_motion_is_respected(open_screen: OpenScreen) -> None:
    moving = "document.getAnimations().length"
    assert open_screen().evaluate(moving) > 0
    assert open_screen(reduced_motion="reduce").evaluate(moving) == 0


# ------------------------------------------------------------ axe and the keyboard


def serious(page: Page) -> list[str]:
    """Return what axe finds on a page that keeps somebody out."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_screen(open_screen: OpenScreen, theme: str) -> None:
    for name, screen in scenes(open_screen, list(SCENES), color_scheme=theme, viewport=glass(UPRIGHT)):
        assert (name, serious(screen)) == (name, [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_where_a_screen_is_paired(page_for: Callable[..., Page], theme: str) -> None:
    page = page_for(None, color_scheme=theme)
    page.goto("/kiosk/")
    assert serious(page) == []
    page.get_by_label("Key of the kiosk").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert serious(page) == []


FOCUSED = """() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return [document.activeElement.textContent.trim(), outlineStyle !== "none" && parseFloat(outlineWidth) >= 3]; }"""


def test_the_keyboard_reaches_every_button_and_shows_where_it_is(open_screen: OpenScreen) -> None:
    screen = open_screen(way="both")
    expected = ["Use my card only", "I am leaving", "English", "繁體中文", "简体中文"]
    for name in expected:
        screen.keyboard.press("Tab")
        assert screen.evaluate(FOCUSED) == [name, True]
    screen.keyboard.press("Enter")
    see(screen, "waiting", "请刷卡")


def test_a_screen_is_paired_by_keyboard_alone(page_for: Callable[..., Page]) -> None:
    page = page_for(None)
    page.goto("/kiosk/")
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_key":
            break
    assert page.evaluate(FOCUSED)[1]
    page.keyboard.type("wrong")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == ["Pair", True]
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Ask the office for a new key")
