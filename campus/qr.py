"""A card's string as a picture that a reader reads: an SVG drawn here, part of the page, asked of nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET = 4
"""White modules around the code; the standard asks for four."""


def svg(text: str, label: str) -> SafeString:
    """Return a QR code of a text, black on white in either theme, as an SVG element without styles."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    side = len(rows) + 2 * QUIET
    return format_html(
        '<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{label}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{dark}"/></svg>',
        side=side,
        label=label,
        dark="".join(_dark(rows)),
    )


def _dark(rows: Sequence[Sequence[int]]) -> Iterator[str]:
    """Yield one rectangle for each run of dark modules in a row."""
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row, bool):
            width = len(list(run))
            if dark:
                yield f"M{x + QUIET} {y + QUIET}h{width}v1h-{width}z"
            x += width
