"""How the benchmark measures: fairly, on pictures of one size, and without the file that must not be used."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from bench import gallery, memory, photographs, pipeline
from enrollment.faces.drawn_engine import draw
from running.places import PROJECT


def test_the_steps_take_turns_on_every_photograph() -> None:
    done: list[tuple[str, bytes]] = []

    def step(name: str) -> pipeline.Step:
        return lambda data: done.append((name, data))

    steps = {name: step(name) for name in ("a", "b")}
    took = pipeline.taken_in_turn(steps, [b"1", b"2"], rounds=2)
    first, rest = done[:2], done[2:]
    assert first == [("a", b"1"), ("b", b"1")]
    assert rest == [("a", b"1"), ("b", b"1"), ("a", b"2"), ("b", b"2")] * 2
    assert {name: len(times) for name, times in took.items()} == {"a": 4, "b": 4}


def test_the_library_that_is_compared_with_never_opens_the_68_points() -> None:
    code = (
        "from bench.pipeline import naive_library; api = naive_library().api;"
        "print(api.predictor_68_point_model); print(api.predictor_5_point_model)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    opened = done.stdout.split()
    assert opened[0] == opened[1]
    assert opened[0].endswith("shape_predictor_5_face_landmarks.dat")


def test_photographs_of_a_folder_are_all_of_one_size_and_upright(tmp_path: Path) -> None:
    (tmp_path / "person").mkdir()
    wide = Image.new("RGB", (900, 600), "red")
    turned = Image.Exif()
    turned[0x0112] = 6
    wide.save(tmp_path / "person" / "1.jpg", exif=turned)
    (tmp_path / "2.PNG").write_bytes(draw(7, 0, size=(160, 120)))
    (tmp_path / "notes.txt").write_text("no picture")
    found = photographs.of_folder(tmp_path)
    assert [Image.open(io.BytesIO(data)).size for data in found] == [(640, 480)] * 2
    assert [Image.open(io.BytesIO(data)).format for data in found] == ["JPEG"] * 2


def test_a_search_takes_a_time() -> None:
    assert 0 < gallery.search_ms(50, repeats=3) < 1000


def test_the_memory_of_a_child_is_seen_below_its_parent() -> None:
    code = "block = bytearray(80_000_000); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        known = memory.table()
        own = known[os.getpid()][1]
        assert 75 < memory.largest(child.pid, known) < 150
        assert memory.largest(os.getpid(), known) >= max(own, memory.largest(child.pid, known))
        child.communicate(b"\n")
