"""Measure the thresholds of engine sets on folders of photographs, person/photo, and write them to a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from enrollment import calibrating, calibration
from enrollment.calibration import Calibration
from enrollment.faces import engines
from enrollment.faces.measuring import alike, dataset, extraction, rates, report, rules, thresholds
from enrollment.faces.measuring.dataset import Person
from enrollment.faces.measuring.extraction import Subject
from enrollment.faces.measuring.progress import Progress
from enrollment.faces.measuring.thresholds import Groups, Thresholds, Tried
from enrollment.faces.weights import WrongWeightsError


class Command(BaseCommand):
    """Each folder is one group, unless a file says which group each person is in. The sets not named stay."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("datasets", nargs="+", type=Path, help="folders of people's folders of photographs")
        parser.add_argument("--engines", action="append", help="an engine set; may be given again for another")
        parser.add_argument("--groups", type=Path, metavar="groups.csv", help="lines of person,group")
        parser.add_argument("--output", type=Path, default=settings.BASE_DIR / "enrollment" / "calibration.toml")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["engines"] or [settings.FACE_ENGINES]
        unknown = set(names) - set(engines.ENGINES)
        if unknown:
            raise CommandError(f"there is no engine set {', '.join(unknown)}: {'; '.join(engines.ENGINES)}")
        try:
            groups = _grouped(options["datasets"], options["groups"])
            found = {name: self.calibrated(name, groups) for name in names}
        except (dataset.NoPhotographsError, thresholds.TooFewPhotographsError, WrongWeightsError) as fault:
            raise CommandError(str(fault)) from fault
        output: Path = options["output"]
        others = calibration.read(output) if output.is_file() else ()
        kept = {each.engines: each for each in others} | found
        output.write_text(calibrating.written([kept[name] for name in sorted(kept)]), encoding="utf-8")
        self.stdout.write(f"written to {output}")

    def calibrated(self, name: str, groups: dict[str, list[Person]]) -> Calibration:
        """Return one engine set's numbers, and say what they did to the people who didn't set them."""
        engine = engines.load(name, settings.MODELS_DIR)
        asked = rules.of(settings.IMAGE_MAX_PIXELS)
        extracted = {}
        for group, people in groups.items():
            progress = Progress(sum(len(each.photos) for each in people), f"{name} {group}", sys.stderr)
            extracted[group] = extraction.extract(people, engine, asked, progress=progress)
        setting, testing = _halves({group: each.subjects for group, each in extracted.items()})
        chosen = thresholds.choose(setting)
        tried = thresholds.attempt(testing, chosen)
        counts = {group: len(who) for group, who in setting.items()}
        too_alike = alike.same_picture([person for people in groups.values() for person in people], engine, asked)
        made = calibrating.calibration(engine, chosen, tried, people=counts, too_alike=too_alike)
        self.stdout.write(f"\n{name}, {made.version}")
        for group, each in extracted.items():
            self.stdout.write(
                f"  {group}: {each.images} photographs, {report.percent(each.fta)} refused {dict(each.refusals)}"
            )
        self.stdout.write("\n".join(_table(chosen, tried) + _mixed(testing, made)))
        return made


def _grouped(folders: list[Path], file: Path | None) -> dict[str, list[Person]]:
    """Return the people of each group; those of whom no file says it are in a group named after their folder."""
    groups_of = dataset.groups(file) if file else {}
    found: dict[str, list[Person]] = {}
    for folder in folders:
        for group, people in dataset.grouped(dataset.people(folder), groups_of, folder.resolve().name).items():
            found.setdefault(group, []).extend(people)
    return found


def _halves(groups: Groups) -> tuple[Groups, Groups]:
    """Return the people who set thresholds and those who test them."""
    halves: tuple[dict[str, list[Subject]], dict[str, list[Subject]]] = ({}, {})
    for group, who in groups.items():
        for half, wanted in zip(halves, (True, False), strict=True):
            half[group] = [each for each in who if dataset.calibrates(each.name) == wanted]
    return halves


def _table(chosen: Thresholds, tried: list[Tried]) -> list[str]:
    lines = ["", "  tried on other people than those who set the thresholds:"]
    for each in tried:
        key = (each.photos, each.frames)
        lines.append(
            f"  {each.group:<20} k{each.photos}f{each.frames} {chosen.by_numbers[key]:.4f} by {chosen.set_by[key]:<20}"
            f" {each.people:>4} people, {report.matched(each.false_match_pairs, each.person_pairs)}{_rate(each)},"
            f" {each.missed} of {each.genuine} own tries missed"
        )
    return lines


def _mixed(testing: Groups, made: Calibration) -> list[str]:
    lines = ["", f"  every pair of an enrolment within {made.enrollment_pair}:"]
    for group, drawn in thresholds.mixed(testing).items():
        accepted = {
            f"{more}+{fewer}": report.percent(float((widest <= made.enrollment_pair).mean()) if len(widest) else None)
            for (more, fewer), widest in drawn.mixed.items()
        }
        refused = {photos: report.percent(drawn.refusal(photos, made.enrollment_pair)) for photos in drawn.genuine}
        lines.append(f"  {group}: of two people accepted {accepted}; of one person refused {refused}")
    return lines


def _rate(each: Tried) -> str:
    """Return the rate of false matches; nothing of a group whose pairs show no target."""
    if not rates.bears_a_rate(each.person_pairs):
        return ""
    tries = "not measurable" if each.three_tries_fmr is None else f"{each.three_tries_fmr:.1e}"
    return f", FMR {each.fmr:.1e} (at most {each.fmr_ci95[1]:.1e}; three tries {tries})"
