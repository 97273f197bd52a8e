"""An engine that recognizes figures it draws itself, for fast tests without anybody's face.

A figure is a magenta frame around a grid of dark and light cells, which spell an identity and a variant (a
pose, a day, another photo) in binary. Everything around the engine is real: figures travel as JPEG
files, are read like any picture, and yield templates that behave as templates do. It recognizes
nobody, so it must never be chosen where people pass.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from enrollment.faces.distance import DIMENSIONS, Template, normalized
from enrollment.faces.face import Box, Face
from enrollment.faces.images import Pixels

IDENTITIES = 2**28
VARIANTS = 2**8

_CELLS = 6  # 6 x 6 = 36 bits: 28 of identity, 8 of variant.
_BORDER = 1  # The frame is as thick as a cell, so that JPEG's halved color resolution leaves it whole.
_SIDE = _CELLS + 2 * _BORDER
_SMALLEST = 6  # In pixels: a narrower patch of magenta is a speck, no figure.
_SCENE, _FRAME, _DARK, _LIGHT = (205, 215, 205), (230, 0, 230), (20, 20, 20), (240, 240, 240)
_SAME_PERSON = 0.1  # How far a variant moves a template, before it is normalized.


class DrawnEngine:
    """Recognizes the figures that `draw` draws."""

    name = "fake"
    version = "drawn-1"

    def locate(self, pixels: Pixels) -> Sequence[Box]:
        """Return the box of every figure, from left to right."""
        red, green, blue = (pixels[:, :, channel].astype(np.int16) for channel in range(3))
        magenta = (red - green > 90) & (blue - green > 90)
        boxes = []
        for left, right in _runs(magenta.any(axis=0)):
            for top, bottom in _runs(magenta[:, left:right].any(axis=1)):
                boxes.append(Box(left, top, right, bottom))
        return boxes

    def mark(self, pixels: Pixels, box: Box) -> Face:
        """Return a face that looks straight ahead, wherever a figure stands."""
        # The eyes lie on the sides of the frame, where all figures look alike: whom one shows must not decide whether
        # it passes for light, sharp and with open eyes.
        width, height = box.right - box.left - 1, box.bottom - box.top - 1
        places = np.array([(1.0, 0.1), (0.9, 0.1), (0.0, 0.1), (0.1, 0.1), (0.5, 0.7)], dtype=np.float32)
        return Face(box, np.array((box.left, box.top), np.float32) + places * np.array((width, height), np.float32))

    def encode(self, pixels: Pixels, face: Face) -> Template:
        """Return the template of the identity and variant that the figure's cells spell."""
        box = face.box
        grey = pixels.mean(axis=2)
        width, height = (box.right - box.left) / _SIDE, (box.bottom - box.top) / _SIDE
        number = 0
        for row in range(_CELLS):
            for column in range(_CELLS):
                x = int(box.left + (column + _BORDER + 0.5) * width)
                y = int(box.top + (row + _BORDER + 0.5) * height)
                number = number * 2 + int(grey[y - 1 : y + 2, x - 1 : x + 2].mean() > 128)
        identity, variant = divmod(number, VARIANTS)
        moved = _vector(f"{identity}") + _SAME_PERSON * _vector(f"{identity}, variant {variant}")
        return normalized(moved)


def load(folder: Path) -> DrawnEngine:
    """Return the engine; it has no weights, so the folder stays as it is."""
    return DrawnEngine()


def draw(identity: int, variant: int = 0, *, people: int = 1, size: tuple[int, int] = (320, 240)) -> bytes:
    """Return a JPEG of an empty scene with one figure in it, or with so many figures of following identities."""
    if not (0 <= identity <= IDENTITIES - max(people, 1) and 0 <= variant < VARIANTS):
        raise ValueError(f"identities go up to {IDENTITIES - 1}, variants up to {VARIANTS - 1}")
    scene = Image.new("RGB", size, _SCENE)
    cell = min(size[0] // (_SIDE * max(people, 1) + people + 1), size[1] // (_SIDE + 2))
    for place in range(people):
        left = cell * (1 + place * (_SIDE + 1)) + variant % 3
        scene.paste(_figure(identity + place, variant, cell), (left, cell + variant % 5))
    data = io.BytesIO()
    scene.save(data, "JPEG", quality=85)
    return data.getvalue()


def _figure(identity: int, variant: int, cell: int) -> Image.Image:
    """Draw one figure, its cells of so many pixels."""
    figure = Image.new("RGB", (_SIDE * cell, _SIDE * cell), _FRAME)
    pen = ImageDraw.Draw(figure)
    bits = f"{identity * VARIANTS + variant:0{_CELLS * _CELLS}b}"
    for place, bit in enumerate(bits):
        row, column = divmod(place, _CELLS)
        x, y = (column + _BORDER) * cell, (row + _BORDER) * cell
        pen.rectangle((x, y, x + cell - 1, y + cell - 1), fill=_LIGHT if bit == "1" else _DARK)
    return figure


def _runs(marked: ArrayLike) -> Iterator[tuple[int, int]]:
    """Return where unbroken runs of True begin and end, specks left out."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False])).astype(np.int8)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin >= _SMALLEST:
            yield int(begin), int(end)


def _vector(text: str) -> NDArray[np.float64]:
    """Return a direction that depends on the text alone; two texts' are nearly at right angles."""
    digest = hashlib.shake_256(text.encode()).digest(DIMENSIONS)
    vector = np.frombuffer(digest, dtype=np.uint8).astype(np.float64) - 127.5
    return vector / np.linalg.norm(vector)
