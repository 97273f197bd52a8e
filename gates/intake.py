"""A capture comes in: card first, then consent, and only then, if asked for, its pictures.

Where a school allows it, the touch of a button stands in for the card; whose consent counts is then known only
once somebody has been found, and only students with live consent can be found.

Pictures that nobody asked for are dropped here unread. Pictures that were asked for are sealed and sent on;
this process can't look at them. It waits for at most two seconds, and if nothing has been decided by then
it says so by the same compare-and-swap that a decision needs, so a late decision can't open the gate.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from kombu.exceptions import OperationalError

from campus import broker, cards, clock, people, sealing
from campus.celery import app
from campus.models import Credential
from enrollment import identification, permits
from enrollment.models import Reference
from enrollment.search import Search
from gates import claims, parcels, passages
from gates.decision import Claim, Trouble
from gates.models import Capture, Direction, Kiosk
from gates.models import Claim as ClaimRow
from gates.passages import Finding

CLOCK_TOLERANCE = timedelta(seconds=60)
LOOK_AGAIN_SECONDS = 0.2
"""The broker's word only makes it quicker: the row is read this often anyway, should the word get lost."""


@dataclass(frozen=True)
class Call:
    """What a kiosk sent, checked for form and not yet for meaning."""

    capture_id: UUID
    captured_at: datetime
    direction: str = Direction.IN
    credential: str = field(default="", repr=False)
    identify: bool = False
    """Somebody touched the button instead of showing a card."""
    face_declined: bool = False
    claim: str = field(default="", repr=False)
    challenge: str = ""
    images: tuple[bytes, ...] = field(default=(), repr=False)

    def digest(self, *, with_images: bool) -> bytes:
        """Return SHA-256 of the fields and, where they were asked for, of the images."""
        said = [
            str(self.capture_id),
            self.captured_at.isoformat(),
            self.direction,
            self.credential,
            str(self.identify),
            str(self.face_declined),
            self.claim,
            self.challenge,
            str(len(self.images)),
        ]
        if with_images:
            said += [hashlib.sha256(image).hexdigest() for image in self.images]
        return hashlib.sha256("\0".join(said).encode()).digest()


class Conflict(Exception):
    """The same capture id came before, with another body."""


class TooMany(Exception):
    """The kiosk calls more often than any queue of students could."""


class ForeignClaim(Exception):
    """The claim was given to another kiosk."""


class WrongWay(Exception):
    """Nobody passes this kiosk in this direction. An entrance's key, in whose hands ever, opens no exit."""


def receive(kiosk: Kiosk, call: Call) -> Capture:
    """Take a kiosk's call through to its decision and return the decided capture.

    The same call again returns the same capture, decided once.
    """
    if not kiosk.serves(call.direction):
        raise WrongWay
    at = clock.now()
    earlier = _earlier(kiosk, call)
    if earlier is None:
        capture = _take_in(kiosk, call, at)
        if capture is not None:
            return _look_at(capture, call) if capture.state == Capture.State.PENDING else capture
        earlier = Capture.objects.get(kiosk=kiosk, capture_id=call.capture_id)
    if bytes(earlier.digest) != call.digest(with_images=earlier.frames > 0):
        raise Conflict
    return _answered(earlier)


def _earlier(kiosk: Kiosk, call: Call) -> Capture | None:
    return Capture.objects.filter(kiosk=kiosk, capture_id=call.capture_id).first()


@transaction.atomic
def _take_in(kiosk: Kiosk, call: Call, at: datetime) -> Capture | None:
    """Write a call down and decide it, unless its pictures are to be looked at: then it is left pending.

    All in one transaction, so that a card is never left without its decision. Returns None if the same
    call was written down by another request at this moment.
    """
    if call.direction == Direction.IN:
        _refuse_a_flood(kiosk, at)
    claim, credential = _claimed(kiosk, call)
    identify = claim.credential_id is None if claim else call.identify
    wanted = claim is not None and claims.is_good(claim, at) and _pictures_are_wanted(call, claim, kiosk, at)
    capture = Capture(
        school=kiosk.school,
        kiosk=kiosk,
        capture_id=call.capture_id,
        digest=call.digest(with_images=wanted),
        direction=call.direction,
        identify=identify,
        face_declined=call.face_declined,
        frames=len(call.images) if wanted else 0,
        credential=credential,
        person=credential.person if credential else None,
        captured_at=call.captured_at,
        received_at=at,
        clock_suspect=abs(call.captured_at - at) > CLOCK_TOLERANCE,
    )
    if not _inserted(capture):
        return None
    standing = claims.use(claim, capture=capture, at=at) if call.claim else Claim.NONE
    if wanted and standing is Claim.GOOD:
        _leave_the_disk_to_the_decision()
        return capture
    if wanted:  # Another call used the claim first: these pictures are not looked at, nor counted as a try.
        Capture.objects.filter(id=capture.id).update(frames=0, digest=call.digest(with_images=False))
    unknown = bool(call.credential) and credential is None
    entering = identify and call.direction == Direction.IN
    search = identification.standing(kiosk.school, at).search if entering else Search.OFF
    return passages.record(capture.id, Finding(claim=standing, unknown_card=unknown, search=search), at=at)


