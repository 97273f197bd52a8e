"""Many templates against many: the distances of `distance.distance`, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from enrollment.faces.distance import DLIB_WEIGHT, PARTS, average

Templates = NDArray[np.float32]
"""Templates x numbers."""
Distances = NDArray[np.float64]


def distances(ones: Templates, others: Templates) -> Distances:
    """Return how far each of the ones is from each of the others: ones x others."""
    (dlib, *rest), (other_dlib, *other_rest) = _parts(ones), _parts(others)
    apart: Distances = np.sqrt(np.maximum(2.0 - 2.0 * (dlib @ other_dlib.T), 0.0))
    if not rest:
        return apart
    fused: Distances = 1.0 - np.clip(rest[0] @ other_rest[0].T, -1.0, 1.0) + DLIB_WEIGHT * apart
    return fused


def means(templates: Templates, sets: Sequence[Sequence[int]]) -> Templates:
    """Return the normalized mean of each set of templates, named by their places."""
    return np.stack([average([templates[place] for place in places]) for places in sets])


def _parts(templates: Templates) -> list[Distances]:
    exact = templates.astype(np.float64)
    return np.split(exact, np.cumsum(PARTS[exact.shape[1]])[:-1], axis=1)
