"""Photographs damaged at random: pixels or a refusal, soon and within memory, and nothing raised.

`make test` tries 500, always the same; `make fuzz` tries 20,000 others each time. A failure names what to try again.
"""

from __future__ import annotations

import os
import resource
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from demo import pictures
from enrollment.faces import engines, images, required
from enrollment.faces.capture import Probe, Rules, probe
from enrollment.faces.refusal import Refusal, Refused
from tests.enrollment.faces import mutations
from tests.optional_models import MODELS

MAX_PIXELS = 12_000_000
HOW_MANY = int(os.environ.get("FUZZ", "500"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or (secrets.randbelow(10**9) + 1 if "FUZZ" in os.environ else 4)
ONE_IN = 2
"""Every so many goes the whole way too, through detector and network."""
MOST_SECONDS = 3.0
"""Of the processor's time, for one file; what else the machine does isn't counted. Nearly all take a hundredth."""
MOST_MEGABYTES = 300


@pytest.fixture(scope="module")
def originals(portraits_folder: Path) -> list[bytes]:
    return mutations.originals([pictures.probe(portraits_folder, who) for who in ("obama", "biden")])


def damaged(originals: list[bytes]) -> Iterator[tuple[str, bytes]]:
    for number in range(HOW_MANY):
        yield f"FUZZ_SEED={SEED}, number {number}", mutations.mutated(originals, SEED, number)


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def test_the_undamaged_photographs_are_read(originals: list[bytes]) -> None:
    assert not [data for data in originals if isinstance(images.read(data, MAX_PIXELS), Refusal)]


def test_a_number_makes_the_same_damage_again(originals: list[bytes]) -> None:
    assert mutations.mutated(originals, SEED, 3) == mutations.mutated(originals, SEED, 3)
    assert len({mutations.mutated(originals, SEED, number) for number in range(100)}) > 95


def test_damaged_photographs_are_pixels_or_a_refusal(originals: list[bytes]) -> None:
    before, answers = megabytes(), Counter[str]()
    for name, data in damaged(originals):
        began = time.process_time()
        answer = images.read(data, MAX_PIXELS)
        took = time.process_time() - began
        assert took < MOST_SECONDS, name
        if isinstance(answer, Refusal):
            answers[answer] += 1
        else:
            assert answer.dtype == np.uint8, name
            assert answer.shape[2:] == (3,), name
            assert images.MIN_SIDE <= min(answer.shape[:2]) <= max(answer.shape[:2]) <= images.WORKING_SIDE, name
            answers["pixels"] += 1
    assert megabytes() - before < MOST_MEGABYTES
    # Damage that is always noticed, or never, would try nothing behind it.
    assert answers["pixels"] > HOW_MANY / 20
    assert answers[Refusal.UNREADABLE_IMAGE] > HOW_MANY / 20


@pytest.mark.parametrize(
    "names",
    [
        "dlib",
        pytest.param("dlib,mobilefacenet", marks=pytest.mark.optional_models(*required.OPTIONAL["dlib,mobilefacenet"])),
    ],
)
def test_damaged_photographs_go_the_whole_way_to_a_probe_or_a_refusal(names: str, originals: list[bytes]) -> None:
    engine = engines.load(names, MODELS)
    rules, answers = Rules(MAX_PIXELS, 0.45), Counter[str]()
    for name, data in islice(damaged(originals), None, None, ONE_IN):
        began = time.process_time()
        answer = probe([data], engine, rules)
        assert time.process_time() - began < MOST_SECONDS, name
        assert isinstance(answer, Probe | Refused), name
        answers[answer.reason if isinstance(answer, Refused) else "probe"] += 1
    assert answers["probe"] > 0
    assert len(answers) > 2
