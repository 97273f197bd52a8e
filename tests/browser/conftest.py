"""Pages of the product in a real browser (`tests.chromium_fixture`): `page_for(user)` for somebody signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings

from campus import broker
from campus.models import User
from enrollment import desk
from enrollment.faces.drawn_engine import VARIANTS, draw
from enrollment.vault import keys
from gates import kiosks
from gates.models import Gate, Way
from tests import chromium_fixture
from tests import harbour_road as harbour
from tests.browser.kiosk_screen import PATIENCE_MS, pair
from tests.browser.quiet import wait_until_quiet, watched
from tests.drawn import FACE
from tests.harbour_names import NOW
from tests.harbour_road import HarbourRoad
from tests.personas import AT, World

# A page comes when it comes: on a busy machine five seconds, Playwright's own patience, are little for three requests.
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def quiet(live_server: Any) -> Iterator[None]:
    """End a test only when the server has answered all that its browsers asked: what came later met empty tables."""
    with watched():
        yield
        wait_until_quiet()


@pytest.fixture
def page_for(chromium: Browser, live_server: Any, quiet: None) -> Iterator[Callable[..., Page]]:
    """Open a page of the product in which somebody is signed in, or nobody: `page_for(world.office)`."""
    contexts: list[BrowserContext] = []

    def page_for_user(user: User | None = None, *, keeps_offline: bool = False, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        if not keeps_offline:  # What a worker fetches escapes `page.route`.
            context.add_init_script("delete Navigator.prototype.serviceWorker")
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


# ------------------------------------------------------------ the enrolment desk


@pytest.fixture
def the_desk_works(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure drawn figures in this process, as the desk worker does with faces."""
    settings.ENROLLMENT_KEY = b"f" * 32
    desk.engine.cache_clear()
    keys.make_epoch()

    def measure(name: str, seconds: float) -> None:
        desk.finish(UUID(name.partition(":")[2]), at=AT)

    monkeypatch.setattr(broker, "wait_done", measure)


@pytest.fixture
def camera_page(chromium: Browser, live_server: Any, quiet: None, world: World, tmp_path: Path) -> Iterator[Page]:
    """The office's page in a browser before whose camera a drawn figure stands."""
    film = tmp_path / "camera.mjpeg"
    # Every picture of the film is another one: the desk takes none twice. It lasts longer than five pictures take.
    film.write_bytes(b"".join(draw(FACE, variant, size=(640, 480)) for variant in range(VARIANTS)))
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    browser = chromium.browser_type.launch(
        executable_path=chromium_fixture.path(),
        args=["--no-sandbox", *flags, f"--use-file-for-fake-video-capture={film}"],
    )
    context = browser.new_context(base_url=live_server.url)
    client = Client()
    client.force_login(world.office)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    yield context.new_page()
    browser.close()


@pytest.fixture
def harbour_road(transactional_db: None, frozen: Callable[..., None]) -> HarbourRoad:
    """The school that looks like one, on its Wednesday morning."""
    frozen(NOW)
    return harbour.build()
