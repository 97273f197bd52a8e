"""Real photographs damaged in every way that bytes can be, each by a number so that it can be made again."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from random import Random

from PIL import Image

from tests.enrollment.faces import files

INTERESTING = (
    b"\x00",
    b"\xff",
    b"\xff\xd8",
    b"\xff\xd9",
    b"\xff\xda",
    b"\xff\xc2",
    b"\xff\xe1",
    b"\x7f\xff\xff\xff",
    b"IDAT",
)
"""What parsers stumble over: markers, ends, lengths."""


def originals(photographs: Sequence[bytes]) -> list[bytes]:
    """Return photographs as many kinds of files."""
    kept: list[bytes] = []
    for photograph in photographs:
        image = Image.open(io.BytesIO(photograph))
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = 6, "a camera"
        small = image.resize((320, 240))
        kept += [
            photograph,
            files.saved(small, "JPEG", progressive=True, exif=exif),
            files.saved(small.convert("L"), "JPEG"),
            files.saved(small.convert("CMYK"), "JPEG"),
            files.saved(small, "PNG", exif=exif),
            files.saved(small.convert("P"), "PNG"),
            files.saved(small, "MPO", save_all=True, append_images=[small.rotate(180)]),
        ]
    return kept


def mutated(whole: Sequence[bytes], seed: int, number: int) -> bytes:
    """Return one of the files, damaged once to four times; the same for the same seed and number."""
    random = Random(f"{seed}/{number}")
    data = bytearray(random.choice(whole))
    for _ in range(random.randint(1, 4)):
        random.choice(_DAMAGES)(data, random, whole)
    return bytes(data)


def _overwrite(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    for _ in range(random.choice((1, 3, 30))):
        if data:
            data[random.randrange(len(data))] = random.randrange(256)


def _overwrite_header(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    for _ in range(random.randint(1, 8)):
        if data:
            data[random.randrange(min(len(data), 700))] = random.randrange(256)


def _cut_short(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    del data[random.randrange(len(data) + 1) :]


def _take_out(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    begin = random.randrange(len(data) + 1)
    del data[begin : begin + random.choice((1, 2, 100, 5000))]


def _put_in(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    begin = random.randrange(len(data) + 1)
    data[begin:begin] = random.choice(INTERESTING) * random.choice((1, 2, 50))


def _repeat(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    begin = random.randrange(len(data) + 1)
    data[begin:begin] = data[begin : begin + random.choice((4, 600, 20_000))]


def _splice(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    other = random.choice(whole)
    data[random.randrange(len(data) + 1) :] = other[random.randrange(len(other)) :]


def _claim_a_size(data: bytearray, random: Random, whole: Sequence[bytes]) -> None:
    """Change what the header says of width and height: after a JPEG's start of frame, in a PNG's first chunk."""
    size = [random.choice((0, 1, 79, 80, 641, 4000, 20_000, 65_535)) for _ in range(2)]
    if data[:8] == files.PNG_SIGNATURE:
        data[16:24] = struct.pack(">II", *size)
        data[29:33] = struct.pack(">I", files.checksum(bytes(data[12:29])))
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        place = data.find(marker)
        if place >= 0:
            data[place + 5 : place + 9] = struct.pack(">HH", *size)


_DAMAGES = (_overwrite, _overwrite_header, _cut_short, _take_out, _put_in, _repeat, _splice, _claim_a_size)
