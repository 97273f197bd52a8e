"""Count why photographs would be refused, at a gate and at the enrolment desk, and print a table."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from enrollment.faces import engines, quality
from enrollment.faces.capture import Rules, sight
from enrollment.faces.engine import Engine
from enrollment.faces.refusal import Refusal

ASKED = {"gate": quality.PROBE, "desk": quality.ENROLLMENT}
PICTURES = {".jpg", ".jpeg", ".png"}


class Command(BaseCommand):
    """Looks at each photograph as a gate does, alone; nobody is encoded and nothing is kept."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="+", type=Path, help="photographs, at any depth")
        parser.add_argument("--engines", choices=engines.ENGINES, default=settings.FACE_ENGINES)
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        engine = engines.load(options["engines"], settings.MODELS_DIR)
        rows = [self._row(folder, engine) for folder in options["folder"]]
        self.stdout.write(json.dumps(rows, indent=2) if options["json"] else "\n".join(_table(rows)))

    def _row(self, folder: Path, engine: Engine) -> dict[str, Any]:
        photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
        if not photos:
            raise CommandError(f"{folder} holds no photographs")
        counted: dict[str, Counter[str]] = {asked: Counter() for asked in ASKED}
        for number, photo in enumerate(photos, start=1):
            self.stderr.write(f"\r{folder.name}: {number} of {len(photos)}", ending="")
            data = photo.read_bytes()
            for asked, limits in ASKED.items():
                seen = sight(data, engine, Rules(settings.IMAGE_MAX_PIXELS, 0.0, limits))
                counted[asked][str(seen) if isinstance(seen, Refusal) else "good"] += 1
        self.stderr.write("")
        return {"folder": folder.name, "photos": len(photos), **counted}


def _table(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| folder | photos | asked for | refused | why |", "|---|---|---|---|---|"]
    for row in rows:
        for asked in ASKED:
            refused = [(reason, count) for reason, count in row[asked].most_common() if reason != "good"]
            share = sum(count for _, count in refused) / row["photos"]
            why = ", ".join(f"{count} {reason}" for reason, count in refused) or "-"
            lines.append(f"| {row['folder']} | {row['photos']} | {asked} | {share:.1%} | {why} |")
    return lines
