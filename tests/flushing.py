"""Lets tests with real transactions empty the tables that only grow, which their triggers refuse to everybody else."""

from __future__ import annotations

from collections.abc import Iterator

import pgtrigger
import pytest
from django.test import TransactionTestCase


@pytest.fixture(scope="session", autouse=True)
def _empty_append_only_tables_too() -> Iterator[None]:
    """Flush after each such test without the triggers, and for nothing but the flush."""
    flush = vars(TransactionTestCase)["_fixture_teardown"]

    def flush_everything(self: TransactionTestCase) -> None:
        with pgtrigger.ignore():
            flush(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_everything)
        yield
