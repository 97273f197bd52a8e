"""The whole way: kiosks that call over HTTP, through web, broker, workers and Postgres, to a decision."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from bench import memory, withdrawal
from bench.lane import Lane, Look
from bench.withdrawal import Leaver
from demo import pictures
from demo.callers import Visitor
from enrollment.faces import weights
from running import env_file, places
from running.places import CannotRunError
from running.stack import Stack

KIOSKS = 8


@dataclass(frozen=True)
class School:
    """The school of this measurement: a kiosk's key and a card for each lane, every card's student enrolled."""

    base_url: str
    keys: Sequence[str]
    cards: Sequence[str]
    picture: bytes
    leavers: Sequence[Leaver]


@contextmanager
def school(portraits: Path, models: Path, engines: str, *, leavers: int) -> Iterator[tuple[School, Path]]:
    """Start the whole product in a folder of its own, enrol a student for each kiosk and some more, and end it again.

    The kiosks are `KIOSKS`, and one more for each student who leaves.
    """
    with TemporaryDirectory(prefix="campus-gate-bench-") as folder:
        outer = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        outer |= {"DEBUG": "1", "FACE_ENGINES": engines, "MODELS_DIR": str(models), env_file.VARIABLE: os.devnull}
        outer["FACE_PAD"] = "required" if (models / weights.LIVENESS).is_file() else "off"
        with Stack(Path(folder), outer) as stack:
            made = _crowd(stack, KIOSKS + leavers)
            guardians = _enroll(stack, made, portraits)
            cards = [student["card"] for student in made["students"]]
            keys = [kiosk["key"] for kiosk in made["kiosks"]]
            ids = [student["id"] for student in made["students"]]
            leaving = [Leaver(*each) for each in zip(ids, cards, keys, guardians, strict=True)][KIOSKS:]
            picture = pictures.probe(portraits, "obama")
            yield School(stack.base_url, keys[:KIOSKS], cards[:KIOSKS], picture, leaving), stack.var
            for guardian in guardians:
                guardian.close()


def one_kiosk(at: School, *, frames: int, looks: int) -> list[Look]:
    """Let one kiosk at a time take its student; each kiosk's first look is not counted.

    They take turns, for one alone would soon be told that it calls more often than any queue of students could.
    """
    lanes = [(Lane(at.base_url, key), card) for key, card in zip(at.keys, at.cards, strict=True)]
    taken = [lane.look(card, [at.picture] * frames) for _ in range(looks // len(lanes) + 1) for lane, card in lanes]
    for lane, _ in lanes:
        lane.close()
    return taken[len(lanes) :]


@contextmanager
def busy(at: School, *, frames: int) -> Iterator[list[Look]]:
    """Let every kiosk take its student again and again meanwhile; the looks are added as they are taken."""
    over, looks = Event(), list[Look]()

    def take(number: int) -> None:
        lane = Lane(at.base_url, at.keys[number])
        while not over.is_set():
            looks.append(lane.look(at.cards[number], [at.picture] * frames))
        lane.close()

    with ThreadPoolExecutor(len(at.keys)) as threads:
        taking = [threads.submit(take, number) for number in range(len(at.keys))]
        try:
            yield looks
        finally:
            over.set()
        for each in taking:
            each.result()


def all_kiosks(at: School, *, frames: int, seconds: float) -> tuple[list[Look], float]:
    """Let every kiosk be busy for so long, and return the looks and the seconds they took altogether."""
    began = time.monotonic()
    with busy(at, frames=frames) as looks:
        time.sleep(seconds)
    return looks, time.monotonic() - began


def figures(portraits: Path, models: Path, engines: str, *, quick: bool) -> dict[str, Any]:
    """Measure the whole way and return its figures."""
    looks, seconds, leavers = (16, 3.0, 2) if quick else (120, 15.0, 8)
    with school(portraits, models, engines, leavers=leavers) as (at, var):
        one = one_kiosk(at, frames=1, looks=looks)
        three = one_kiosk(at, frames=3, looks=looks // 2)
        many, took = all_kiosks(at, frames=1, seconds=seconds)
        many_of_three, took_of_three = all_kiosks(at, frames=3, seconds=seconds)
        with busy(at, frames=1):
            withdrawals = [withdrawal.take_back(leaver, at.base_url, at.picture) for leaver in at.leavers]
        held = memory.of(var)
    return (
        summed_up(one, three, many, seconds=took)
        | withdrawal.summed_up(withdrawals)
        | {"decisions_per_s_3_frames": len(many_of_three) / took_of_three, "rss_mb": held}
    )


def summed_up(one: Sequence[Look], three: Sequence[Look], many: Sequence[Look], *, seconds: float) -> dict[str, float]:
    """Return the figures of one kiosk with one frame and with three, and of all kiosks for so many seconds."""
    return {
        **_summary(one),
        **{f"{name}_3_frames": value for name, value in _summary(three).items()},
        "decisions_per_s": len(many) / seconds,
        "p50_ms_8_kiosks": percentile([look.ms for look in many], 50),
        "p95_ms_8_kiosks": percentile([look.ms for look in many], 95),
    }


def _summary(looks: Sequence[Look]) -> dict[str, float]:
    times = [look.ms for look in looks]
    overhead = statistics.median(look.ms - look.faces_ms for look in looks)
    return {"p50_ms": percentile(times, 50), "p95_ms": percentile(times, 95), "overhead_ms": overhead}


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest of the values that so many percent of them don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _crowd(stack: Stack, count: int) -> dict[str, Any]:
    """Make so many students and kiosks."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "running.launch", "manage", "seed_demo", "--json", "--crowd", str(count)],
        cwd=places.PROJECT,
        env={**stack.outer, "CAMPUS_VAR": str(stack.var)},
        stdout=subprocess.PIPE,
        check=True,
    )
    made: dict[str, Any] = json.loads(done.stdout)["crowd"]
    return made


def _enroll(stack: Stack, made: Mapping[str, Any], portraits: Path) -> list[Visitor]:
    """Let each family say yes and the office enrol the child, as in the demo; return the guardians, still signed in."""
    mail, people = stack.var / "mail", {person["role"]: person["email"] for person in stack.seed["sign_ins"]}
    office = Visitor(stack.base_url, mail).sign_in(people["office"])
    witness = Visitor(stack.base_url, mail).sign_in(people["witness"])
    photographs = pictures.enrollment_set(portraits, "obama")
    guardians = []
    for student in made["students"]:
        guardian = Visitor(stack.base_url, mail).sign_in(student["guardian"])
        guardian.answer(student["id"], "yes", stack.seed["notice"]["id"])
        guardians.append(guardian)
        said = office.enroll(student["id"], photographs, card=student["card"], witness=witness)
        if said["state"] != "enrolled":
            raise CannotRunError(f"a student could not be enrolled: {said['reason']}")
    office.close()
    witness.close()
    return guardians
