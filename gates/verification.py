"""Open the reference, measure the distance, and hand both to the record: outside any transaction.

It runs in the `decide` process, which never sees a picture and can't unseal one.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from uuid import UUID

from django.conf import settings

from campus import broker, clock, sealing
from enrollment import calibration, opening
from enrollment.faces.distance import distance, template_from_bytes
from gates import identification, passages
from gates.decision import Claim, Trouble
from gates.models import Capture
from gates.parcels import PROBE_BYTES, Errand, Extracted
from gates.passages import Compared, Finding

log = logging.getLogger(__name__)


def verify(capture_id: UUID) -> None:
    """Decide one capture from its sealed probe, and wake whoever waits for it."""
    pending = Capture.objects.filter(id=capture_id, state=Capture.State.PENDING, frames__gt=0)
    capture = pending.select_related("school", "kiosk__gate").first()
    if capture is not None:
        began = time.perf_counter()
        finding = _compared(capture)
        if finding is None:
            return
        took = round((time.perf_counter() - began) * 1000)
        passages.record(capture.id, replace(finding, decide_ms=took), at=clock.now())
        broker.say_done(str(capture_id))


def _compared(capture: Capture) -> Finding | None:
    """Return what the probe of a capture says about the person whose card was shown; None without a probe.

    A task without its probe was forged or sent twice: the one that has the probe decides, or the time-out.
    """
    errand = Errand.of(capture)
    parcel = broker.take_parcel(f"probe:{capture.id}", at_most=PROBE_BYTES)
    if parcel is None:
        return None
    try:
        extracted = Extracted.from_parts(sealing.unseal(settings.PROBE_KEY, parcel, bound_to=errand.probe))
    except sealing.Tampered:
        log.warning("the probe of capture %s was not sealed by us", capture.id)
        return Finding(claim=Claim.GOOD, trouble=Trouble.TAMPERED)
    timed = Finding(claim=Claim.GOOD, queue_ms=extracted.queue_ms, extract_ms=extracted.extract_ms)
    if capture.identify:
        return identification.found(capture, extracted, timed)
    if extracted.trouble:
        return replace(timed, trouble=Trouble(extracted.trouble))
    if capture.person_id is None:
        return timed
    try:
        card_key = _card_key(extracted, errand)
        reference = opening.open_for_comparison(
            capture.person_id, clock.now(), card_key=card_key, only_bound=capture.kiosk.gate.card_bound
        )
    except opening.CardNeeded:
        return replace(timed, trouble=Trouble.CARD_NOT_SENT)
    except (opening.Unusable, sealing.Tampered):
        log.error("the reference of capture %s can't be opened", capture.id)
        return replace(timed, trouble=Trouble.REFERENCE_UNUSABLE)
    if reference is None:
        return timed
    calibrated = calibration.of_engine(reference.engine)
    if reference.engine != extracted.engine or calibrated is None:
        return replace(timed, trouble=Trouble.REFERENCE_OUTDATED)
    compared = Compared(
        reference=reference.id,
        engine=reference.engine,
        distance=distance(reference.template, template_from_bytes(extracted.template)),
        frames=extracted.frames,
        threshold=calibrated.threshold(photos=reference.captures, frames=extracted.frames),
        threshold_version=calibrated.version,
    )
    return replace(timed, compared=compared)


def _card_key(extracted: Extracted, errand: Errand) -> bytes | None:
    """Return the key of the card that was shown, if it was sent. Raises `Tampered` if it isn't of this capture."""
    if not extracted.card:
        return None
    (key,) = sealing.unseal(settings.CARD_PARCEL_KEY, extracted.card, bound_to=errand.card)
    return key
