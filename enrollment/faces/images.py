"""Pictures from outside, as pixels: whatever the bytes are, the answer is an array or a refusal.

The bytes are hostile. Size is judged from the header before a pixel is decoded, only two formats are
tried, and every way a decoder can fail is a refusal. What it can't do is survive a decoder that
crashes or eats the machine: that is why this runs in a process with a memory limit and no secrets.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from enrollment.faces.refusal import Refusal

Pixels = NDArray[np.uint8]
"""Height x width x 3, RGB."""

WORKING_SIDE = 1024
"""Larger pictures are reduced to this longest side, so that finding a face takes a bounded time."""
MIN_SIDE = 80
"""Shortest side, in working size: the detector knows no face smaller than this."""
MAX_SCANS = 32
"""A progressive JPEG has about ten scans. One of a megabyte can hold thousands, each walking every pixel."""

_FORMATS = ("JPEG", "PNG")
_START_OF_SCAN = b"\xff\xda"
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation -> what turns the picture upright."""


def read(data: bytes, max_pixels: int) -> Pixels | Refusal:
    """Return the upright 8-bit RGB pixels of one JPEG or PNG, at most `WORKING_SIDE` on its longest side.

    A picture of more than `max_pixels` is refused before it is decoded; so are animations, files that
    end early and everything else that is not one whole picture. Nothing that the bytes hold raises.
    """
    # face_recognition switches this on for the whole process when it is imported. A picture that ends
    # early would then be filled with grey, and grey is not what the camera saw.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's notes about odd files would fill the log, at anybody's will.
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                return _refusal_from_header(image, data, max_pixels) or _decoded(image)
    except Image.DecompressionBombError:
        return Refusal.IMAGE_TOO_LARGE
    except Exception:
        # Pillow's plugins raise OSError, SyntaxError, ValueError, struct.error, zlib.error, MemoryError and
        # more for bad bytes, and their messages may quote the bytes: none is kept.
        return Refusal.UNREADABLE_IMAGE


def _refusal_from_header(image: Image.Image, data: bytes, max_pixels: int) -> Refusal | None:
    """Judge what the header alone tells, while nothing is decoded."""
    width, height = image.size
    if width * height > min(max_pixels, Image.MAX_IMAGE_PIXELS or max_pixels):
        return Refusal.IMAGE_TOO_LARGE
    if min(width, height) * min(1.0, WORKING_SIDE / max(width, height)) < MIN_SIDE:
        return Refusal.IMAGE_TOO_SMALL
    if image.format == "PNG":
        return Refusal.UNREADABLE_IMAGE if getattr(image, "n_frames", 1) != 1 else None
    # Further pictures in a JPEG file are a phone's preview or brightness map: the first is the photograph.
    return Refusal.UNREADABLE_IMAGE if data.count(_START_OF_SCAN) > MAX_SCANS else None


def _decoded(image: Image.Image) -> Pixels:
    """Decode, reduce and turn upright a picture whose header was accepted."""
    image.draft(None, (WORKING_SIDE, WORKING_SIDE))  # A JPEG decodes at 1/2, 1/4 or 1/8 in less time and memory.
    image.load()
    picture = _in_8_bits(image)
    picture.thumbnail((WORKING_SIDE, WORKING_SIDE))
    if picture.mode == "RGBA":  # As a viewer shows it: what is transparent is white.
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION_TAG, 1))
    return np.array(picture.transpose(turn) if turn is not None else picture, dtype=np.uint8)


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Return any mode as 8-bit RGB, or RGBA where something is transparent."""
    if image.mode == "I;16":  # Keep the high byte: Pillow's own conversion has clipped in some releases.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")
