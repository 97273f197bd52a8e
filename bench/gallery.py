"""How long one exact search through a school's references takes."""

from __future__ import annotations

import statistics
import time

import numpy as np

from enrollment.faces.distance import DLIB_WEIGHT

SIZES = (1000, 5000, 20000)
NUMBERS = 320


def search_ms(size: int, *, repeats: int = 50) -> float:
    """Return the median milliseconds of finding the best two among so many templates of both networks."""
    random = np.random.default_rng(size)
    rows = random.standard_normal((size, NUMBERS), dtype=np.float32)
    probes = random.standard_normal((repeats, NUMBERS), dtype=np.float32)
    took = []
    for probe in probes:
        began = time.perf_counter()
        parts = np.zeros((NUMBERS, 2), np.float32)
        parts[:128, 0], parts[128:, 1] = probe[:128], probe[128:]
        cosines = rows @ parts
        apart = 1 - cosines[:, 1] + DLIB_WEIGHT * np.sqrt(np.maximum(2 - 2 * cosines[:, 0], 0))
        np.argpartition(apart, 2)[:2]
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)
