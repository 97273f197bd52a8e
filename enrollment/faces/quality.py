"""Is a face good enough to be encoded: measured over a small grey copy of it, in less than a millisecond.

The limits were chosen by measurement, on photographs that were made worse step by step until faces stopped matching
their owners; `docs/quality.md` has the tables, and says what each measure misses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from enrollment.faces.face import Face
from enrollment.faces.images import Pixels
from enrollment.faces.refusal import Refusal

SIDE = 80
"""Pixels a side of the grey copy. It is 2.4 eye distances wide, so the eyes lie a third of it apart."""

_WIDE, _BELOW = 2.4, 0.47
"""The copy's side, and how far its middle lies below the eyes, in eye distances: about the box that dlib draws."""
_WHITE = 250
_EYE = (0.32, 0.18)
"""Half the width and the height of what is looked at around an eye, in eye distances."""
_CHEEK = (0.20, 0.10)
_CHEEK_BELOW = 0.45

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Measures:
    """What was measured of one face."""

    inside: float
    """The part of its box that lies in the picture; 0 if one of its points lies outside."""
    eye_distance: float
    """In pixels."""
    light: float
    """Mean grey of the face, 0 to 255."""
    glare: float
    """The part of it that is as white as the camera can tell."""
    sideways: float
    """How far the nose lies beside the middle of the eyes, in eye distances: 0 straight on, 0.25 at some 30 degrees."""
    below: float
    """How far the nose lies below the eyes, in eye distances: about 0.75 straight on, less looking up or far down."""
    sharpness: float
    """Mean square of the Laplacian over that of the gradient: whatever blurs takes more of the first, and neither how
    light a face is nor how rich in contrast changes it."""
    eye_light: float
    """How light the lighter parts around an eye are beside the cheek below, for the eye where this is more."""
    eye_contrast: float
    """Darkest to lightest around an eye, as a part of the lightest of the face, for the eye where this is less."""


@dataclass(frozen=True)
class Limits:
    """What is asked of a face; a measure beyond its limit is a refusal."""

    inside: float
    eye_distance: float
    light: float
    glare: float
    sideways: float
    below: tuple[float, float]
    sharpness: float
    eye_light: float
    eye_contrast: float


PROBE = Limits(
    inside=0.8,
    eye_distance=16.0,
    light=30.0,
    glare=0.5,
    sideways=0.6,
    below=(0.3, 1.5),
    sharpness=0.3,
    eye_light=0.4,
    eye_contrast=0.08,
)
"""At a gate, where a refusal costs a child a second look: only what would not match its owner anyway."""
ENROLLMENT = Limits(
    inside=0.95,
    eye_distance=30.0,
    light=45.0,
    glare=0.4,
    sideways=0.3,
    below=(0.5, 1.05),
    sharpness=0.5,
    eye_light=0.55,
    eye_contrast=0.1,
)
"""At the desk, where another picture costs nothing and a bad one would cost every morning."""


def judge(pixels: Pixels, face: Face, limits: Limits) -> Refusal | None:
    """Return why a face is not good enough, or None."""
    return refusal(measure(pixels, face), limits)


def refusal(found: Measures, limits: Limits) -> Refusal | None:
    """Return the first limit that is not kept: what stands first spoils the measures behind it."""
    lowest, highest = limits.below
    kept = {
        Refusal.CUT_OFF: found.inside >= limits.inside,
        Refusal.FACE_TOO_SMALL: found.eye_distance >= limits.eye_distance,
        Refusal.TOO_DARK: found.light >= limits.light,
        Refusal.TOO_BRIGHT: found.glare <= limits.glare,
        Refusal.TURNED_AWAY: abs(found.sideways) <= limits.sideways and lowest <= found.below <= highest,
        Refusal.BLURRED: found.sharpness >= limits.sharpness,
        Refusal.EYES_NOT_VISIBLE: (found.eye_light >= limits.eye_light and found.eye_contrast >= limits.eye_contrast),
    }
    return next((reason for reason, good in kept.items() if not good), None)


