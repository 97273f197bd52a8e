"""Who looks after data protection at a school: fixtures for the tests of their pages."""

from __future__ import annotations

import pytest

from campus.models import Role, User
from tests.personas import World


def member(world: World, name: str, kind: Role.Kind) -> User:
    user = User.objects.create_user(f"{name.lower()}@{world.school.slug}.example", name=name)
    Role.objects.create(school=world.school, user=user, kind=kind)
    return user


@pytest.fixture
def officer(world: World) -> User:
    """The school's data protection officer."""
    return member(world, "Protection", Role.Kind.PROTECTION_OFFICER)


@pytest.fixture
def head(world: World) -> User:
    """An administrator of the school: its head."""
    return member(world, "Head", Role.Kind.ADMINISTRATOR)


@pytest.fixture
def deputy(world: World) -> User:
    """Another administrator."""
    return member(world, "Deputy", Role.Kind.ADMINISTRATOR)
