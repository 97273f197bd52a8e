"""The door to retention, as `setup_roles` makes it."""

from __future__ import annotations

import pytest
from pytest_django import DjangoDbBlocker

from campus import roles


@pytest.fixture(scope="session")
def door(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Set up the roles and the functions through which rows end."""
    with django_db_blocker.unblock():
        roles.set_up()
