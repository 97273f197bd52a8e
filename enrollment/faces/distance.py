"""Templates as numbers: normalize, average, compare, and carry them as bytes.

Needs numpy alone, so that templates can be compared without loading a matcher.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIMENSIONS = 128
PARTS = {128: (128,), 320: (128, 192)}
"""How many numbers a template has -> how many of them each network gave: dlib's, then MobileFaceNet's."""
DLIB_WEIGHT = 0.3
FUSION = f"1 - cosine + {DLIB_WEIGHT} x dlib distance"
NORM_TOLERANCE = 1e-3

Template = NDArray[np.float32]
"""The numbers of one network, or of two one after the other; those of each network have length 1."""

_BYTES_DTYPE = np.dtype("<f4")


class MalformedTemplateError(ValueError):
    """Bytes or numbers that are no template; the message never holds any of them."""


def normalized(vector: ArrayLike) -> Template:
    """Return the vector with each network's part scaled to length 1; one that has no direction is refused."""
    exact = np.asarray(vector, dtype=np.float64)
    parts = _parts(exact)
    lengths = [float(np.linalg.norm(part)) for part in parts]
    if not all(np.isfinite(length) and length > 0.0 for length in lengths):
        raise MalformedTemplateError("a template is finite numbers, not all 0 in any of its parts")
    scaled = [part / length for part, length in zip(parts, lengths, strict=True)]
    return np.concatenate(scaled).astype(np.float32)


def average(templates: Sequence[Template]) -> Template:
    """Return the normalized mean of one person's templates: fewer false non-matches than any one of them."""
    return normalized(np.mean(np.stack(templates), axis=0, dtype=np.float64))


def distance(one: Template, other: Template) -> float:
    """Return how far two templates of one engine are apart: 0 for the same, and smaller is closer.

    With dlib's numbers alone it is their Euclidean distance, at most 2. With MobileFaceNet's beside them it is
    1 - cosine of these plus 0.3 times the distance of those, at most 2.6.
    """
    (dlib, *others), (other_dlib, *other_others) = _parts(one.astype(np.float64)), _parts(other.astype(np.float64))
    if one.shape != other.shape:
        raise MalformedTemplateError("two templates of different engines are not comparable")
    apart = float(np.linalg.norm(dlib - other_dlib))
    if not others:
        return apart
    # Of unit vectors; clipped, since float32 leaves their product a little over 1.
    cosine = float(np.clip(others[0] @ other_others[0], -1.0, 1.0))
    return 1.0 - cosine + DLIB_WEIGHT * apart


def template_to_bytes(template: Template) -> bytes:
    """Return a template as little-endian float32 in order, four bytes a number."""
    return _checked(template).astype(_BYTES_DTYPE).tobytes()


def template_from_bytes(data: bytes) -> Template:
    """Return the template that `template_to_bytes` made, or raise `MalformedTemplateError`."""
    if len(data) % _BYTES_DTYPE.itemsize:
        raise MalformedTemplateError(f"a template is whole numbers of {_BYTES_DTYPE.itemsize} bytes")
    return _checked(np.frombuffer(data, dtype=_BYTES_DTYPE).astype(np.float32))


def _parts(vector: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the numbers of each network."""
    if vector.ndim != 1 or vector.size not in PARTS:
        raise MalformedTemplateError(f"a template has {' or '.join(map(str, PARTS))} numbers")
    return np.split(vector, np.cumsum(PARTS[vector.size])[:-1])


def _checked(template: Template) -> Template:
    """Return the same template if it is one: a right shape, finite, and each part of length 1."""
    # In float64, where the squares of any finite float32 still fit.
    for part in _parts(template.astype(np.float64)):
        if not np.all(np.isfinite(part)):
            raise MalformedTemplateError("a template is finite numbers")
        if abs(float(np.linalg.norm(part)) - 1.0) > NORM_TOLERANCE:
            raise MalformedTemplateError("each part of a template has length 1")
    return template
