"""Makes the pictures that the demo's rides send: from the portraits, at run time, kept in memory only."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

FRAME = (640, 480)
"""What a kiosk's camera delivers."""

_HEADS: dict[str, tuple[float, float, float, float]] = {
    "obama.jpg": (0.0, 0.0, 1.0, 0.6),
    "biden.jpg": (0.0, 0.02, 1.0, 0.35),
}
"""Portrait -> head and shoulders in it, as parts of its width and height: left, top, right, bottom."""


def enrollment_set(portraits: Path, who: str) -> list[bytes]:
    """Return what the office takes of "obama" or "biden" at enrollment: four JPEGs of one person.

    They are versions of a single photograph, as different as pictures of one sitting are. Of the one, `probe` sends
    another photograph. Of the other there is no second, so his set and his probe are versions of the same picture:
    they show that the way works, and nothing about how well faces are told apart.
    """
    only = _open(portraits / ("obama3.jpg" if who == "obama" else "biden.jpg"))
    mirrored = ImageOps.mirror(only)
    return [_jpeg(picture) for picture in (only, _tilted(mirrored), _closer_to_the_light(only), _turned(mirrored))]


def probe(portraits: Path, who: str) -> bytes:
    """Return "obama" or "biden" as a kiosk's camera would take him: 640x480, in another photo if there is one."""
    return _jpeg(_framed(portraits, f"{who}.jpg", FRAME))


def two_faces(portraits: Path) -> bytes:
    """Return a frame in which two people stand side by side."""
    half = (FRAME[0] // 2, FRAME[1])
    frame = Image.new("RGB", FRAME)
    for place, name in enumerate(_HEADS):
        frame.paste(_framed(portraits, name, half), (place * half[0], 0))
    return _jpeg(frame)


def no_face() -> bytes:
    """Return a frame of an empty hall."""
    frame = Image.new("RGB", FRAME, (196, 203, 208))
    pen = ImageDraw.Draw(frame)
    pen.rectangle((0, 340, *FRAME), fill=(120, 113, 105))
    pen.rectangle((70, 90, 210, 340), fill=(92, 70, 52))
    pen.rectangle((380, 60, 590, 230), fill=(226, 240, 250), outline=(70, 80, 90), width=6)
    return _jpeg(frame)


def corrupt_jpeg(portraits: Path) -> bytes:
    """Return the first half of a JPEG."""
    whole = probe(portraits, "obama")
    return whole[: len(whole) // 2]


def hundred_megapixels() -> bytes:
    """Return a valid JPEG of 10,000 x 10,000 pixels in less than half a megabyte."""
    return _jpeg(Image.new("L", (10_000, 10_000), 128), quality=50)


def _open(path: Path) -> Image.Image:
    """Return a portrait, reduced to what an office's camera takes."""
    with Image.open(path) as image:
        picture = image.convert("RGB")
    picture.thumbnail((1200, 1200))
    return picture


def _framed(portraits: Path, name: str, size: tuple[int, int]) -> Image.Image:
    """Return head and shoulders in a frame of the size, nothing stretched."""
    picture = _open(portraits / name)
    width, height = picture.size
    left, top, right, bottom = _HEADS[name]
    head = picture.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))
    return ImageOps.fit(head, size)


def _tilted(picture: Image.Image) -> Image.Image:
    """Return the picture tilted, through a lens that widens."""
    return _stretched(picture, 1.08).rotate(-10, Image.Resampling.BICUBIC)


def _closer_to_the_light(picture: Image.Image) -> Image.Image:
    """Return the picture brighter, through a lens that narrows."""
    return ImageEnhance.Brightness(_stretched(picture, 0.9)).enhance(1.25)


def _turned(picture: Image.Image) -> Image.Image:
    """Return the picture as if its left were nearer than its right."""
    width, height = picture.size
    nearer = height * 0.1
    corners = (0, nearer, 0, height - nearer, width, height + nearer, width, -nearer)
    return picture.transform(picture.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)


def _stretched(picture: Image.Image, times: float) -> Image.Image:
    return picture.resize((round(picture.width * times), picture.height))


def _jpeg(picture: Image.Image, quality: int = 88) -> bytes:
    """Return the picture as a JPEG file."""
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality, optimize=True)
    return data.getvalue()
