"""Opening the views of `tests.browser.pages` one after the other in one browser, and what is heard meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.test import override_settings
from playwright.sync_api import Page, Request

from tests.browser.pages import View
from tests.harbour_names import NOW
from tests.harbour_road import HarbourRoad


@dataclass
class Visit:
    """A page that is open, the hosts it has asked, and what its console has said."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Hear from now on; what a page fetches from itself (`data:`, `blob:`) is nobody else's business."""
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text))

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob"):
            self.hosts.add(urlsplit(request.url).hostname or "")


@contextmanager
def visit(view: View, made: HarbourRoad, page_for: Callable[..., Page]) -> Iterator[Visit]:
    """Open a view as the person who sees it; the page's clock stands still."""
    with override_settings(**view.settings):
        yield from _opened(view, made, page_for)


def _opened(view: View, made: HarbourRoad, page_for: Callable[..., Page]) -> Iterator[Visit]:
    user = None if view.who == "visitor" else made.users[view.who]
    page = page_for(user, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.clock.set_fixed_time(NOW)
    visited = Visit(page)
    visited.listen()
    view.before(page, made)
    response = page.goto(view.address.format(**made.addresses()))
    assert response is not None
    assert response.status == view.status, (view.name, response.status)
    view.then(page, made)
    page.wait_for_load_state()  # A step sees its words before the styles of the page are there.
    page.evaluate("document.fonts.ready")
    yield visited
    page.context.close()
