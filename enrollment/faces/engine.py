"""What a face engine is, and the rule that every capture obeys: exactly one face, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple, Protocol

from enrollment.faces import images
from enrollment.faces.distance import Template, average, distance
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal, Refused


class Box(NamedTuple):
    """Where a face is, in pixels of the picture it was found in."""

    left: int
    top: int
    right: int
    bottom: int


class Engine(Protocol):
    """Finds faces and encodes them; the two are apart so that a bystander is found and never encoded."""

    @property
    def name(self) -> str:
        """The engine's name in `enrollment.faces.engines.ENGINES`."""

    @property
    def version(self) -> str:
        """What templates depend on: two templates are comparable only if this is the same for both."""

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every face in the picture."""

    def encode(self, pixels: Pixels, box: Box) -> Template:
        """Return the template of the face in the box: float32, 128 numbers, length 1."""


@dataclass(frozen=True)
class Probe:
    """The template of one capture."""

    template: Template = field(repr=False)  # A template belongs in no log, so not in a repr either.
    engine_version: str
    frames: int
    """How many of the capture's frames the template is made of."""


@dataclass(frozen=True)
class Sighting:
    """A picture in which exactly one face was found, not yet encoded."""

    pixels: Pixels = field(repr=False)
    box: Box


def sight(data: bytes, engine: Engine, max_pixels: int) -> Sighting | Refusal:
    """Find the one face of a picture; a picture with none or with several is refused, and nobody is encoded."""
    pixels = images.read(data, max_pixels)
    if isinstance(pixels, Refusal):
        return pixels
    boxes = engine.locate(pixels)
    if len(boxes) == 1:
        return Sighting(pixels, boxes[0])
    return Refusal.SEVERAL_FACES if boxes else Refusal.NO_FACE


def probe(frames: Sequence[bytes], engine: Engine, *, max_pixels: int, pair_threshold: float) -> Probe | Refused:
    """Make one probe from the frames of one capture, or say why not.

    The frames follow each other within a moment, so a frame without a face (a blink, a turn) is left
    out as long as another has one. Anything else that is wrong with any frame refuses the capture: a
    picture that can't be read, several faces, or frames that show different people. Every frame is
    judged before the first is encoded, so nobody is encoded from a capture with a bystander in it.
    """
    sightings: list[Sighting] = []
    for number, data in enumerate(frames):
        seen = sight(data, engine, max_pixels)
        if isinstance(seen, Sighting):
            sightings.append(seen)
        elif seen is not Refusal.NO_FACE:
            return Refused(seen, number)
    if not sightings:
        return Refused(Refusal.NO_FACE)
    templates = [engine.encode(seen.pixels, seen.box) for seen in sightings]
    if any(distance(one, other) > pair_threshold for one, other in combinations(templates, 2)):
        return Refused(Refusal.NOT_ONE_PERSON)
    return Probe(average(templates), engine.version, len(templates))