def _leave_the_disk_to_the_decision() -> None:
    """Let this transaction's commit not wait for the disk: the student would wait for it a second time.

    Nothing has been answered yet. The decision's commit waits, and what it writes lies behind this in the same log: no
    decision survives without its capture. A machine that dies before that forgets the call, and nobody has passed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")


def _claimed(kiosk: Kiosk, call: Call) -> tuple[ClaimRow | None, Credential | None]:
    """Return the claim and the card of a call. A claim brings its card; it is worth nothing with another."""
    claim = claims.find(call.claim) if call.claim else None
    if claim is not None and claim.kiosk_id != kiosk.id:
        raise ForeignClaim
    credential = _credential(call.credential, kiosk)
    if claim is None:
        return None, credential
    if call.credential and credential != claim.credential:
        return None, credential
    return claim, claim.credential


def _inserted(capture: Capture) -> bool:
    """Insert a capture and tell whether it was the first under its id."""
    try:
        with transaction.atomic():
            capture.save(force_insert=True)
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "capture_once_a_kiosk":
            raise
        return False
    return True


def _pictures_are_wanted(call: Call, claim: ClaimRow, kiosk: Kiosk, at: datetime) -> bool:
    """Tell whether these pictures were asked for and consent is alive: otherwise nobody touches them.

    Without a card it is not known whose consent to ask for; then the school must allow looking for faces.
    """
    if not call.images or call.face_declined or call.direction == Direction.OUT:
        return False
    credential = claim.credential
    if credential is None:
        return identification.standing(kiosk.school, at).search is Search.OPEN
    if credential.revoked_at is not None or not people.is_on_roll(credential.person, at):
        return False
    return permits.comparable(credential.person_id, at, only_bound=kiosk.gate.card_bound) is not None


def _look_at(capture: Capture, call: Call) -> Capture:
    """Seal the pictures, send their id on, and wait for the row to be decided.

    With them goes the version of the engine that they are for: who looks at them can ask no database. And the card's
    key, sealed for who compares alone, where the reference opens with the card.
    """
    bound = capture.kiosk.gate.card_bound
    reference = permits.comparable(capture.person_id, clock.now(), only_bound=bound) if capture.person_id else None
    engine = _engine_for(capture, reference)
    if not engine:  # The yes went in this moment: nobody looks at the pictures.
        return passages.record(capture.id, Finding(claim=Claim.GOOD), at=clock.now())
    errand = parcels.Errand.of(capture)
    card = _card_key(call, errand) if reference is not None and reference.card_id else b""
    contents = [parcels.stamp(), engine.encode(), card, *call.images]
    parcel = sealing.seal(settings.FRAMES_KEY, contents, bound_to=errand.frames)
    try:
        broker.put_parcel(f"frames:{capture.id}", parcel, seconds=parcels.LIVES_SECONDS)
        app.send_task("gates.extract", args=errand.args, queue="extract", expires=settings.CAPTURE_WAIT_SECONDS)
    except (broker.Unavailable, OperationalError):
        finding = Finding(claim=Claim.GOOD, trouble=Trouble.BROKER_UNAVAILABLE)
        return passages.record(capture.id, finding, at=clock.now())
    return _answered(capture)


def _engine_for(capture: Capture, reference: Reference | None) -> str:
    """Return the engine of what the pictures are to be compared with, a reference or a gallery; empty for neither."""
    if capture.identify:
        return identification.standing(capture.school, clock.now()).engine
    return reference.engine if reference else ""


def _card_key(call: Call, errand: parcels.Errand) -> bytes:
    """Return the key of the card that came with the pictures, sealed; nothing if none came."""
    if not call.credential:
        return b""
    key = cards.wrapping_key(cards.parse(call.credential))
    return sealing.seal(settings.CARD_PARCEL_KEY, [key], bound_to=errand.card)


def _answered(capture: Capture) -> Capture:
    """Wait until a capture is decided or its time is up, and return it as it then stands."""
    deadline = capture.received_at + timedelta(seconds=settings.CAPTURE_WAIT_SECONDS)
    while capture.state == Capture.State.PENDING:
        left = (deadline - clock.now()).total_seconds()
        if left <= 0:
            passages.time_out(capture.id, at=clock.now())
        else:
            _wait(capture, min(left, LOOK_AGAIN_SECONDS))
        capture.refresh_from_db()
    return capture


def _wait(capture: Capture, seconds: float) -> None:
    try:
        broker.wait_done(str(capture.id), seconds)
    except broker.Unavailable:
        passages.time_out(capture.id, at=clock.now())


def _credential(text: str, kiosk: Kiosk) -> Credential | None:
    """Return the credential of a card of this school; any other card is unknown here."""
    try:
        credential = cards.find(cards.parse(text)) if text else None
    except cards.NotACard:
        return None
    return credential if credential is not None and credential.school_id == kiosk.school_id else None


def _refuse_a_flood(kiosk: Kiosk, at: datetime) -> None:
    recent = Capture.objects.filter(kiosk=kiosk, received_at__gt=at - timedelta(seconds=10))
    if recent.count() >= settings.CAPTURES_PER_KIOSK_IN_10_SECONDS:
        raise TooMany
