"""A receipt as a PDF, to keep and to print: what stands on it. `enrollment.sheet_pdf` draws it, apart."""

from __future__ import annotations

import json
import subprocess
import sys

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from enrollment import receipts
from enrollment.models import Receipt

SECONDS = 20
"""Within which a page is drawn, on a busy machine."""


def draw(receipt: Receipt) -> bytes:
    """Return a receipt as a PDF in the reader's language."""
    destroyed = _("The face template was destroyed")
    sheet = {
        "title": _("Your receipt") if receipt.cause == Receipt.Cause.ANSWER else destroyed,
        "number": receipt.number,
        "language": get_language() or "en",
        "rows": [[str(row.name), str(row.value)] for row in receipts.evidence(receipt)],
        "said": _said(receipt),
    }
    drawn = subprocess.run(  # Its words come by standard input: a command line is read by every user of a machine.
        [sys.executable, "-m", "enrollment.sheet_pdf"],
        input=json.dumps(sheet).encode(),
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        env={},
        check=True,
        timeout=SECONDS,
    )
    return drawn.stdout


def _said(receipt: Receipt) -> list[str]:
    gone = [_("The face template is gone. It cannot be used or brought back.")] if receipt.destroyed else []
    change = _("You can change your answer at any time: sign in on the school’s page. You need not say why.")
    return [*gone, *filter(None, [receipts.what_next(receipt)]), change]
