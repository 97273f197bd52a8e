"""The times of one run as horizontal bars, in an SVG that reads on white and on black."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

_WIDTH, _ROW, _LEFT, _RIGHT = 760, 30, 320, 90

Bar = tuple[str, float]
"""What it is, and its milliseconds."""


def bars(figures: Mapping[str, Any]) -> list[Bar]:
    """Return the times of a run that are worth seeing beside each other; without those that were not measured."""
    named = [
        ("face_recognition's own calls", "naive_ms"),
        ("ours, dlib alone", "ours_ms"),
        ("ours, both networks", "both_ms"),
        ("ours, both networks and PAD", "with_all_ms"),
        ("the whole way, one frame, median", "p50_ms"),
        ("the whole way, one frame, 95 % within", "p95_ms"),
        ("the whole way, three frames, median", "p50_ms_3_frames"),
    ]
    return [(words, float(figures[name])) for words, name in named if figures.get(name) is not None]


def svg(rows: Sequence[Bar]) -> str:
    """Return a picture of the bars, each with its milliseconds beside it."""
    longest = max(value for _, value in rows)
    lines = []
    for number, (words, value) in enumerate(rows):
        y = number * _ROW
        width = (_WIDTH - _LEFT - _RIGHT) * value / longest
        lines.append(f'<text x="{_LEFT - 10}" y="{y + 20}" text-anchor="end">{escape(words)}</text>')
        lines.append(f'<rect x="{_LEFT}" y="{y + 6}" width="{width:.1f}" height="{_ROW - 12}" fill="#4a7fb5"/>')
        lines.append(f'<text x="{_LEFT + width + 8:.1f}" y="{y + 20}">{value:.1f} ms</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {len(rows) * _ROW}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="14" fill="#777">'
    )
    title = "<title>Milliseconds of each way; the table beside this picture has the same numbers</title>"
    return "\n".join([head, title, *lines, "</svg>", ""])
