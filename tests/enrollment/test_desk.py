"""The desk worker's side of a sitting: every attempt is answered, whatever its parcel is, and the worker lives on."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis
from pytest_django import Settings

from campus import broker, sealing
from enrollment import attempts, desk, sittings, tasks
from enrollment.faces.distance import Template
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.faces.face import Face
from enrollment.faces.images import Pixels
from enrollment.models import EnrollmentAttempt, Reference
from enrollment.vault import keys
from enrollment.vault.models import DataKey
from tests.drawn import pictures
from tests.personas import World


class Insatiable(DrawnEngine):
    """An engine that the system refuses memory, as a limited process's may be."""

    def encode(self, pixels: Pixels, face: Face) -> Template:
        raise MemoryError


@pytest.fixture(autouse=True)
def keys_of_the_desk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.ENROLLMENT_KEY = b"e" * 32
    monkeypatch.setattr(desk, "engine", lambda: DrawnEngine())
    keys.make_epoch()
    yield
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


def begun(world: World) -> EnrollmentAttempt:
    return attempts.begin(student=world.willing.person, operator=world.office, at=world.at)


def put(attempt: EnrollmentAttempt, parcel: bytes) -> None:
    broker.put_parcel(f"enrollment:{attempt.id}", parcel, seconds=10)


def sealed(attempt: EnrollmentAttempt, key: bytes = b"e" * 32) -> bytes:
    return sealing.seal(key, [b"", *pictures()], bound_to=sittings.purpose_of(attempt.id))


def answer_to(attempt: EnrollmentAttempt) -> tuple[str, str]:
    tasks.enroll(str(attempt.id))
    attempt.refresh_from_db()
    return attempt.state, attempt.reason


def test_it_enrols_from_the_pictures_of_the_attempt(world: World) -> None:
    attempt = begun(world)
    put(attempt, sealed(attempt))
    assert answer_to(attempt) == ("enrolled", "")
    assert Reference.objects.filter(student=world.willing.person).exists()


def test_a_second_order_changes_nothing(world: World) -> None:
    attempt = begun(world)
    put(attempt, sealed(attempt))
    assert answer_to(attempt) == ("enrolled", "")
    reference = Reference.objects.get()
    put(attempt, sealed(attempt))
    assert answer_to(attempt) == ("enrolled", "")
    assert Reference.objects.get() == reference


def test_pictures_of_another_attempt_are_not_looked_at(world: World) -> None:
    attempt, other = begun(world), begun(world)
    put(attempt, sealed(other))
    assert answer_to(attempt) == ("refused", "not_available")
    assert not Reference.objects.exists()


def test_pictures_sealed_by_somebody_else_are_not_looked_at(world: World) -> None:
    attempt = begun(world)
    put(attempt, sealed(attempt, key=b"x" * 32))
    assert answer_to(attempt) == ("refused", "not_available")


def test_an_attempt_without_pictures_is_refused(world: World) -> None:
    assert answer_to(begun(world)) == ("refused", "not_available")


def test_an_attempt_that_nobody_began_changes_nothing(world: World) -> None:
    tasks.enroll(str(uuid4()))
    assert not EnrollmentAttempt.objects.exists()


def test_pictures_that_take_too_much_memory_end_the_attempt_and_not_the_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "engine", Insatiable)
    attempt = begun(world)
    put(attempt, sealed(attempt))
    assert answer_to(attempt) == ("refused", "not_available")  # Celery ends a worker that a MemoryError gets through.
    assert not DataKey.objects.exists()
