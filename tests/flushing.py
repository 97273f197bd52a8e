"""Lets tests with real transactions empty what a flush leaves: the tables that only grow, whose triggers refuse it to
everybody else, and the cache, where the tries of one test would be counted against the next.
"""

from __future__ import annotations

from collections.abc import Iterator

import pgtrigger
import pytest
from django.core.cache import cache
from django.test import TransactionTestCase


@pytest.fixture(scope="session", autouse=True)
def _empty_append_only_tables_too() -> Iterator[None]:
    """Flush after each such test without the triggers, and for nothing but the flush."""
    flush = vars(TransactionTestCase)["_fixture_teardown"]

    def flush_everything(self: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            flush(self)
        cache.clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_everything)
        yield
