"""Asks in one browser for one thing after another, each as if nothing had been asked before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from django.db import transaction
from django.test import Client


@contextmanager
def undone(browser: Client) -> Iterator[None]:
    """Take back what is done inside: the rows, and the browser's cookies. A new browser would load all middleware."""
    cookies = deepcopy(browser.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    browser.cookies = cookies
