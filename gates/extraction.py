"""Sealed frames in, a sealed probe out: the only code of the gate that looks at a picture.

It runs in the `extract` process, which parses hostile bytes and therefore has no database, no vault key
and a limit on its memory. If it dies over a picture, its parent reports that in its stead.
"""

from __future__ import annotations

import logging
import time
from functools import cache

from django.conf import settings

from campus import broker, clock, sealing
from campus.celery import app
from enrollment import presentation
from enrollment.faces import quality
from enrollment.faces.capture import Rules, probe
from enrollment.faces.distance import template_to_bytes
from enrollment.faces.engine import Engine
from enrollment.faces.engines import load
from enrollment.faces.refusal import Refused
from gates.decision import Trouble
from gates.parcels import FRAMES_BYTES, LIVES_SECONDS, Errand, Extracted, milliseconds_since

log = logging.getLogger(__name__)


@cache
def engine() -> Engine:
    """Return the engine of this process, loaded once, when the process starts."""
    return load(settings.FACE_ENGINES, settings.MODELS_DIR)


def extract(errand: Errand) -> None:
    """Make the probe of one capture and pass it on, or pass on why there is none."""
    if errand.is_over(clock.now()):
        return
    parcel = broker.take_parcel(f"frames:{errand.capture}", at_most=FRAMES_BYTES)
    if parcel is None:
        return
    try:
        stamped, *frames = sealing.unseal(settings.FRAMES_KEY, parcel, bound_to=errand.frames)
    except sealing.Tampered:
        log.warning("the frames of capture %s were not sealed by us", errand.capture)
        pass_on(errand, Extracted(trouble=Trouble.TAMPERED))
        return
    pass_on(errand, _measured(frames, queue_ms=milliseconds_since(stamped)))


def pass_on(errand: Errand, extracted: Extracted) -> None:
    """Seal what was found for `decide` and tell it that there is something to decide."""
    parcel = sealing.seal(settings.PROBE_KEY, extracted.parts(), bound_to=errand.probe)
    broker.put_parcel(f"probe:{errand.capture}", parcel, seconds=LIVES_SECONDS)
    app.send_task("gates.decide", args=[errand.capture], queue="decide", expires=settings.CAPTURE_WAIT_SECONDS)


def rules() -> Rules:
    """Return what is asked of the frames of a capture."""
    pair_threshold = settings.FACE_PAIR_THRESHOLD or 0.0
    return Rules(settings.IMAGE_MAX_PIXELS, pair_threshold, quality.PROBE, presentation.liveness())


def _measured(frames: list[bytes], *, queue_ms: int) -> Extracted:
    began = time.perf_counter()
    trouble, template = "", b""
    try:
        found = probe(frames, engine(), rules())
    except MemoryError:
        trouble = Trouble.TOO_LARGE
    else:
        if isinstance(found, Refused):
            trouble = Trouble(found.reason.value)
        else:
            template = template_to_bytes(found.template)
    took = round((time.perf_counter() - began) * 1000)
    return Extracted(trouble, engine().version, queue_ms, took, template)
