"""A school with a gate of two kiosks, and students with references, for races with real transactions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol
from uuid import UUID, uuid4

import pytest
import redis
from pytest_django import Settings

from campus import clock, outbox
from campus.celery import TASK_MODULES
from enrollment import attempts, references
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.vault import keys
from gates import claims, extraction, intake, kiosks
from gates.demo_school import zone_where_it_is_nine
from gates.intake import Call
from gates.models import Capture, Gate, Kiosk, Way
from gates.parcels import Errand
from tests.concurrency.meeting import Callers, pause_before
from tests.drawn import pictures
from tests.personas import Pupil, World, make_school

FACES = {"willing": 7, "latecomer": 8}
STRANGER = 99


@dataclass(frozen=True)
class Hall:
    """The entrance of the school: two kiosks at one gate."""

    world: World
    kiosks: tuple[Kiosk, Kiosk]

    def show(self, pupil: Pupil, kiosk: int = 0) -> Capture:
        """Show a card and return the decided capture."""
        return intake.receive(self.kiosks[kiosk], card_of(pupil))

    def claim(self, pupil: Pupil) -> str:
        """Show a card that is answered with the wish to look, and return the claim."""
        return claims.token(self.show(pupil))


def card_of(pupil: Pupil) -> Call:
    """Return the call of a kiosk that was shown a card."""
    return Call(capture_id=uuid4(), captured_at=clock.now(), credential=pupil.card)


def face_of(identity: int, claim: str) -> Call:
    """Return the call of a kiosk that was told to look."""
    return Call(capture_id=uuid4(), captured_at=clock.now(), claim=claim, images=(draw(identity, 3),))


def enroll(world: World, pupil: Pupil, identity: int) -> str:
    """Enrol a student from three pictures; return why not, or an empty string."""
    at = clock.now()
    attempt = attempts.begin(student=pupil.person, operator=world.office, at=at)
    return references.enroll(attempt=attempt, images=pictures(face=identity), engine=DrawnEngine(), at=at)


def settle() -> None:
    """Do the effects that are owed, as the desk does."""
    for module in TASK_MODULES["desk"]:
        import_module(module)
    outbox.settle(at=clock.now())


@pytest.fixture
def callers() -> Iterator[Callers]:
    threads = Callers()
    yield threads
    threads.close()


@pytest.fixture
def hall(transactional_db: None, settings: Settings) -> Iterator[Hall]:
    """The school now, with every key that its processes have between them."""
    settings.FRAMES_KEY, settings.PROBE_KEY, settings.CLAIM_KEY = b"f" * 32, b"p" * 32, b"c" * 32
    settings.CARD_PARCEL_KEY = b"k" * 32
    settings.CAPTURE_WAIT_SECONDS = 20.0  # What decides these races is never how slow the machine is.
    keys.make_epoch()
    at = clock.now()
    world = make_school(at=at, timezone=zone_where_it_is_nine(at))
    gate = Gate.objects.create(school=world.school, name="Main gate")
    one, other = (kiosks.install(gate=gate, name=name, by=None, at=at, way=Way.BOTH)[0] for name in ("Left", "Right"))
    for name, identity in FACES.items():
        assert enroll(world, world.pupils[name], identity) == ""
    settle()  # The families are told.
    yield Hall(world, (one, other))
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@dataclass(frozen=True)
class Sent:
    """A capture whose probe lies in the broker, undecided, while its kiosk waits for the answer."""

    id: UUID
    answer: Future[Capture]


class Sends(Protocol):
    """Sends a face for a card, and does what the extracting process does."""

    def __call__(self, pupil: Pupil, identity: int) -> Sent: ...


@pytest.fixture
def send(hall: Hall, callers: Callers, monkeypatch: pytest.MonkeyPatch) -> Sends:
    """Bring a capture so far that only the decision is missing."""

    def sent(pupil: Pupil, identity: int) -> Sent:
        call = face_of(identity, hall.claim(pupil))
        with monkeypatch.context() as patch:
            on_its_way = pause_before(patch, intake, "_answered")
            answer = callers.start(intake.receive, hall.kiosks[0], call)
            on_its_way.reached()
            on_its_way.go_on()
        capture = Capture.objects.get(capture_id=call.capture_id)
        extraction.extract(Errand.of(capture))
        return Sent(capture.id, answer)

    return sent
