"""How often pictures of faces pass for faces, and faces for pictures: one folder a kind of attack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from enrollment.faces.capture import Rules, sight
from enrollment.faces.distance import Template, average, distance
from enrollment.faces.engine import Engine
from enrollment.faces.face import Box
from enrollment.faces.images import Pixels
from enrollment.faces.measuring import rates
from enrollment.faces.measuring.dataset import Person
from enrollment.faces.measuring.rates import Interval
from enrollment.faces.refusal import Refusal

FEWEST_PEOPLE, FEWEST_ATTEMPTS = 15, 150
"""A kind of attack with fewer is too few to say much of."""
ENROLLED = 5


class Scorer(Protocol):
    """Scores how live a face looks."""

    def score(self, pixels: Pixels, box: Box) -> float:
        """Return a number from 0 (an attack) to 1 (live)."""


@dataclass(frozen=True)
class Presentation:
    """One photograph that showed a face: of whom, how live it looks, and its template."""

    person: str
    score: float
    template: Template


@dataclass(frozen=True)
class Presented:
    """One folder's photographs; those without one clear face never reach the check and are only counted."""

    name: str
    presentations: tuple[Presentation, ...]
    refused: int

    @property
    def people(self) -> int:
        """How many people it shows."""
        return len({each.person for each in self.presentations})


@dataclass(frozen=True)
class Species:
    """One kind of attack."""

    name: str
    n: int
    people: int
    apcer: float
    ci95: Interval

    @property
    def too_few(self) -> bool:
        """Whether it is too few people or attempts to say much of."""
        return self.people < FEWEST_PEOPLE or self.n < FEWEST_ATTEMPTS


@dataclass(frozen=True)
class Report:
    """What was measured of the liveness check."""

    species: tuple[Species, ...]
    bpcer: float
    bpcer_ci95: Interval
    threshold: float
    iapar: float | None
    """Share of attacks on somebody enrolled that pass the check and match; None where nobody attacked is enrolled."""
    attacks_on_enrolled: int
    n_live: int
    n_attack: int

    @property
    def apcer(self) -> float:
        """That of the worst kind of attack, never the mean."""
        return max(each.apcer for each in self.species)

    def for_machines(self) -> dict[str, Any]:
        """Return the numbers under the names that `--json` promises."""
        return {
            "species": [asdict(each) for each in self.species],
            "apcer": self.apcer,
            "bpcer": self.bpcer,
            "threshold": self.threshold,
            "iapar": self.iapar,
            "n_live": self.n_live,
            "n_attack": self.n_attack,
        }


def present(
    name: str,
    everyone: Sequence[Person],
    engine: Engine,
    rules: Rules,
    *,
    scorer: Scorer,
    progress: Callable[[int], None] = lambda count: None,
) -> Presented:
    """Show every photograph to the detector, the liveness check and the matcher. `rules` has no check of its own."""
    found, refused = [], 0
    for person in everyone:
        for photo in person.photos:
            seen = sight(photo.read_bytes(), engine, rules)
            if isinstance(seen, Refusal):
                refused += 1
            else:
                score = scorer.score(seen.pixels, seen.face.box)
                found.append(Presentation(person.name, score, engine.encode(seen.pixels, seen.face)))
            progress(len(found) + refused)
    return Presented(name, tuple(found), refused)


def report(live: Presented, attacks: Sequence[Presented], *, threshold: float, match: float | None) -> Report:
    """Return both errors at a threshold of the check; `match` is the matcher's, None where it was never measured."""
    bpcer, bpcer_ci95 = _share(live.presentations, [each.score < threshold for each in live.presentations])
    return Report(
        species=tuple(_species(each, threshold) for each in attacks),
        bpcer=bpcer,
        bpcer_ci95=bpcer_ci95,
        threshold=threshold,
        **_accepted(live, attacks, threshold, match),
        n_live=len(live.presentations),
        n_attack=sum(len(each.presentations) for each in attacks),
    )


def _species(presented: Presented, threshold: float) -> Species:
    passed = [each.score >= threshold for each in presented.presentations]
    apcer, ci95 = _share(presented.presentations, passed)
    return Species(presented.name, len(passed), presented.people, apcer, ci95)


def _share(presentations: Sequence[Presentation], wrong: Sequence[bool]) -> tuple[float, Interval]:
    """Return a share and its interval, people being what there are many or few of; of nothing, nothing is known."""
    if not wrong:
        return 0.0, (0.0, 1.0)
    names = sorted({each.person for each in presentations})
    places = [names.index(each.person) for each in presentations]
    misses = np.bincount(places, weights=np.array(wrong, float), minlength=len(names)).astype(float)
    tries = np.bincount(places, minlength=len(names)).astype(float)
    return float(np.mean(wrong)), rates.fnmr_interval(misses, tries)[0]


def _accepted(
    live: Presented, attacks: Sequence[Presented], threshold: float, match: float | None
) -> Mapping[str, Any]:
    """Return how many attacks on enrolled people there were, and the share that pass the check and match."""
    enrolled: dict[str, list[Template]] = {}
    for each in live.presentations:
        enrolled.setdefault(each.person, []).append(each.template)
    references = {person: average(templates[:ENROLLED]) for person, templates in enrolled.items()}
    on_enrolled = [each for attack in attacks for each in attack.presentations if each.person in references]
    if not on_enrolled or match is None:
        return {"iapar": None, "attacks_on_enrolled": len(on_enrolled)}
    accepted = [
        each.score >= threshold and distance(references[each.person], each.template) <= match for each in on_enrolled
    ]
    return {"iapar": float(np.mean(accepted)), "attacks_on_enrolled": len(on_enrolled)}
