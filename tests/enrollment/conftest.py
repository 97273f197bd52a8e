"""A guardian without e-mail, whom several tests of papers are about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campus import guardians
from campus.models import User
from tests.personas import AT, World, tell


@pytest.fixture
def grandmother(world: World) -> User:
    """A guardian without an e-mail address."""
    student, known = world.unanswered.person, AT - timedelta(days=30)
    bond = guardians.name(student=student, name="Po Po", responsible=True, by=world.office, at=known)
    tell(student, bond.guardian, at=known)
    return bond.guardian
