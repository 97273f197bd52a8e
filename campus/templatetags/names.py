"""Names inside sentences: a name may run from right to left, or carry marks that turn the rest of the line around."""

from __future__ import annotations

import unicodedata

from django import template

register = template.Library()

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
RIGHT_TO_LEFT = {"R", "AL", "AN"}
EXPLICIT = {"RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
"""Unicode's classes of the marks that set a direction until another mark ends it."""


@register.filter(is_safe=True)
def isolate(name: str) -> str:
    """Keep a name's direction to itself, in titles and plain mails as well, where `<bdi>` can't stand."""
    classes = {unicodedata.bidirectional(character) for character in name or ""}
    if not classes & (RIGHT_TO_LEFT | EXPLICIT):
        return name
    bare = "".join(character for character in name if unicodedata.bidirectional(character) not in EXPLICIT)
    return f"{FIRST_STRONG_ISOLATE}{bare}{POP_ISOLATE}"
