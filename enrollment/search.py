"""Whether faces may be looked for without a card: one word, for the rules of the gate and for whoever asks why."""

from __future__ import annotations

from enum import StrEnum


class Search(StrEnum):
    """Whether faces may be looked for here without a card, or why not."""

    OPEN = "open"
    OFF = "identification_off"
    NOT_CALIBRATED = "not_calibrated"
    NOT_ACCEPTED = "not_accepted"
    NOT_SHOWN = "gallery_not_shown"
    TOO_LARGE = "gallery_too_large"
    EMPTY = "gallery_empty"
