"""The photographs that are measured with: 640 x 480 JPEGs, made from the demo's portraits or from a folder."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

from demo import pictures

SUFFIXES = (".jpg", ".jpeg", ".png")


def of_portraits(portraits: Path) -> list[bytes]:
    """Return eight frames of the two people of the demo: as they are, mirrored, darker, and further away."""
    frames = []
    for who in ("obama", "biden"):
        with Image.open(io.BytesIO(pictures.probe(portraits, who))) as frame:
            further = ImageOps.pad(frame.resize((480, 360)), pictures.FRAME, color=(180, 186, 190))
            darker = ImageEnhance.Brightness(frame).enhance(0.8)
            frames += [_jpeg(each) for each in (frame, ImageOps.mirror(frame), darker, further)]
    return frames


def of_folder(folder: Path) -> list[bytes]:
    """Return every picture in a folder and below it, fitted into a frame; in the order of their names."""
    frames = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES:
            with Image.open(path) as image:
                frames.append(_jpeg(ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), pictures.FRAME)))
    return frames


def _jpeg(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=88)
    return data.getvalue()
