"""A gate with a kiosk, which speaks to the product over HTTP as a kiosk does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase

from campus import broker, clock, sealing
from enrollment.faces.distance import template_to_bytes
from enrollment.faces.drawn_engine import draw
from enrollment.models import Reference
from gates import kiosks, passages, verification
from gates.decision import Claim, Trouble
from gates.models import Capture, Gate, Kiosk, Way
from gates.parcels import Errand, Extracted
from gates.passages import Compared, Finding
from tests.drawn import ENGINE, FACE
from tests.galleries import probe_of
from tests.personas import Pupil, World

FACES = {"willing": 7, "latecomer": 8}
"""The identities that are enrolled where faces are looked for."""
ADDRESS = "/api/v1/captures"


@dataclass
class Lane:
    """One lane of a world's school: its gate, its kiosk and the kiosk's key."""

    world: World
    gate: Gate
    kiosk: Kiosk
    key: str
    client: Client = field(default_factory=Client)

    def send(self, pupil: Pupil | None = None, *, pictures: int = 0, key: str | None = None, **fields: Any) -> Any:
        """Send one capture and return the response. A field that is None is left out.

        What follows a commit, such as the turnstile, happens, although tests run in a transaction.
        """
        body: dict[str, Any] = {"capture_id": str(uuid4()), "captured_at": clock.now().isoformat()}
        body |= {"credential": pupil.card} if pupil else {}
        body |= {"image": [picture(variant) for variant in range(pictures)]} if pictures else {}
        body |= fields
        known = {name: value for name, value in body.items() if value is not None}
        with TestCase.captureOnCommitCallbacks(execute=True):
            return self.client.post(ADDRESS, known, headers={"Authorization": f"Kiosk {key or self.key}"})

    def claim(self, pupil: Pupil) -> str:
        """Show a card and return the claim that the answer gives."""
        answer = self.send(pupil).json()
        assert answer["outcome"] == "look", answer
        return str(answer["claim"])

    def capture(self, pupil: Pupil | None, *, frames: int = 1, at: datetime, **fields: Any) -> Capture:
        """Make the pending row of a capture, as intake leaves it for the workers."""
        person = pupil.person if pupil else None
        known: dict[str, Any] = {"direction": "in", "captured_at": at, "clock_suspect": False} | fields
        return Capture.objects.create(
            school=self.world.school,
            kiosk=self.kiosk,
            capture_id=uuid4(),
            digest=b"digest",
            frames=frames,
            person=person,
            credential=person.credentials.get(revoked_at=None) if person else None,
            received_at=at,
            **known,
        )

    def passes(self, pupil: Pupil, *, at: datetime, **fields: Any) -> Capture:
        """Let a pupil pass, or not, by the card alone."""
        return passages.record(self.capture(pupil, frames=0, at=at, **fields).id, Finding(), at=at)

    def tries(self, pupil: Pupil, *, distance: float | None, at: datetime, trouble: Trouble | None = None) -> Capture:
        """Record one face try of an enrolled pupil, as the workers do once they have measured it."""
        finding = Finding(claim=Claim.GOOD, trouble=trouble)
        if distance is not None:
            reference = Reference.objects.get(student=pupil.person).id
            finding = Finding(claim=Claim.GOOD, compared=compared(reference, distance))
        return passages.record(self.capture(pupil, at=at).id, finding, at=at)


def make_lane(world: World, *, name: str = "Main gate") -> Lane:
    """Build a lane at a world's school, of which the kiosk serves both ways."""
    gate, _ = Gate.objects.get_or_create(school=world.school, name=name)
    kiosk, key = kiosks.install(gate=gate, name=f"Kiosk at {name}", by=None, at=world.at, way=Way.BOTH)
    return Lane(world, gate, kiosk, key)


def compared(reference: UUID, distance: float) -> Compared:
    """Return what `decide` measures, of three pictures and three frames of drawn figures."""
    return Compared(
        reference=reference, engine=ENGINE, distance=distance, frames=3, threshold=0.45, threshold_version="drawn"
    )


def picture(variant: int = 0, *, face: int = FACE) -> SimpleUploadedFile:
    """Return a small picture of a drawn figure, as an upload."""
    return SimpleUploadedFile("capture.jpg", draw(face, variant, size=(160, 120)), "image/jpeg")


def later(at: datetime, seconds: float) -> datetime:
    """Return the moment so many seconds after another."""
    return at + timedelta(seconds=seconds)


def look(lane: Lane, face: int = 7, *, at: datetime | None = None, **said: Any) -> Capture:
    """Let somebody of this face look, without a card, and return the decided capture."""
    at = at or lane.world.at
    capture = lane.capture(None, identify=True, at=at)
    seen: dict[str, Any] = {"engine": ENGINE, "frames": 1, "template": template_to_bytes(probe_of(face))}
    extracted = Extracted(**(seen | said))
    errand = Errand.of(capture)
    parcel = sealing.seal(b"p" * 32, extracted.parts(), bound_to=errand.probe)
    broker.put_parcel(f"probe:{capture.id}", parcel, seconds=10)
    verification.verify(capture.id)
    capture.refresh_from_db()
    return capture
