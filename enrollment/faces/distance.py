"""Templates as numbers: normalize, average, compare, and carry them as bytes.

Needs numpy alone, so that templates can be compared without loading a matcher.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIMENSIONS = 128
NORM_TOLERANCE = 1e-3

Template = NDArray[np.float32]
"""An L2-normalized vector of 128 float32 numbers."""

_BYTES_DTYPE = np.dtype("<f4")


class MalformedTemplateError(ValueError):
    """Bytes or numbers that are no template; the message never holds any of them."""


def normalized(vector: ArrayLike) -> Template:
    """Return the vector scaled to length 1; one that has no direction is refused."""
    exact = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(exact))
    if exact.shape != (DIMENSIONS,) or not np.isfinite(length) or length == 0.0:
        raise MalformedTemplateError(f"a template is {DIMENSIONS} finite numbers that are not all 0")
    return (exact / length).astype(np.float32)


def average(templates: Sequence[Template]) -> Template:
    """Return the normalized mean of one person's templates: fewer false non-matches than any one of them."""
    return normalized(np.mean(np.stack(templates), axis=0, dtype=np.float64))


def distance(one: Template, other: Template) -> float:
    """Return the Euclidean distance of two templates: 0 for the same vector, at most 2."""
    return float(np.linalg.norm(one.astype(np.float64) - other.astype(np.float64)))


def template_to_bytes(template: Template) -> bytes:
    """Return a template as 512 bytes, little-endian float32 in order."""
    return _checked(template).astype(_BYTES_DTYPE).tobytes()


def template_from_bytes(data: bytes) -> Template:
    """Return the template that `template_to_bytes` made, or raise `MalformedTemplateError`."""
    if len(data) != DIMENSIONS * _BYTES_DTYPE.itemsize:
        raise MalformedTemplateError(f"a template is {DIMENSIONS * _BYTES_DTYPE.itemsize} bytes, these are {len(data)}")
    return _checked(np.frombuffer(data, dtype=_BYTES_DTYPE).astype(np.float32))


def _checked(template: Template) -> Template:
    """Return the same template if it is one: the right shape, finite and of length 1."""
    if template.shape != (DIMENSIONS,) or not np.all(np.isfinite(template)):
        raise MalformedTemplateError(f"a template is {DIMENSIONS} finite numbers")
    # Compared in float64, where the squares of any finite float32 still fit.
    if abs(float(np.linalg.norm(template.astype(np.float64))) - 1.0) > NORM_TOLERANCE:
        raise MalformedTemplateError("a template has length 1")
    return template
