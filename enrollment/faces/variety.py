"""Whether pictures of one person differ: the same picture five times is worth one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from enrollment.faces.distance import Template, distance


def repetition(templates: Sequence[Template], too_alike: float) -> int | None:
    """Return the number of the first picture that repeats an earlier one, or None if every two differ.

    Two pictures repeat each other where their templates are nearer than `too_alike`, on the engine's scale. That finds
    a picture sent twice and most copies of it, saved anew or darkened. It can't tell a copy from a second picture of
    somebody who did not move at all, and need not: neither adds anything.
    """
    for earlier, later in sorted(combinations(range(len(templates)), 2), key=lambda pair: pair[1]):
        if distance(templates[earlier], templates[later]) < too_alike:
            return later
    return None
