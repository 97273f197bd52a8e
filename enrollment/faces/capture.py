"""From the frames of a capture to one probe: each frame judged first, and only then a face encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from enrollment.faces import images, zone
from enrollment.faces.distance import Template, average, distance
from enrollment.faces.engine import Engine
from enrollment.faces.face import Face
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal, Refused


@dataclass(frozen=True)
class Rules:
    """What is asked of pictures."""

    max_pixels: int
    pair_threshold: float
    """Largest distance between any two pictures of one person; the scale is the engine's."""


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
    """Find the one face in front; a picture with none or with several is refused, and nobody is encoded."""
    pixels = images.read(data, rules.max_pixels)
    if isinstance(pixels, Refusal):
        return pixels
    subject = zone.subject(engine.locate(pixels), pixels)
    if isinstance(subject, Refusal):
        return subject
    return Sighting(pixels, engine.mark(pixels, subject))


def probe(frames: Sequence[bytes], engine: Engine, rules: Rules) -> Probe | Refused:
    """Make one probe from the frames of one capture, or say why not.

    The frames follow each other within a moment, so a frame without a face (a blink, a turn) is left
    out as long as another has one. Anything else that is wrong with any frame refuses the capture: a
    picture that can't be read, several faces, or frames that show different people. Every frame is
    judged before the first is encoded, so nobody is encoded from a capture with a bystander in it.
    """
    sightings: list[Sighting] = []
    for number, data in enumerate(frames):
        seen = sight(data, engine, rules)
        if isinstance(seen, Sighting):
            sightings.append(seen)
        elif seen is not Refusal.NO_FACE:
            return Refused(seen, number)
    if not sightings:
        return Refused(Refusal.NO_FACE)
    templates = [engine.encode(seen.pixels, seen.face) for seen in sightings]
    if any(distance(one, other) > rules.pair_threshold for one, other in combinations(templates, 2)):
        return Refused(Refusal.NOT_ONE_PERSON)
    return Probe(average(templates), engine.version, len(templates))
