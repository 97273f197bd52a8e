"""After the rides nobody's picture and nobody's template lies anywhere in clear.

The search looks for pieces of every picture that was sent and of every template that was made, raw and as
base64, hexadecimal and numbers in text, in both Postgres folders with their WAL, in every key of the
broker, in the logs, in the temporary folders and in everything else under the installation's folder. First
one of each form is planted in each place, and the search must find it.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from campus.settings import IMAGE_MAX_PIXELS
from demo import pictures
from enrollment.faces import enrolling
from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.distance import Template, normalized
from enrollment.faces.engines import load
from tests.stack.conftest import Ridden
from tests.stack_fixture import RunningStack

FORMS = ("raw", "base64", "hex", "text")
LARGEST_FILE = 200_000_000


@dataclass(frozen=True)
class Needle:
    """One form of one thing: it is found where at least `enough` of its pieces are."""

    thing: str
    form: str
    pieces: tuple[bytes, ...]
    enough: int = 1


class Search:
    """Looks for many pieces at once: by their first eight bytes as a number, at every offset."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self.needles = list(needles)
        self._pieces: dict[int, set[bytes]] = {}
        for piece in {piece for needle in self.needles for piece in needle.pieces}:
            self._pieces.setdefault(int.from_bytes(piece[:8], "little"), set()).add(piece)
        self._keys = np.array(sorted(self._pieces), dtype="<u8")
        self._low_bits = np.zeros(1 << 16, dtype=bool)
        self._low_bits[self._keys & 0xFFFF] = True

    def in_hay(self, hay: bytes) -> Iterator[Needle]:
        """Yield the needles that are in some bytes."""
        present = self._present(hay)
        if present:
            yield from (needle for needle in self.needles if len(present.intersection(needle.pieces)) >= needle.enough)

    def _present(self, hay: bytes) -> set[bytes]:
        present: set[bytes] = set()
        for shift in range(min(8, max(0, len(hay) - 7))):
            words = np.frombuffer(hay, "<u8", (len(hay) - shift) // 8, shift)
            likely = np.flatnonzero(self._low_bits[words & 0xFFFF])
            for index in likely[np.isin(words[likely], self._keys)].tolist():
                for piece in self._pieces[int(words[index])] - present:
                    if hay.startswith(piece, shift + 8 * index):
                        present.add(piece)
        return present


def needles_of(thing: str, data: bytes) -> Iterator[Needle]:
    """Yield the forms of some bytes: pieces from their middle and end, which no other file shares."""
    starts = [len(data) * part // 10 for part in (5, 8)]
    slices = [data[start : start + 48] for start in starts]
    yield Needle(thing, "raw", tuple(slices))
    # Base64 looks different by where in a group of three a slice begins; its edges depend on the neighbours.
    shifted = [data[start + phase : start + phase + 48] for start in starts for phase in (0, 1, 2)]
    yield Needle(thing, "base64", tuple(base64.b64encode(piece)[:60] for piece in shifted))
    yield Needle(thing, "hex", tuple(form.encode() for piece in slices for form in (piece.hex(), piece.hex().upper())))


def needles_of_template(name: str, template: Template) -> Iterator[Needle]:
    """Yield the forms of a template: its bytes in both widths, and its numbers as text to six places."""
    for width in ("<f4", "<f8"):
        yield from needles_of(f"{name} {width}", template.astype(width).tobytes())
    numbers = [f"{abs(value):.17f}"[:8].encode() for value in template[40:60].tolist()]
    yield Needle(name, "text", tuple(numbers), enough=6)


def forms_of_template(template: Template) -> dict[str, bytes]:
    """Return a template as each form writes it."""
    raw = template.astype("<f4").tobytes()
    text = ", ".join(repr(value) for value in template.tolist()).encode()
    return {"raw": raw, "base64": base64.b64encode(raw), "hex": raw.hex().encode(), "text": text}


class Plants:
    """A made-up template in every form in every place, to show that the search finds it there."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.folders = {
            "logs": stack.var / "log",
            "temporary folder": Path(tempfile.gettempdir()),
            "installation": stack.var / "mail",
        }
        self.forms: dict[str, dict[str, bytes]] = {}
        self.needles: list[Needle] = []
        self.files: list[Path] = []

    def plant(self) -> None:
        for place in ("postgres", "keys-postgres", "broker", *self.folders):
            numbers = np.frombuffer(secrets.token_bytes(512), dtype=np.uint32).astype(np.float64) - 2.0**31
            template = normalized(numbers)
            self.needles += needles_of_template(f"planted in {place}", template)
            self.forms[place] = forms_of_template(template)
        for place in ("postgres", "keys-postgres"):
            self.stack.plant(place, list(self.forms[place].values()))
        for form, data in self.forms["broker"].items():
            self.stack.broker.set(f"planted:{form}", data, ex=120)
        for place, folder in self.folders.items():
            folder.mkdir(exist_ok=True)
            for form, data in self.forms[place].items():
                self.files.append(folder / f"planted-{secrets.token_hex(4)}-{form}")
                self.files[-1].write_bytes(data)

    def clear(self) -> None:
        for file in self.files:
            file.unlink(missing_ok=True)
        for form in FORMS:
            self.stack.broker.delete(f"planted:{form}")
        for place in ("postgres", "keys-postgres"):
            self.stack.unplant(place)


def hays(stack: RunningStack) -> Iterator[tuple[str, bytes]]:
    """Yield every file and every key that the product could have written, with its place."""
    for file in stack.var.rglob("*"):
        if "demo-faces" not in file.parts:
            yield str(file.relative_to(stack.var)), _contents(file)
    for folder in {Path(tempfile.gettempdir()), Path("/dev/shm")}:
        # os.walk goes on where another process removes a folder meanwhile.
        for parent, folders, names in os.walk(folder):
            # Another run of these tests may have the same pictures in its folder; the product never writes there.
            folders[:] = [name for name in folders if not name.startswith("pytest-of-")]
            for file in (Path(parent) / name for name in names):
                if _may_be_ours(file, stack):
                    yield str(file), _contents(file)
    stack.broker.config_set("rdbcompression", "no")  # DUMP would compress what it shows.
    for key in stack.broker.scan_iter():
        yield f"broker key {key!r}", bytes(stack.broker.dump(key) or b"")


def _contents(file: Path) -> bytes:
    """Return what a file holds. One that goes at this moment, as some of Postgres' and others' do, holds nothing."""
    with suppress(FileNotFoundError):
        return file.read_bytes() if file.is_file() and file.stat().st_size < LARGEST_FILE else b""
    return b""


def _may_be_ours(file: Path, stack: RunningStack) -> bool:
    try:
        is_file = file.is_file() and not file.is_symlink() and stack.var not in file.parents
        return is_file and file.stat().st_mtime >= stack.started_at and file.stat().st_size < LARGEST_FILE
    except OSError:
        return False


@pytest.fixture(scope="module")
def found(ridden: Ridden, stack: RunningStack) -> Iterator[tuple[set[tuple[str, str]], list[str]]]:
    """Search once: what was found of the plants, and where anything real was found."""
    plants = Plants(stack)
    plants.plant()
    stack.checkpoint()
    search = Search([*_real_needles(ridden), *plants.needles])
    seen: set[tuple[str, str]] = set()
    leaks: list[str] = []
    for place, hay in hays(stack):
        for needle in search.in_hay(hay):
            if needle in plants.needles:
                seen.add((needle.thing, needle.form))
            else:
                leaks.append(f"{needle.thing} as {needle.form} in {place}")
    yield seen, leaks
    plants.clear()


def _real_needles(ridden: Ridden) -> Iterator[Needle]:
    """Yield every form of every picture that the rides sent and every template that came of them.

    The hundred megapixels are left out: a flat picture's bytes are zeros, which every file has.
    """
    day, engine = ridden.day, load("dlib", settings.MODELS_DIR)
    sets = {"obama": pictures.enrollment_set(day.portraits, "obama")}
    sent = {
        "own face": day.own_face,
        "other face": day.other_face,
        "no face": pictures.no_face(),
        "two faces": pictures.two_faces(day.portraits),
        "half a JPEG": pictures.corrupt_jpeg(day.portraits),
        **{f"enrolment picture {number}": picture for number, picture in enumerate(sets["obama"])},
    }
    for name, data in sent.items():
        yield from needles_of(name, data)
    reference = enrolling.combine(sets["obama"], engine, Rules(IMAGE_MAX_PIXELS, 0.45))
    assert isinstance(reference, enrolling.Combined)
    yield from needles_of_template("reference", reference.template)
    for name in ("own face", "other face"):
        seen = probe([sent[name]], engine, Rules(IMAGE_MAX_PIXELS, 0.45))
        assert isinstance(seen, Probe)
        yield from needles_of_template(f"probe of {name}", seen.template)


@pytest.mark.parametrize("place", ["postgres", "keys-postgres", "broker", "logs", "temporary folder", "installation"])
@pytest.mark.parametrize("form", FORMS)
def test_the_search_finds_what_is_planted(found: tuple[set[tuple[str, str]], list[str]], place: str, form: str) -> None:
    seen, _ = found
    assert any(thing.startswith(f"planted in {place}") and form == form_found for thing, form_found in seen)


def test_no_picture_and_no_template_lies_anywhere(found: tuple[set[tuple[str, str]], list[str]]) -> None:
    _, leaks = found
    assert leaks == []
