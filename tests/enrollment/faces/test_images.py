"""Whatever the bytes are, the answer is pixels or a refusal."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from demo import pictures
from enrollment.faces.images import MAX_SCANS, MIN_SIDE, WORKING_SIDE, Pixels, read
from enrollment.faces.refusal import Refusal
from tests.enrollment.faces import files
from tests.enrollment.faces.conftest import PROJECT

MAX_PIXELS = 12_000_000
RED, BLUE = np.array([220, 20, 20]), np.array([20, 20, 220])

JPEG = files.saved(files.scene(), "JPEG")
PNG = files.saved(files.scene(), "PNG")
PROGRESSIVE = files.saved(files.scene(), "JPEG", progressive=True)


def pixels_of(data: bytes, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The pixels of a picture that has to be readable."""
    pixels = read(data, max_pixels)
    assert not isinstance(pixels, Refusal), pixels
    assert pixels.dtype == np.uint8
    assert pixels.shape[2:] == (3,)
    return pixels


def is_upright(pixels: Pixels) -> bool:
    """Say whether the scene's red quarter is where it was drawn, and nowhere else."""
    height, width = pixels.shape[:2]
    corners = [pixels[y, x] for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    near = [
        np.abs(seen.astype(int) - want).max() < 40 for seen, want in zip(corners, [RED, BLUE, BLUE, BLUE], strict=True)
    ]
    return all(near)


@pytest.mark.parametrize("data", [JPEG, PNG, PROGRESSIVE], ids=["jpeg", "png", "progressive jpeg"])
def test_it_reads_the_two_formats_as_rgb(data: bytes) -> None:
    pixels = pixels_of(data)
    assert pixels.shape == (160, 200, 3)
    assert is_upright(pixels)


HELD: dict[int, Callable[[Image.Image], Image.Image]] = {
    1: lambda upright: upright,
    2: ImageOps.mirror,
    3: lambda upright: upright.rotate(180),
    4: ImageOps.flip,
    5: lambda upright: ImageOps.mirror(upright).rotate(90, expand=True),
    6: lambda upright: upright.rotate(90, expand=True),
    7: lambda upright: ImageOps.mirror(upright).rotate(-90, expand=True),
    8: lambda upright: upright.rotate(-90, expand=True),
}
"""EXIF orientation -> how a camera held that way stores the upright scene."""


@pytest.mark.parametrize("orientation", HELD)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_it_turns_a_camera_held_any_way_upright(orientation: int, file_format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = pixels_of(files.saved(HELD[orientation](files.scene()), file_format, exif=exif))
    assert pixels.shape == (160, 200, 3)
    assert is_upright(pixels)


@pytest.mark.parametrize(
    "data",
    [
        files.saved(files.scene().convert("CMYK"), "JPEG"),
        files.saved(files.scene().convert("P"), "PNG"),
        files.saved(files.scene().convert("P"), "PNG", transparency=255),
        files.rgb_16_bit(files.scene()),
        files.saved(files.scene().convert("RGBA"), "PNG"),
        files.saved(files.scene(), "MPO", save_all=True, append_images=[files.scene().rotate(180)]),
    ],
    ids=["cmyk", "palette", "transparent palette", "16-bit rgb", "rgba", "phone's JPEG with a second picture"],
)
def test_it_converts_other_modes(data: bytes) -> None:
    assert is_upright(pixels_of(data))


@pytest.mark.parametrize("mode", ["L", "1", "LA"])
def test_it_reads_grey_and_black_and_white(mode: str) -> None:
    file_format = "JPEG" if mode == "L" else "PNG"
    pixels = pixels_of(files.saved(files.scene().convert(mode), file_format))
    assert (np.ptp(pixels, axis=2) == 0).all()
    assert np.ptp(pixels) > 10


def test_it_keeps_the_grey_of_8_and_16_bit_pictures() -> None:
    steps = np.tile(np.arange(200, dtype=np.uint8), (160, 1))
    eight = pixels_of(files.saved(Image.fromarray(steps), "PNG"))
    sixteen = pixels_of(files.saved(Image.fromarray(steps.astype(np.uint16) * 256 + 77), "PNG"))
    assert np.array_equal(eight, np.stack([steps] * 3, axis=2))
    assert np.array_equal(sixteen, eight)


def test_it_shows_what_is_transparent_as_white_and_not_what_hides_behind() -> None:
    hidden = files.scene().convert("RGBA")
    hidden.putalpha(0)
    assert (pixels_of(files.saved(hidden, "PNG")) == 255).all()


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_it_reduces_a_large_picture_to_the_working_size(size: tuple[int, int], file_format: str) -> None:
    pixels = pixels_of(files.saved(files.scene(size), file_format))
    assert max(pixels.shape) == WORKING_SIDE
    assert min(pixels.shape[:2]) == WORKING_SIDE * 3 // 4
    assert is_upright(pixels)


UNREADABLE = {
    "no bytes": b"",
    "zeros": bytes(10_000),
    "two bytes": b"\xff\xd8",
    "half a JPEG": JPEG[: len(JPEG) // 2],
    "half a progressive JPEG": PROGRESSIVE[: len(PROGRESSIVE) // 2],
    "half a PNG": PNG[: len(PNG) // 2],
    "JPEG without pixels": files.jpeg_header(640, 480),
    "GIF": files.saved(files.scene(), "GIF"),
    "TIFF": files.saved(files.scene(), "TIFF"),
    "WebP": files.saved(files.scene(), "WEBP"),
    "BMP": files.saved(files.scene(), "BMP"),
    "GIF before a JPEG": files.saved(files.scene(), "GIF") + JPEG,
    "SVG before a JPEG": b"<svg xmlns='http://www.w3.org/2000/svg'/>" + JPEG,
    "animated PNG": files.saved(files.scene(), "PNG", save_all=True, append_images=[files.scene().rotate(180)]),
    "too many scans": files.with_more_scans(PROGRESSIVE, MAX_SCANS + 1),
    "broken zlib": files.png(200, 160, pixels=b"no zlib stream"),
    "text bomb": files.png(200, 160, [(b"zTXt", b"k\0\0" + files.zeros_packed(80))]),
    "profile bomb": files.png(200, 160, [(b"iCCP", b"k\0\0" + files.zeros_packed(80))]),
    "no height": files.png(200, 0),
}
TOO_SMALL = {
    "1x1": files.saved(files.scene((1, 1)), "PNG"),
    "a pixel too low": files.saved(files.scene((MIN_SIDE, MIN_SIDE - 1)), "JPEG"),
    "a ribbon": files.saved(files.scene((WORKING_SIDE * 2, MIN_SIDE)), "JPEG"),
}
TOO_LARGE = {
    "100 megapixels": files.jpeg_header(10_000, 10_000),
    "400 megapixels": files.jpeg_header(20_000, 20_000),
    "400 megapixels of PNG": files.png(20_000, 20_000, pixels=b""),
    "the largest PNG there can be": files.png(2**31 - 1, 2**31 - 1, pixels=b""),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_it_refuses_what_is_not_one_whole_picture(data: bytes) -> None:
    assert read(data, MAX_PIXELS) is Refusal.UNREADABLE_IMAGE


@pytest.mark.parametrize("data", TOO_SMALL.values(), ids=TOO_SMALL)
def test_it_refuses_a_picture_too_small_for_a_face(data: bytes) -> None:
    assert read(data, MAX_PIXELS) is Refusal.IMAGE_TOO_SMALL


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE)
def test_it_refuses_a_picture_of_too_many_pixels(data: bytes) -> None:
    assert read(data, MAX_PIXELS) is Refusal.IMAGE_TOO_LARGE


def test_it_judges_the_size_before_it_looks_for_a_pixel() -> None:
    # A file that ends after its header can only be called too large by one who never tried to decode it.
    assert read(files.jpeg_header(4001, 3000), MAX_PIXELS) is Refusal.IMAGE_TOO_LARGE
    assert read(files.jpeg_header(4000, 3000), MAX_PIXELS) is Refusal.UNREADABLE_IMAGE


@pytest.mark.parametrize("side", [10_000, 20_000])
def test_pillows_own_limit_holds_whatever_the_callers_is(side: int) -> None:
    assert read(files.jpeg_header(side, side), 10**12) is Refusal.IMAGE_TOO_LARGE


def test_it_refuses_a_whole_picture_of_a_hundred_megapixels() -> None:
    data = pictures.hundred_megapixels()
    assert len(data) < 1_000_000
    assert read(data, MAX_PIXELS) is Refusal.IMAGE_TOO_LARGE


def test_it_reads_as_many_scans_as_a_camera_makes() -> None:
    assert is_upright(pixels_of(files.with_more_scans(PROGRESSIVE, MAX_SCANS)))


POLYGLOTS = {
    "an archive behind a JPEG": JPEG + b"PK\x03\x04 and the rest of an archive",
    "a page behind a JPEG": JPEG + b"<html><script>alert(1)</script></html>",
    "a PNG behind a JPEG": JPEG + PNG,
    "a script in a JPEG's comment": JPEG[:2] + b"\xff\xfe\x00\x1b<script>alert(1)</script>" + JPEG[2:],
    "a document behind a PNG": PNG + b"%PDF-1.7",
    "an animation behind a PNG": PNG + files.saved(files.scene(), "GIF"),
}


@pytest.mark.parametrize("data", POLYGLOTS.values(), ids=POLYGLOTS)
def test_of_a_file_that_is_something_else_too_it_takes_the_picture_alone(data: bytes) -> None:
    assert np.array_equal(pixels_of(data), pixels_of(PNG if data.startswith(PNG[:8]) else JPEG))


EVERY_BAD_FILE = {**UNREADABLE, **TOO_SMALL, **TOO_LARGE}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory in these units")
def test_every_bad_file_is_refused_in_bounded_time_and_memory() -> None:
    """In a process of its own, so that nothing else has used the memory or the processor's time that is counted."""
    told = (
        "import pickle, resource, sys, time; from enrollment.faces.images import read\n"
        "most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "for name, data in pickle.load(sys.stdin.buffer).items():\n"
        "    before, began = most(), time.process_time()\n"
        "    answer = read(data, 12_000_000)\n"
        "    print(name, answer, time.process_time() - began, most() - before, sep='|')\n"
    )
    bad = pickle.dumps(EVERY_BAD_FILE)
    done = subprocess.run([sys.executable, "-c", told], input=bad, capture_output=True, cwd=PROJECT, check=True)
    lines = [line.split("|") for line in done.stdout.decode().splitlines()]
    assert [line[0] for line in lines] == list(EVERY_BAD_FILE)
    for name, answer, seconds, megabytes in lines:
        assert answer in set(Refusal), name
        assert float(seconds) < 1.0, name
        assert float(megabytes) < 100.0, name


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", JPEG[:2], PNG[:8], JPEG[:300], PNG[:60]]))
def test_no_bytes_raise(tail: bytes, start: bytes) -> None:
    assert isinstance(read(start + tail, MAX_PIXELS), Refusal)


@settings(deadline=None)
@given(
    st.sampled_from([JPEG, PNG, PROGRESSIVE]), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8)
)
def test_no_damage_raises(whole: bytes, changes: list[tuple[float, int]]) -> None:
    data = bytearray(whole)
    for place, value in changes:
        data[int(place * len(data))] = value
    answer = read(bytes(data), MAX_PIXELS)
    assert isinstance(answer, Refusal) or (answer.dtype == np.uint8 and answer.shape[2] == 3)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces a process's memory limit")
def test_running_out_of_memory_is_a_refusal() -> None:
    data = files.png(4000, 3000)
    limited = (
        "import resource, sys; from enrollment.faces.images import read; data = sys.stdin.buffer.read();"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize();"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 20_000_000,) * 2);"
        "answer = read(data, 12_000_000); sys.stdout.write(str(answer) if isinstance(answer, str) else 'pixels')"
    )
    done = subprocess.run([sys.executable, "-c", limited], input=data, capture_output=True, cwd=PROJECT, check=True)
    assert done.stdout.decode() == Refusal.UNREADABLE_IMAGE
