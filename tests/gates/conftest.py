"""A lane, an enrolled pupil, and the broker as a kiosk's call leaves it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis
from pytest_django import Settings

from campus import clock
from campus.models import School
from enrollment import desk, sittings
from enrollment.models import Reference
from enrollment.vault import keys
from gates.models import Capture
from tests.drawn import enroll
from tests.enrollment.sitting import Desk, desk_of
from tests.gates.lane import FACES, Lane, look, make_lane
from tests.personas import AT, SignIn, World

TICKING_WAIT_SECONDS = 0.05


@pytest.fixture(autouse=True)
def gate_settings(settings: Settings) -> None:
    """Give this process, which is web and workers at once, the keys of both; and no patience, as no clock runs."""
    settings.CLAIM_KEY, settings.FRAMES_KEY, settings.PROBE_KEY = b"c" * 32, b"f" * 32, b"p" * 32
    settings.CARD_PARCEL_KEY = b"k" * 32
    settings.CAPTURE_WAIT_SECONDS = 0.0


@pytest.fixture
def lane(world: World) -> Lane:
    """The lane of the world's school."""
    return make_lane(world)


@pytest.fixture
def reference(world: World) -> Reference:
    """The reference of the pupil whose family said yes."""
    return enroll(world.willing.person, operator=world.office, at=world.at)


@pytest.fixture
def ticking(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock that stands at `AT` run on, and the web wait for a moment."""
    settings.CAPTURE_WAIT_SECONDS = TICKING_WAIT_SECONDS
    begun = time.monotonic()
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(seconds=time.monotonic() - begun))


@pytest.fixture
def broker_gained(settings: Settings) -> Iterator[Callable[[], list[bytes]]]:
    """Return, whenever it is called, the keys of the broker that are new or changed since the test began."""
    with redis.Redis.from_url(settings.REDIS_URL) as broker:

        def contents() -> dict[bytes, bytes]:
            return {key: broker.dump(key) or b"" for key in broker.scan_iter()}

        before = contents()
        yield lambda: [key for key, value in contents().items() if value and value != before.get(key)]


@pytest.fixture
def looking(lane: Lane, identifying: School) -> Lane:
    """A lane of a school that looks for faces, with two students enrolled."""
    for name, face in FACES.items():
        enroll(lane.world.pupils[name].person, operator=lane.world.office, at=lane.world.at, face=face)
    return lane


@pytest.fixture
def looks(looking: Lane) -> Callable[..., Capture]:
    """Bring a look without a card to its decision, as the two workers do."""
    return lambda face=7, **said: look(looking, face, **said)


@pytest.fixture
def desk_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is web and desk at once."""
    settings.ENROLLMENT_KEY = b"e" * 32
    monkeypatch.setattr(sittings, "WAIT_SECONDS", 0.05)
    desk.engine.cache_clear()
    keys.make_epoch()
    yield
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture
def sitting(world: World, signed_in: SignIn) -> Desk:
    return desk_of(world, signed_in)
