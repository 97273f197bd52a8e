"""Measure how fast the product is on this machine: the faces' way, the whole way, a search, and the memory."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench import plot, report
from demo.portraits import PortraitsMissingError
from running.places import CannotRunError


class Command(BaseCommand):
    """Starts a product of its own in a temporary folder; touches no database that is there."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, help="photographs to measure with; else the demo's portraits"
        )
        parser.add_argument("--engines", help="the whole way with this engine set; else with all there is")
        parser.add_argument("--json", action="store_true", help="print all figures for a machine")
        parser.add_argument("--plot", type=Path, help="write the times as a picture, an SVG file")
        parser.add_argument("--quick", action="store_true", help="fewer repeats: to try it, not to quote it")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # It would log each of a thousand calls.
        try:
            choice = report.Choice(options["folder"], options["engines"], options["quick"])
            figures = report.measured(choice, models=settings.MODELS_DIR, var=settings.VAR_DIR, outer=os.environ)
        except (CannotRunError, PortraitsMissingError) as error:
            raise CommandError(str(error)) from error
        if options["plot"]:
            options["plot"].write_text(plot.svg(plot.bars(figures)))
        if options["json"]:
            self.stdout.write(json.dumps(figures, indent=2))
        else:
            self.stdout.write(report.table(figures))
