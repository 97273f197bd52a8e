"""How long one exact search through a school's references takes."""

from __future__ import annotations

import statistics
import time
from uuid import uuid4

import numpy as np

from enrollment.faces.distance import Template, normalized
from enrollment.faces.gallery import Gallery

SIZES = (1000, 5000, 20000)
NUMBERS = 320


def search_ms(size: int, *, repeats: int = 50) -> float:
    """Return the median milliseconds of finding the best two students among so many references of both networks."""
    random = np.random.default_rng(size)
    gallery = Gallery(NUMBERS)
    for _ in range(size):
        gallery.put(uuid4(), student=uuid4(), template=_made_up(random), until=np.inf)
    took = []
    for _ in range(repeats):
        probe = _made_up(random)
        began = time.perf_counter()
        gallery.nearest(probe, 0.0)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _made_up(random: np.random.Generator) -> Template:
    return normalized(random.normal(size=NUMBERS))
