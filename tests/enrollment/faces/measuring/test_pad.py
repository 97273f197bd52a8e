"""The errors of the liveness check, each kind of attack by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from enrollment.faces.distance import Template
from enrollment.faces.drawn_engine import DrawnEngine, draw
from enrollment.faces.face import Box
from enrollment.faces.images import Pixels
from enrollment.faces.measuring import dataset, pad, rules
from enrollment.faces.measuring.pad import Presentation, Presented
from tests.enrollment.faces.measuring.made_up import along, folder

ANNA = along("anna", 0, 5)
BEN = along("ben", 120)


class ByWidth:
    """Takes narrow figures for pictures of figures."""

    def score(self, pixels: Pixels, box: Box) -> float:
        return min(box.width / 200, 1.0)


def shown(name: str, *scores: float, person: str = "anna", template: Template | None = None) -> Presented:
    face = ANNA.templates[0] if template is None else template
    return Presented(name, tuple(Presentation(person, score, face) for score in scores), refused=0)


def test_the_worst_kind_of_attack_counts_not_the_mean() -> None:
    live = shown("live", 0.9, 0.95, 0.2, 0.99)
    found = pad.report(live, [shown("print", 0.1, 0.2), shown("screen", 0.1, 0.8)], threshold=0.4, match=None)
    assert [each.apcer for each in found.species] == [0.0, 0.5]
    assert found.apcer == 0.5
    assert found.bpcer == 0.25
    assert (found.n_live, found.n_attack) == (4, 4)


def test_only_an_attack_that_passes_and_matches_its_victim_gets_through() -> None:
    live = shown("live", 0.9, 0.9)
    attacks = [
        shown("print", 0.8, 0.1),
        shown("mask", 0.8, template=BEN.templates[0]),
        shown("stranger", 0.9, person="nobody enrolled"),
    ]
    found = pad.report(live, attacks, threshold=0.4, match=0.5)
    assert found.attacks_on_enrolled == 3
    assert found.iapar == pytest.approx(1 / 3)


def test_nothing_is_said_of_acceptance_without_a_measured_threshold_or_a_victim() -> None:
    live = shown("live", 0.9)
    assert pad.report(live, [shown("print", 0.8)], threshold=0.4, match=None).iapar is None
    assert pad.report(live, [shown("print", 0.8, person="other")], threshold=0.4, match=0.5).iapar is None


@pytest.mark.parametrize(("people", "each", "too_few"), [(14, 20, True), (15, 9, True), (15, 10, False)])
def test_a_kind_of_few_people_or_few_attempts_is_called_too_few(people: int, each: int, too_few: bool) -> None:
    presentations = [
        Presentation(f"person {number}", 0.1, ANNA.templates[0]) for number in range(people) for _ in range(each)
    ]
    attack = Presented("print", tuple(presentations), refused=0)
    found = pad.report(shown("live", 0.9), [attack], threshold=0.4, match=None)
    assert found.species[0].too_few is too_few
    assert (found.species[0].people, found.species[0].n) == (people, people * each)


def test_an_attack_that_always_works_is_bounded_by_people() -> None:
    found = pad.report(shown("live", 0.9), [shown("print", *[0.1] * 50)], threshold=0.4, match=None)
    assert found.species[0].ci95 == pytest.approx((0.0, 0.975))  # One person, however many photographs.


def test_photographs_without_a_face_never_reach_the_check(tmp_path: Path) -> None:
    people = folder(tmp_path, {"anna": 3})
    (people / "anna" / "empty.jpg").write_bytes(draw(0, people=0))
    presented = pad.present("live", dataset.people(people), DrawnEngine(), rules.of(12_000_000), scorer=ByWidth())
    assert (len(presented.presentations), presented.refused, presented.people) == (3, 1, 1)
    assert all(0.5 < each.score <= 1.0 for each in presented.presentations)


def test_the_numbers_for_machines_have_their_promised_names() -> None:
    found = pad.report(shown("live", 0.9), [shown("print", 0.1)], threshold=0.4, match=None).for_machines()
    assert list(found) == ["species", "apcer", "bpcer", "threshold", "iapar", "n_live", "n_attack"]
    assert list(found["species"][0]) == ["name", "n", "people", "apcer", "ci95"]
