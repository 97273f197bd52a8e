"""From what was measured of an engine set to the numbers that are shipped, and to the file they are shipped in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from enrollment.calibration import Calibration, Gallery, Group, version_of
from enrollment.faces.engine import Engine
from enrollment.faces.measuring import rates, thresholds
from enrollment.faces.measuring.thresholds import Thresholds, Tried

_HEADER = """\
# Written by `manage.py calibrate`; docs/accuracy.md says how. Distances are on each engine set's own scale.
# One half of the people set the thresholds, the groups' numbers are of the other half. A margin stands where a group
# was too small for a rate. A group without `shown_at` shows no target: it has numbers of people and pairs, and no rate.
# Of `tries` at one's own enrolment (3 photos, 3 frames) `missed` were refused. An enrolment takes 3 to 5 photos, so no
# gate uses k1 and k2: they are for measuring.
"""


def calibration(
    engine: Engine, chosen: Thresholds, tried: Sequence[Tried], *, people: Mapping[str, int], too_alike: float
) -> Calibration:
    """Return the numbers to ship. `people` is how many of each group set the thresholds."""
    made = Calibration(
        engines=engine.name,
        engine=engine.version,
        version="",
        target_fmr=thresholds.TARGET_FMR,
        enrollment_pair=_rounded(chosen.pair),
        probe_pair=_rounded(chosen.pair),
        too_alike=_rounded(too_alike),
        look_alike=_rounded(chosen.look_alike),
        margin=_rounded(chosen.margin),
        thresholds={f"k{k}f{f}": _rounded(limit) for (k, f), limit in sorted(chosen.by_numbers.items())},
        groups=tuple(_group(name, chosen, tried, set_by=count) for name, count in people.items()),
        galleries=tuple(Gallery(size, _rounded(limit)) for size, limit in chosen.galleries.items()),
    )
    return replace(made, version=version_of(made))


def written(calibrations: Sequence[Calibration]) -> str:
    """Return the calibrations as TOML, as `enrollment.calibration.read` reads them."""
    return _HEADER + "".join(_set(each) for each in calibrations)


def _group(name: str, chosen: Thresholds, tried: Sequence[Tried], *, set_by: int) -> Group:
    """Return what is told of one group: with 3 photos and 3 frames, but any false match with any numbers.

    A group that shows no target has counts and no rate.
    """
    own = [each for each in tried if each.group == name]
    usual = next((each for each in own if (each.photos, each.frames) == (3, 3)), None)
    pairs = max((each.person_pairs for each in own), default=0)
    wrong = max((each.false_match_pairs for each in own), default=0)
    shown_at = rates.shown_at(pairs, wrong)
    rated = usual if shown_at is not None else None
    return Group(
        name,
        people=max((each.people for each in own), default=0),
        person_pairs=pairs,
        false_match_pairs=wrong,
        shown_at=shown_at,
        calibration_people=set_by,
        margin=_rounded(chosen.small_group_margin) if name in chosen.small_groups else None,
        fmr=_rounded(rated.fmr) if rated else None,
        fmr_high=_rounded(rated.fmr_ci95[1]) if rated else None,
        three_tries_fmr=rated.three_tries_fmr if rated else None,
        tries=usual.genuine if usual and usual.genuine else None,
        missed=usual.missed if usual and usual.genuine else None,
    )


def _rounded(number: float) -> float:
    """Return a number with the digits that are worth keeping."""
    return round(number, 4) if number >= 0.01 else float(f"{number:.2g}")


def _set(each: Calibration) -> str:
    numbers = asdict(each)
    groups, galleries, limits = (numbers.pop(key) for key in ("groups", "galleries", "thresholds"))
    parts = ["\n[[set]]", *_lines(numbers), "\n[set.thresholds]", *_lines(limits)]
    for key, tables in (("group", groups), ("gallery", galleries)):
        for table in tables:
            parts += [f"\n[[set.{key}]]", *_lines(table)]
    return "\n".join(parts) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in table.items() if value is not None]


def _toml(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
