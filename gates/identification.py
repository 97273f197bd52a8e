"""Looking for somebody without a card: what the gallery says about a probe, for the record to decide on.

It runs in the `decide` process, outside any transaction, like `gates.verification`.
"""

from __future__ import annotations

from dataclasses import replace

from campus import clock
from enrollment.faces.distance import template_from_bytes
from enrollment.galleries import OURS
from enrollment.search import Search
from gates.decision import Trouble
from gates.models import Capture
from gates.parcels import Extracted
from gates.passages import Compared, Finding, Searched


def found(capture: Capture, extracted: Extracted, timed: Finding) -> Finding:
    """Return the nearest student to the probe of a capture that came without a card, and how clearly the nearest."""
    if extracted.trouble:
        return replace(timed, search=Search.OPEN, trouble=Trouble(extracted.trouble))
    probe = template_from_bytes(extracted.template)
    standing, candidates = OURS.search(capture.school, probe, engine=extracted.engine, at=clock.now())
    probe[:] = 0.0
    if standing.search is not Search.OPEN or standing.threshold is None:
        return replace(timed, search=standing.search)
    if standing.engine != extracted.engine:
        return replace(timed, search=Search.OPEN, trouble=Trouble.REFERENCE_OUTDATED)
    if not candidates:
        return replace(timed, search=Search.OPEN, searched=Searched())
    best, *others = candidates
    lead = others[0].distance - best.distance if others else None
    compared = Compared(
        reference=best.reference,
        engine=extracted.engine,
        distance=best.distance,
        frames=extracted.frames,
        threshold=standing.threshold,
        threshold_version=standing.version,
    )
    searched = Searched(best.student, lead, standing.margin)
    return replace(timed, search=Search.OPEN, searched=searched, compared=compared)
