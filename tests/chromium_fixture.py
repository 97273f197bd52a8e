"""One real browser for a whole run: the fixture `chromium`. Playwright can be started once in a thread.

Without Chromium its tests are skipped; with REQUIRE_BROWSER=1 they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def path() -> str:
    """Return where Chromium is; skip, or fail where it is required, when there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)("there is no Chromium here")
    return str(found)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser without a camera. `chromium.browser_type.launch()` starts another one, with other flags."""
    executable = path()
    connections.close_all()  # Django keeps others where an event loop runs; these would stay open, out of its reach.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()
