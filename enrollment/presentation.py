"""The check that a face is no picture of one, as this installation has it: the gate and the desk ask the same."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from enrollment.faces import weights
from enrollment.faces.liveness import Liveness


@cache
def liveness() -> Liveness | None:
    """Return the check, loaded once in a process; None where `FACE_PAD` is off.

    Raises `WrongWeightsError` where it is required and its file is missing, or is another than the one that was
    measured: without it nobody is compared and nobody enrolled.
    """
    return Liveness(weights.checked(settings.LIVENESS_FILE)) if settings.FACE_PAD == "required" else None
