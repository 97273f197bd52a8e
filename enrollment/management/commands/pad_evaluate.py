"""Measure the liveness check on folders of photographs: live people, and one folder for each kind of attack."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from enrollment import calibration
from enrollment.faces import engines, liveness, weights
from enrollment.faces.engine import Engine
from enrollment.faces.measuring import dataset, pad, report, rules
from enrollment.faces.measuring.progress import Progress


class Command(BaseCommand):
    """Each folder is person/photo; the same name in two folders is the same person."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("live", type=Path, help="a folder of live people's photographs")
        parser.add_argument("attacks", nargs="+", type=Path, help="folders of attacks, one for each kind")
        parser.add_argument("--engines", default=settings.FACE_ENGINES, help="what finds faces and compares them")
        parser.add_argument("--threshold", type=float, default=liveness.LEAST, help="the smallest score that is live")
        parser.add_argument("--json", action="store_true", help="print the numbers for a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["engines"] not in engines.ENGINES:
            raise CommandError(f"there is no engine set {options['engines']}: {'; '.join(engines.ENGINES)}")
        try:
            scorer = liveness.Liveness(weights.checked(settings.MODELS_DIR / weights.LIVENESS))
            engine = engines.load(options["engines"], settings.MODELS_DIR)
            shown = [_shown(folder, engine, scorer) for folder in (options["live"], *options["attacks"])]
        except (dataset.NoPhotographsError, weights.WrongWeightsError) as fault:
            raise CommandError(str(fault)) from fault
        shipped = calibration.of_engine(engine.version)
        match = shipped.threshold(photos=pad.ENROLLED, frames=1) if shipped else None
        found = pad.report(shown[0], shown[1:], threshold=options["threshold"], match=match)
        if options["json"]:
            self.stdout.write(json.dumps(found.for_machines(), indent=2))
        else:
            self.stdout.write(report.aligned(_rows(found, shown)))


def _shown(folder: Path, engine: Engine, scorer: pad.Scorer) -> pad.Presented:
    people = dataset.people(folder, flat=True)
    progress = Progress(sum(len(each.photos) for each in people), folder.name, sys.stderr)
    asked = rules.of(settings.IMAGE_MAX_PIXELS)
    return pad.present(folder.resolve().name, people, engine, asked, scorer=scorer, progress=progress)


def _rows(found: pad.Report, shown: list[pad.Presented]) -> list[report.Row]:
    attacks = [
        (
            f"{each.name} taken for live (APCER)",
            f"{report.percent(each.apcer)} ({report.interval(each.ci95)}) of {each.n}, {each.people} people"
            + ("; too few to say much" if each.too_few else ""),
        )
        for each in found.species
    ]
    refused = ", ".join(f"{each.name} {each.refused}" for each in shown)
    return [
        *attacks,
        ("the worst kind", report.percent(found.apcer)),
        (
            "live taken for an attack (BPCER)",
            f"{report.percent(found.bpcer)} ({report.interval(found.bpcer_ci95)}) of {found.n_live}, "
            f"{shown[0].people} people",
        ),
        (
            "attacks that pass and match (IAPAR)",
            f"{report.percent(found.iapar)} of {found.attacks_on_enrolled} on enrolled people",
        ),
        ("smallest score that is live", f"{found.threshold:g}"),
        ("photographs without one clear face", refused),
    ]
