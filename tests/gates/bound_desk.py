"""Enrolling with the card that a reference opens with, and bringing such a student to the gate."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from campus import broker, cards, clock, sealing
from enrollment import desk
from enrollment.faces.distance import template_to_bytes
from enrollment.faces.drawn_engine import draw
from enrollment.models import EnrollmentAttempt
from gates import intake, verification
from gates.parcels import Errand, Extracted
from tests.drawn import ENGINE, FACE
from tests.enrollment.sitting import Desk, url
from tests.galleries import probe_of
from tests.gates.lane import Lane
from tests.personas import AT, Pupil


def send(sitting: Desk, pupil: Pupil, nonce: str, *, face: int = FACE) -> Any:
    """Send pictures as the page's script does."""
    images = [SimpleUploadedFile(f"{number}.jpg", draw(face, number), "image/jpeg") for number in range(3)]
    return sitting.operator.post(url(pupil), {"image": images}, headers={"Enrollment-Nonce": nonce})


def sit(sitting: Desk, pupil: Pupil, *, face: int = FACE, at: Any = AT) -> str:
    """Enrol a pupil in a whole sitting, and return why not."""
    send(sitting, pupil, sitting.sit(pupil), face=face)
    attempt = EnrollmentAttempt.objects.get(state="pending")
    desk.finish(attempt.id, at=at)
    attempt.refresh_from_db()
    return attempt.reason


def key_of(pupil: Pupil) -> bytes:
    return cards.wrapping_key(cards.parse(pupil.card))


def looks(lane: Lane, pupil: Pupil, card: str, *, face: int = FACE) -> tuple[str, str]:
    """Bring the pictures of a pupil, sent with a card's string or none, to their decision as the workers do."""
    capture = lane.capture(pupil, at=clock.now())
    errand = Errand.of(capture)
    sealed = intake._card_key(intake.Call(capture.capture_id, AT, credential=card), errand)
    extracted = Extracted(engine=ENGINE, frames=1, template=template_to_bytes(probe_of(face)), card=sealed)
    parcel = sealing.seal(b"p" * 32, extracted.parts(), bound_to=errand.probe)
    broker.put_parcel(f"probe:{capture.id}", parcel, seconds=10)
    verification.verify(capture.id)
    capture.refresh_from_db()
    return capture.outcome, capture.reason
