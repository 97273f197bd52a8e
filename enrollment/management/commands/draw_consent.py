"""Draw the state machine of consent and the table of policy packs into docs/consent.md."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from enrollment import consent_drawing

DOCUMENT = settings.BASE_DIR / "docs" / "consent.md"


class Command(BaseCommand):
    """After a change of the rule or of a pack. A test says when it is due."""

    help = __doc__
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        DOCUMENT.write_text(consent_drawing.drawn_into(DOCUMENT.read_text()))
