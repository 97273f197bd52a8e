"""Sealed frames in, a sealed probe out: the only code of the gate that looks at a picture.

It runs in the `extract` process, which parses hostile bytes and therefore has no database, no vault key
and a limit on its memory. If it dies over a picture, its parent reports that in its stead.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from django.conf import settings

from campus import broker, clock, sealing
from campus.celery import app
from enrollment import calibration, engine_sets, presentation
from enrollment.faces import quality
from enrollment.faces.capture import Rules, probe
from enrollment.faces.distance import template_to_bytes
from enrollment.faces.engine import Engine
from enrollment.faces.engines import load
from enrollment.faces.refusal import Refused
from gates.decision import Trouble
from gates.parcels import FRAMES_BYTES, LIVES_SECONDS, Errand, Extracted, milliseconds_since

log = logging.getLogger(__name__)


def load_engines() -> None:
    """Load the engine sets that are in use: while a renewal runs there are two."""
    for name in engine_sets.names(clock.now()):
        load(name, settings.MODELS_DIR)


def engine_of(version: str) -> Engine | None:
    """Return the engine of exactly this version if its set is in use; it was loaded when the process started."""
    found = (load(name, settings.MODELS_DIR) for name in engine_sets.names(clock.now()))
    return next((engine for engine in found if engine.version == version), None)


def extract(errand: Errand) -> None:
    """Make the probe of one capture and pass it on, or pass on why there is none."""
    if errand.is_over(clock.now()):
        return
    parcel = broker.take_parcel(f"frames:{errand.capture}", at_most=FRAMES_BYTES)
    if parcel is None:
        return
    try:
        stamped, wanted, card, *frames = sealing.unseal(settings.FRAMES_KEY, parcel, bound_to=errand.frames)
    except sealing.Tampered:
        log.warning("the frames of capture %s were not sealed by us", errand.capture)
        pass_on(errand, Extracted(trouble=Trouble.TAMPERED))
        return
    found = _measured(frames, wanted.decode(), queue_ms=milliseconds_since(stamped))
    pass_on(errand, replace(found, card=card))


def pass_on(errand: Errand, extracted: Extracted) -> None:
    """Seal what was found for `decide` and tell it that there is something to decide."""
    parcel = sealing.seal(settings.PROBE_KEY, extracted.parts(), bound_to=errand.probe)
    broker.put_parcel(f"probe:{errand.capture}", parcel, seconds=LIVES_SECONDS)
    app.send_task("gates.decide", args=[errand.capture], queue="decide", expires=settings.CAPTURE_WAIT_SECONDS)


def rules_of(measured: calibration.Calibration) -> Rules:
    """Return what is asked of the frames of a capture, by what was measured of the engine that looks at them."""
    return Rules(settings.IMAGE_MAX_PIXELS, measured.probe_pair, quality.PROBE, presentation.liveness())


def _measured(frames: list[bytes], version: str, *, queue_ms: int) -> Extracted:
    """Make the probe with the engine that made the reference it will be compared with, and with no other."""
    began = time.perf_counter()
    engine, measured = engine_of(version), calibration.of_engine(version)
    if engine is None or measured is None:
        log.error("a probe of engine %s was asked for, and what is loaded or was calibrated is another", version)
        return Extracted(trouble=Trouble.REFERENCE_OUTDATED, queue_ms=queue_ms)
    trouble, template, used = "", b"", 0
    try:
        found = probe(frames, engine, rules_of(measured))
    except MemoryError:
        trouble = Trouble.TOO_LARGE
    else:
        if isinstance(found, Refused):
            trouble = Trouble(found.reason.value)
        else:
            template, used = template_to_bytes(found.template), found.frames
    took = round((time.perf_counter() - began) * 1000)
    return Extracted(trouble, engine.version, used, queue_ms, took, template)
