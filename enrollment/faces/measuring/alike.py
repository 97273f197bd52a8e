"""How far apart two files of one photograph are: whatever is nearer is the same picture again, not another one."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from enrollment.faces import images
from enrollment.faces.capture import Rules, Sighting, sight
from enrollment.faces.distance import distance
from enrollment.faces.engine import Engine
from enrollment.faces.images import Pixels
from enrollment.faces.measuring.dataset import Person

SAMPLE = 80
QUANTILE = 0.5
"""Half, not nearly all: a copy that was changed little is caught, and a child who holds still at the desk is not."""
_CROP, _BRIGHTER, _QUALITY = 4, 1.06, 60


def same_picture(people: Sequence[Person], engine: Engine, rules: Rules) -> float:
    """Return the distance that half of the photographs have to themselves, cropped, brightened and saved again."""
    photos = [photo for person in people for photo in person.photos[:2]]
    apart = []
    for photo in photos[:: max(1, len(photos) // SAMPLE)]:
        data = photo.read_bytes()
        pixels = images.read(data, rules.max_pixels)
        if isinstance(pixels, np.ndarray):
            one, other = (sight(each, engine, rules) for each in (data, _saved_again(pixels)))
            if isinstance(one, Sighting) and isinstance(other, Sighting):
                apart.append(distance(engine.encode(one.pixels, one.face), engine.encode(other.pixels, other.face)))
    return float(np.quantile(apart, QUANTILE)) if apart else 0.0


def _saved_again(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    brighter = np.clip(pixels[_CROP:, _CROP:].astype(np.float32) * _BRIGHTER, 0, 255).astype(np.uint8)
    Image.fromarray(brighter).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
