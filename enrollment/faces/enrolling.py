"""Several pictures of one person become one template, or a refusal that says which picture and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from enrollment.faces import variety
from enrollment.faces.capture import Rules, Sighting, sight
from enrollment.faces.distance import Template, average, distance
from enrollment.faces.engine import Engine
from enrollment.faces.refusal import Refusal, Refused

FEWEST, MOST = 3, 5
"""How many pictures an enrollment takes."""


@dataclass(frozen=True)
class Combined:
    """The template of one person's pictures, ready to be stored."""

    template: Template = field(repr=False)
    engine_version: str
    count: int


def combine(photos: Sequence[bytes], engine: Engine, rules: Rules) -> Combined | Refused:
    """Make one template of 3 to 5 pictures of one person, or refuse them all.

    Every picture must show exactly one good face, and every two must match: a mean of two people's faces
    would let both through. Where some pair does not match, the picture named is the one that fits the
    others worst. And every two must differ: the mean is worth more than one picture only as far as they do.
    """
    if len(photos) < FEWEST:
        return Refused(Refusal.TOO_FEW_IMAGES)
    if len(photos) > MOST:
        return Refused(Refusal.TOO_MANY_IMAGES)
    sightings: list[Sighting] = []
    for number, data in enumerate(photos):
        seen = sight(data, engine, rules)
        if isinstance(seen, Refusal):
            return Refused(seen, number)
        sightings.append(seen)
    templates = [engine.encode(seen.pixels, seen.face) for seen in sightings]
    stranger = _worst_fit(templates, rules.pair_threshold)
    if stranger is not None:
        return Refused(Refusal.NOT_ONE_PERSON, stranger)
    repeated = variety.repetition(templates, rules.too_alike)
    if repeated is not None:
        return Refused(Refusal.TOO_ALIKE, repeated)
    return Combined(average(templates), engine.version, len(templates))


def _worst_fit(templates: Sequence[Template], pair_threshold: float) -> int | None:
    """Return the picture farthest from all the others together, or None if every pair matches."""
    apart = [[distance(one, other) for other in templates] for one in templates]
    if max(map(max, apart)) <= pair_threshold:
        return None
    return max(range(len(templates)), key=lambda number: sum(apart[number]))
