"""Picture files made by hand, byte by byte where no library would make them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def scene(size: tuple[int, int] = (200, 160)) -> Image.Image:
    """A picture red in its upper left quarter and blue elsewhere, so that one sees which way is up."""
    image = Image.new("RGB", size, (20, 20, 220))
    image.paste((220, 20, 20), (0, 0, size[0] // 2, size[1] // 2))
    return image


def saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """The picture as a file."""
    data = io.BytesIO()
    image.save(data, file_format, **options)
    return data.getvalue()


def jpeg_header(width: int, height: int) -> bytes:
    """A JPEG that promises so many pixels and ends where the first should come."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0])
    scan = bytes([1, 1, 0, 0, 63, 0])
    return b"\xff\xd8" + _segment(0xC0, frame) + _segment(0xDA, scan)


def png(width: int, height: int, chunks: Sequence[tuple[bytes, bytes]] = (), pixels: bytes | None = None) -> bytes:
    """A grey 8-bit PNG with these chunks before its pixels, all black unless given (packed)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes((width + 1) * height)) if pixels is None else pixels
    every = [(b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return PNG_SIGNATURE + b"".join(_chunk(kind, data) for kind, data in every)


def rgb_16_bit(image: Image.Image) -> bytes:
    """The picture as a PNG of 16 bits a color, which Pillow reads but doesn't write."""
    rows = [bytes(image.crop((0, y, image.width, y + 1)).tobytes()) for y in range(image.height)]
    wide = b"".join(b"\0" + b"".join(bytes([value, 77]) for value in row) for row in rows)
    header = struct.pack(">IIBBBBB", *image.size, 16, 2, 0, 0, 0)
    every = [(b"IHDR", header), (b"IDAT", zlib.compress(wide)), (b"IEND", b"")]
    return PNG_SIGNATURE + b"".join(_chunk(kind, data) for kind, data in every)


def zeros_packed(megabytes: int) -> bytes:
    """So many megabytes of zeros, in a thousandth of that."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


def with_more_scans(progressive: bytes, count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated until there are so many."""
    last = progressive[progressive.rfind(b"\xff\xda") : -2]
    missing = count - progressive.count(b"\xff\xda")
    return progressive[:-2] + last * missing + progressive[-2:]


def checksum(chunk: bytes) -> int:
    """What a PNG says behind a chunk of this kind and data."""
    return zlib.crc32(chunk)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum(kind + data))
