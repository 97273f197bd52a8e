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

    Of the one there are two photographs, neither of them the one that `probe` sends, each in two
    versions. Of the other there is a single photograph, so his set and his probe are versions of the
    same picture: they show that the way works, and nothing about how well faces are told apart.
    """
    if who == "obama":
        second, third = _open(portraits / "obama2.jpg"), _open(portraits / "obama3.jpg")
        pictures = [second, third, _another_day(second), _another_day(third)]
    else:
        only = _open(portraits / "biden.jpg")
        pictures = [only, ImageOps.mirror(only), _another_day(only), _closer(only)]
    return [_jpeg(picture) for picture in pictures]


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


def _another_day(picture: Image.Image) -> Image.Image:
    """Return the picture mirrored, darker and a little tilted."""
    return ImageEnhance.Brightness(ImageOps.mirror(picture)).enhance(0.8).rotate(3, Image.Resampling.BICUBIC)


def _closer(picture: Image.Image) -> Image.Image:
    """Return the upper part of the picture, brighter."""
    width, height = picture.size
    return ImageEnhance.Brightness(picture.crop((width // 10, 0, width - width // 10, height // 2))).enhance(1.15)


def _jpeg(picture: Image.Image, quality: int = 88) -> bytes:
    """Return the picture as a JPEG file."""
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality, optimize=True)
    return data.getvalue()
