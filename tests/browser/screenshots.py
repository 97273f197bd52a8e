"""`make screenshots`: every page in every width and theme, under var/screenshots/, and those of the docs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from html import escape
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from running.places import PROJECT
from tests.browser.kiosk_screen import FIGURE, SCENES, STILL, bring
from tests.browser.pages import VIEWS
from tests.browser.visits import visit
from tests.harbour_road import HarbourRoad

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = PROJECT / "var" / "screenshots"
WIDTHS = {390: 844, 820: 1180, 1280: 800}
THEMES = ("light", "dark")
DOCS = PROJECT / "docs" / "images"
IN_THE_DOCS = {
    "register": (1280, "light"),
    "kiosk-look": (1280, "light"),
    "family-child": (390, "light"),
    "office-people": (1280, "light"),
    "enroll-camera": (1280, "light"),
}
"""What the docs show, and in which width and theme."""
COLOURS = 128


def test_take_them(harbour_road: HarbourRoad, page_for: Callable[..., Page]) -> None:
    views = os.environ.get("VIEWS", "").split()
    for view in VIEWS:
        if views and view.name not in views:
            continue
        with visit(view, harbour_road, page_for) as visited:
            for width, height in WIDTHS.items():
                for theme in THEMES:
                    _take(visited.page, view.name, (width, height), theme)
    _contact_sheet()


def test_take_every_screen_of_the_kiosk(open_screen: Callable[..., Page]) -> None:
    wanted = os.environ.get("VIEWS", "").split()
    scenes = {"kiosk-screen-" + re.sub(r"\W+", "-", name): name for name in SCENES}
    screens = {way: open_screen(FIGURE + STILL, way=way) for way in {scene.way for scene in SCENES.values()}}
    for name, scene in scenes.items():
        if wanted and name not in wanted:
            continue
        page = screens[SCENES[scene].way]
        bring(page, scene)
        for size in WIDTHS.items():
            for theme in THEMES:
                _take(page, name, size, theme)
    _contact_sheet()


def _take(page: Page, name: str, size: tuple[int, int], theme: str) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    whole = not name.startswith("kiosk-") and not page.locator("dialog[open]").count()
    picture = page.screenshot(full_page=whole, animations="disabled", caret="hide")
    place = FOLDER / name / f"{width}-{theme}.png"
    _save(picture, place)
    if IN_THE_DOCS.get(name) == (width, theme):
        _save(page.screenshot(animations="disabled", caret="hide"), DOCS / f"{name}.png")


def _save(picture: bytes, place: Path) -> None:
    """Write a picture with few colours: a third of the bytes, and text as sharp as before."""
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(place, optimize=True)


def _contact_sheet() -> None:
    """Write a page that shows them all."""
    rows, views = "", {view.name: f"{view.who}, {view.address}" for view in VIEWS}
    for name in [*views, *sorted(folder.name for folder in FOLDER.iterdir() if folder.name not in views)]:
        pictures = [f"{name}/{width}-{theme}.png" for width in WIDTHS for theme in THEMES]
        shown = "".join(
            f'<a href="{one}"><img src="{one}" alt="{one}" loading="lazy"></a>'
            for one in pictures
            if (FOLDER / one).exists()
        )
        rows += f"<h2>{escape(name)} <small>{escape(views.get(name, ''))}</small></h2><p>{shown}</p>\n"
    style = "body{font:16px system-ui;margin:2rem;background:#ddd}img{height:420px;margin:0 8px 8px 0}"
    FOLDER.joinpath("index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>Every page</title><style>{style}</style>\n{rows}"
    )
