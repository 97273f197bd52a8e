"""Measure how wrong an engine set is on a folder of photographs, person/photo. Reads no school's references."""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from enrollment import calibration
from enrollment.faces import engines
from enrollment.faces.measuring import dataset, evaluation, extraction, report, rules
from enrollment.faces.measuring.evaluation import Asked, Evaluation
from enrollment.faces.measuring.progress import Progress
from enrollment.faces.measuring.trials import Turns
from enrollment.faces.weights import WrongWeightsError


class Command(BaseCommand):
    """Everything happens in memory: a template is made once per photograph, and none is kept."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", type=Path, help="a folder of people's folders of photographs")
        parser.add_argument("--mode", choices=["verify", "identify"], default="verify")
        parser.add_argument("--enroll", type=_count, default=5, metavar="K", help="photographs enrolled together")
        parser.add_argument("--probe-frames", type=_count, default=3, metavar="F", help="frames of one attempt")
        parser.add_argument(
            "--engines", default=settings.FACE_ENGINES, help="an engine set, such as dlib,mobilefacenet"
        )
        parser.add_argument("--threshold", type=float, metavar="T", help="largest distance called a match")
        parser.add_argument("--gallery", type=_count, metavar="N", help="people in a gallery that is searched")
        parser.add_argument("--groups", type=Path, metavar="groups.csv", help="lines of person,group")
        turns = parser.add_mutually_exclusive_group()
        turns.add_argument("--rotations", type=_count, default=6, metavar="R", help="enrolments made of one person")
        turns.add_argument(
            "--sittings",
            type=_count,
            default=1,
            metavar="S",
            help="cut each person's photographs, in order, into so many sittings; each is enrolled in turn, and tried "
            "with the others only",
        )
        parser.add_argument("--html", type=Path, metavar="FILE", help="where the report goes, unless to var/reports")
        parser.add_argument("--plots", type=Path, metavar="PREFIX", help="also write both plots as PREFIX-….svg")
        parser.add_argument("--json", action="store_true", help="print the numbers for a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = measured(options)
        except (dataset.NoPhotographsError, evaluation.TooFewPeopleError, WrongWeightsError) as fault:
            raise CommandError(str(fault)) from fault
        html = _written(found, options)
        if options["json"]:
            self.stdout.write(json.dumps(found.for_machines(), indent=2))
        else:
            self.stdout.write(report.aligned([*report.rows(found), ("report", str(html))]))


def measured(options: dict[str, Any]) -> Evaluation:
    """Return what was measured of a dataset as the command's options ask."""
    if options["mode"] == "identify" and options["sittings"] > 1:
        raise CommandError("--sittings is for --mode verify: a gallery is made of first photographs")
    people = dataset.people(options["dataset"])
    groups = dataset.groups(options["groups"]) if options["groups"] else {}
    if options["engines"] not in engines.ENGINES:
        raise CommandError(f"there is no engine set {options['engines']}: {'; '.join(engines.ENGINES)}")
    engine = engines.load(options["engines"], settings.MODELS_DIR)
    shipped = calibration.of_engine(engine.version)
    progress = Progress(sum(len(each.photos) for each in people), options["engines"], sys.stderr)
    extracted = extraction.extract(people, engine, rules.of(settings.IMAGE_MAX_PIXELS), progress=progress)
    asked = Asked(
        engine.name,
        options["enroll"],
        options["probe_frames"],
        threshold=_threshold(options, shipped),
        pair_threshold=shipped.enrollment_pair if shipped else None,
        turns=Turns(options["rotations"], options["sittings"]),
    )
    if options["mode"] == "verify":
        return evaluation.evaluate(extracted, asked, groups)
    return _identified(extracted, asked, options, shipped, groups)


def _identified(
    extracted: extraction.Extracted,
    asked: Asked,
    options: dict[str, Any],
    shipped: calibration.Calibration | None,
    groups: dict[str, str],
) -> Evaluation:
    """Measure identification, and verification at the threshold that identification takes."""
    enough = sum(len(each) >= asked.enroll + asked.frames for each in extracted.subjects)
    size = options["gallery"] or enough // 2
    gallery = shipped.gallery(size) if shipped else None
    threshold = options["threshold"]
    if threshold is None and gallery is not None:
        threshold = gallery.threshold
    margin = shipped.margin if shipped else 0.0
    try:
        found, used = evaluation.identify(extracted.subjects, asked, gallery=size, threshold=threshold, margin=margin)
    except ValueError as fault:
        raise CommandError(str(fault)) from fault
    return replace(evaluation.evaluate(extracted, replace(asked, threshold=used), groups), identify=found)


def _threshold(options: dict[str, Any], shipped: calibration.Calibration | None) -> float | None:
    """Return the threshold that is asked for, else the shipped one, else None where that was never measured."""
    if options["threshold"] is not None:
        return float(options["threshold"])
    key = f"k{options['enroll']}f{options['probe_frames']}"
    return shipped.thresholds.get(key) if shipped else None


def _written(found: Evaluation, options: dict[str, Any]) -> Path:
    """Write the report, and the plots if asked, and return where the report is."""
    from enrollment.faces.measuring import plots  # Drawing takes a second to load, and only this needs it.

    e = found
    distances = plots.histogram(e.genuine_distances, e.impostor_distances, e.threshold)
    curve = plots.det({e.asked.engines: e.det}, e.min_fmr_showable)
    name = re.sub(
        r"\W+",
        "-",
        f"{options['dataset'].resolve().name}-{e.asked.engines}-k{e.asked.enroll}f{e.asked.frames}{_cut(e)}",
    )
    html: Path = options["html"] or settings.VAR_DIR / "reports" / f"{name}.html"
    html.parent.mkdir(parents=True, exist_ok=True)
    html.write_text(report.page(e, [("Distances", distances), ("Both errors (DET)", curve)]), encoding="utf-8")
    if options["plots"]:
        for kind, svg in (("distances", distances), ("det", curve)):
            options["plots"].with_name(f"{options['plots'].name}-{kind}.svg").write_text(svg, encoding="utf-8")
    return html


def _cut(found: Evaluation) -> str:
    sittings = found.asked.turns.sittings
    return f"-{sittings}-sittings" if sittings > 1 else ""


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
