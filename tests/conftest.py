"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from campus import clock, roles
from campus.models import Role, User
from tests.personas import AT, World, make_school
from tests.snapshot import Snapshot

pytest_plugins = [
    "tests.flushing",
    "tests.stack_fixture",
    "tests.newcomers",
    "tests.chromium_fixture",
    "tests.renewing",
    "tests.optional_models",
    "tests.galleries",
    "tests.restoring",
    "tests.protection_staff",
]
DATABASES = ["default", "keys"]
settings.FACE_ENGINES = "fake"
"""This process enrols and compares drawn figures. The processes of `tests/stack` have an environment of theirs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every test that touches a database touch both: erasure in one owes something to the other."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is None and not {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
            continue
        wanted = {"databases": DATABASES} | (dict(marker.kwargs) if marker else {})
        item.add_marker(pytest.mark.django_db(**wanted), append=False)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Let no test speak the language that the last request of another was answered in: a thread stays in it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stop the clock of this process at a moment: `frozen(at)`; call it again to move the hands."""

    def stop(at: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)

    stop(AT)
    return stop


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Set up the databases with the roles and the functions that retention needs, as an installation does."""
    with django_db_blocker.unblock():
        roles.set_up()


@pytest.fixture(scope="session")
def world_as_made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Snapshot[World]:
    """The world of every test, made once by the actions that the product makes it with, and taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        snapshot = Snapshot(make_school(at=AT))
        transaction.set_rollback(True)
    return snapshot


@pytest.fixture
def world(db: None, frozen: Callable[[datetime], None], world_as_made: Snapshot[World]) -> World:
    """A school with its people, at `AT`, where the clock stands still."""
    return world_as_made.put_back()


@pytest.fixture
def colleague(world: World) -> User:
    """A second member of the school's office."""
    user = User.objects.create_user("colleague@hillside.example", name="Colleague")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.OFFICE)
    return user


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Make a browser in which somebody is signed in: `signed_in(world.office)`."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser
