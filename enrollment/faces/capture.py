"""From the frames of a capture to one probe: each frame judged first, and only then a face encoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Protocol

from enrollment.faces import images, quality, zone
from enrollment.faces.distance import Template, average, distance
from enrollment.faces.engine import Engine
from enrollment.faces.face import Box, Face
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal, Refused

PASSING = frozenset(
    {
        Refusal.NO_FACE,
        Refusal.CUT_OFF,
        Refusal.FACE_TOO_SMALL,
        Refusal.TOO_DARK,
        Refusal.TOO_BRIGHT,
        Refusal.TURNED_AWAY,
        Refusal.BLURRED,
        Refusal.EYES_NOT_VISIBLE,
    }
)
"""What is over in a moment: somebody steps up, turns, or rubs an eye, and a camera finds its light. Such a frame is
left out as long as another is good; that gives nothing away, since the other has to pass everything on its own. What
is not passing refuses the capture: a second person, a file that is no picture, and an attack."""


class LivenessCheck(Protocol):
    """Tells a face from a picture of one."""

    def is_live(self, pixels: Pixels, box: Box) -> bool:
        """Tell whether a face passes."""


@dataclass(frozen=True)
class Rules:
    """What is asked of pictures. Distances are on the engine's scale."""

    max_pixels: int
    pair_threshold: float
    """Largest distance between any two pictures of one person."""
    limits: quality.Limits = quality.PROBE
    """What is asked of each face."""
    liveness: LivenessCheck | None = None
    """What each face has to pass; None where the school has none."""
    too_alike: float = 0.0
    """Pictures of one enrolment that are nearer than this repeat each other."""


@dataclass(frozen=True)
class Probe:
    """The template of one capture."""

    template: Template = field(repr=False)  # A template belongs in no log, so not in a repr either.
    engine_version: str
    frames: int
    """How many of the capture's frames the template is made of."""


@dataclass(frozen=True)
class Sighting:
    """A picture of one person who stands in front, not yet encoded."""

    pixels: Pixels = field(repr=False)
    face: Face


def sight(data: bytes, engine: Engine, rules: Rules) -> Sighting | Refusal:
    """Find the one face in front and judge it; a picture that is refused here is encoded from nobody."""
    pixels = images.read(data, rules.max_pixels)
    if isinstance(pixels, Refusal):
        return pixels
    subject = zone.subject(engine.locate(pixels), pixels)
    if isinstance(subject, Refusal):
        return subject
    face = engine.mark(pixels, subject)
    poor = quality.judge(pixels, face, rules.limits)
    if poor is not None:
        return poor
    if rules.liveness is not None and not rules.liveness.is_live(pixels, face.box):
        return Refusal.NOT_LIVE
    return Sighting(pixels, face)


def probe(frames: Sequence[bytes], engine: Engine, rules: Rules) -> Probe | Refused:
    """Make one probe from the frames of one capture, or say why not.

    The frames follow each other within a moment, so one that shows no good face (`PASSING`) is left out as
    long as another does. Anything else that is wrong with any frame refuses the capture: a picture that can't
    be read, several faces, an attack, or frames that show different people. Every frame is judged before the
    first is encoded, so nobody is encoded from a capture with a bystander in it.
    """
    sightings: list[Sighting] = []
    passing: list[Refusal] = []
    for number, data in enumerate(frames):
        seen = sight(data, engine, rules)
        if isinstance(seen, Sighting):
            sightings.append(seen)
        elif seen in PASSING:
            passing.append(seen)
        else:
            return Refused(seen, number)
    if not sightings:
        return Refused(_most_helpful(passing))
    templates = [engine.encode(seen.pixels, seen.face) for seen in sightings]
    if any(distance(one, other) > rules.pair_threshold for one, other in combinations(templates, 2)):
        return Refused(Refusal.NOT_ONE_PERSON)
    return Probe(average(templates), engine.version, len(templates))


def _most_helpful(reasons: Sequence[Refusal]) -> Refusal:
    """Return what to tell about frames that were all left out.

    What is wrong with a face that was seen says more than that none was seen in another frame; otherwise it is what
    was wrong most often and, among equals, last.
    """
    latest_first = [reason for reason in reversed(reasons) if reason is not Refusal.NO_FACE]
    return max(latest_first, key=Counter(latest_first).__getitem__, default=Refusal.NO_FACE)
