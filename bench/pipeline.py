"""From JPEG to template: face_recognition's own calls against ours, on the same photographs, in one process and turn.

Run as `python -m bench.pipeline MODELS_DIR ROUNDS` with the photographs, a JSON list in base64, as input; it writes
one JSON object. It has a process of its own, for the sake of one thread and so that nobody else has face_recognition.
"""

from __future__ import annotations

import base64
import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from bench import gallery
from enrollment.faces import engines, images, required, weights
from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.engine import Engine
from enrollment.faces.liveness import Liveness
from enrollment.faces.zone import subject

BOTH = "dlib,mobilefacenet"
_RULES = Rules(max_pixels=12_000_000, pair_threshold=9.0)
"""One frame has no pair."""

Step = Callable[[bytes], object]


def measured(photographs: Sequence[bytes], models: Path, *, rounds: int, environment: dict[str, str]) -> dict[str, Any]:
    """Measure in a new process, and return medians in milliseconds by the name of what was measured."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench.pipeline", str(models), str(rounds)],
        input=json.dumps([base64.b64encode(each).decode() for each in photographs]).encode(),
        cwd=Path(__file__).resolve().parent.parent,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def naive_library() -> Any:
    """Return face_recognition.

    It opens all its weights when it is imported, the 68-point landmarks too, which are licensed for non-commercial use
    only. So their file is named to be the 5-point one first: that is what its calls use by default anyway.
    """
    models: Any = import_module("face_recognition_models")
    models.pose_predictor_model_location = models.pose_predictor_five_point_model_location
    return import_module("face_recognition")


def steps(models: Path, sample: bytes) -> dict[str, Step]:
    """Return what is measured, by name; `both` and `with_all` only where their files are."""
    library = naive_library()
    dlib = engines.load("dlib", models)
    pixels = library.load_image_file(io.BytesIO(sample))
    places, face = library.face_locations(pixels), _face(dlib, sample)

    def naive(data: bytes) -> object:
        picture = library.load_image_file(io.BytesIO(data))
        return library.face_encodings(picture, library.face_locations(picture))

    wanted: dict[str, Step] = {
        "naive": naive,
        "ours": lambda data: probe([data], dlib, _RULES),
        "ours_3": lambda data: probe([data] * 3, dlib, _RULES),
        "naive_embed": lambda data: library.face_encodings(pixels, places),
        "ours_embed": lambda data: dlib.encode(pixels, face),
    }
    if not required.problems(BOTH, models):
        both = engines.load(BOTH, models)
        wanted["both"] = lambda data: probe([data], both, _RULES)
        if (models / weights.LIVENESS).is_file():
            liveness = Liveness(weights.checked(models / weights.LIVENESS))
            rules = replace(_RULES, liveness=liveness)
            wanted["with_all"] = lambda data: probe([data], both, rules)
    return wanted


def _face(engine: Engine, data: bytes) -> Any:
    pixels: Any = images.read(data, _RULES.max_pixels)
    found: Any = subject(engine.locate(pixels), pixels)
    return engine.mark(pixels, found)


def taken_in_turn(wanted: dict[str, Step], photographs: Sequence[bytes], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each step over each photograph, the steps one after the other on each.

    What disturbs the machine meanwhile then disturbs all of them. The first photograph is done once beforehand.
    """
    for step in wanted.values():
        step(photographs[0])
    took: dict[str, list[float]] = {name: [] for name in wanted}
    for number in range(rounds):
        for data in photographs:
            for name, step in wanted.items():
                began = time.perf_counter()
                step(data)
                took[name].append((time.perf_counter() - began) * 1000)
        sys.stderr.write(f"  round {number + 1} of {rounds}\n")
    return took


def main(models: Path, rounds: int, photographs: Sequence[bytes]) -> dict[str, Any]:
    """Measure, and return the median of each step, the searches, and how many photographs there were."""
    good = [data for data in photographs if isinstance(probe([data], engines.load("dlib", models), _RULES), Probe)]
    took = taken_in_turn(steps(models, good[0]), good, rounds)
    searches = {str(size): gallery.search_ms(size) for size in gallery.SIZES}
    return {"photographs": len(good), "gallery_ms": searches} | {
        name: statistics.median(times) for name, times in took.items()
    }


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), int(sys.argv[2]), [base64.b64decode(each) for each in json.load(sys.stdin)])
    sys.stdout.write(json.dumps(found))