def measure(pixels: Pixels, face: Face) -> Measures:
    """Measure a face that was marked in this picture. Works on any face, also one beside the picture or of no size."""
    apart = max(face.eye_distance, 1.0)
    left, right = face.eyes
    along = (right - left) / apart
    down = np.array([-along[1], along[0]])
    nose = (face.points[4] - face.eyes.mean(axis=0)) / apart
    grey, corner, scale = _copy(pixels, face.eyes.mean(axis=0) + down * _BELOW * apart, _WIDE * apart)
    lightest = max(float(np.percentile(grey, 95)), 1.0)
    eyes = [_around_eye(grey, (eye - corner) * scale, down * apart * scale) for eye in face.eyes]
    return Measures(
        inside=_inside(pixels, face),
        eye_distance=face.eye_distance,
        light=float(grey.mean()),
        glare=float((grey >= _WHITE).mean()),
        sideways=float(nose @ along),
        below=float(nose @ down),
        sharpness=_sharpness(grey),
        eye_light=max(light for light, _ in eyes),
        eye_contrast=min(contrast for _, contrast in eyes) / lightest,
    )


def _inside(pixels: Pixels, face: Face) -> float:
    height, width = pixels.shape[:2]
    left, top, right, bottom = face.box
    if not ((face.points >= 0) & (face.points < (width, height))).all():
        return 0.0
    seen = max(0, min(right, width) - max(left, 0)) * max(0, min(bottom, height) - max(top, 0))
    return float(seen / max((right - left) * (bottom - top), 1))


def _copy(pixels: Pixels, middle: NDArray[np.float64], wide: float) -> tuple[Grey, NDArray[np.float64], float]:
    """Return the part of a square that lies in the picture, grey and reduced, its corner, and the scale."""
    height, width = pixels.shape[:2]
    left, top = (
        int(min(max(edge, 0), most - 4)) for edge, most in zip(middle - wide / 2, (width, height), strict=True)
    )
    right, bottom = (round(edge) for edge in middle + wide / 2)
    part = Image.fromarray(pixels[top : max(bottom, top + 4), left : max(right, left + 4)]).convert("L").convert("F")
    scale = SIDE / wide
    size = (max(4, round(part.width * scale)), max(4, round(part.height * scale)))
    # Each pixel of the copy is the mean of those it stands for: anything else would let noise pass for sharpness.
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return np.asarray(part.resize(size, how), dtype=np.float32), np.array([left, top], dtype=np.float64), scale


def _around_eye(grey: Grey, eye: NDArray[np.float64], down: NDArray[np.float64]) -> tuple[float, float]:
    """Return how light an eye's surroundings are beside the cheek, and their contrast; `down` is an eye distance."""
    unit = float(np.hypot(*down))
    around = _patch(grey, eye, _EYE, unit)
    cheek = _patch(grey, eye + down * _CHEEK_BELOW, _CHEEK, unit)
    darkest, light, lightest = np.percentile(around, (5, 90, 95))
    return float(light) / max(float(cheek.mean()), 1.0), float(lightest - darkest)


def _patch(grey: Grey, middle: NDArray[np.float64], half: tuple[float, float], unit: float) -> Grey:
    """Return what lies around a point, at least one pixel."""
    height, width = grey.shape
    (left, right), (top, bottom) = (
        (min(max(int(place - reach * unit), 0), most - 1), min(max(int(place + reach * unit) + 1, 1), most))
        for place, reach, most in zip(middle, half, (width, height), strict=True)
    )
    return grey[top : max(bottom, top + 1), left : max(right, left + 1)]


def _sharpness(grey: Grey) -> float:
    middle, (above, beneath), (before, behind) = (
        grey[1:-1, 1:-1],
        (grey[:-2, 1:-1], grey[2:, 1:-1]),
        (grey[1:-1, :-2], grey[1:-1, 2:]),
    )
    laplacian = 4 * middle - above - beneath - before - behind
    gradient = ((behind - before) ** 2 + (beneath - above) ** 2) / 4
    return float((laplacian**2).mean() / max(float(gradient.mean()), 1e-3))
