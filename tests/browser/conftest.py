"""Pages of the product in a real browser (`tests.chromium_fixture`): `page_for(user)` for somebody signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from campus.models import User
from gates import kiosks
from gates.models import Gate, Way
from tests.browser.kiosk_screen import pair
from tests.personas import World


@pytest.fixture
def page_for(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open a page of the product in which somebody is signed in, or nobody: `page_for(world.office)`."""
    contexts: list[BrowserContext] = []

    def page_for_user(user: User | None = None, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return context.new_page()

    yield page_for_user
    for context in contexts:
        context.close()


@pytest.fixture
def open_screen(page_for: Callable[..., Page], world: World) -> Callable[..., Page]:
    """Open a paired screen of a kiosk that is passed this way; `script` runs in the page before its own."""

    def opened(script: str = "", *, way: str = "in", **options: Any) -> Page:
        gate, _ = Gate.objects.get_or_create(school=world.school, name="Main gate")
        name = f"Kiosk {gate.kiosks.count()}"
        _, key = kiosks.install(gate=gate, name=name, by=None, at=world.at, way=Way(way))
        page = page_for(None, **{"viewport": {"width": 800, "height": 1280}, **options})
        page.add_init_script(script)
        pair(page, key)
        return page

    return opened


@pytest.fixture
def screen(open_screen: Callable[..., Page]) -> Page:
    return open_screen()
