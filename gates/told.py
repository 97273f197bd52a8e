"""What the family is told of the gates' rows about a child."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from campus.subjects import Told
from campus.told import SCHOOL
from gates.reasons import for_family

NEAR = "it would help whoever tries to pass for the child"
PERSON = {"person": "the file is about nobody else"}

TOLD = [
    Told(
        model="gates.Passage",
        key="passages",
        title=_("Passages at the gates"),
        columns=(
            *("occurred_at", "gate.name", "direction", "outcome", "reason", "recorded_at"),
            *("reference", "engine", "threshold_version", "frames"),
        ),
        of_student=("person",),
        whereabouts=True,
        order="occurred_at",
        kept_back=SCHOOL
        | PERSON
        | {
            "id": "a number inside this system",
            "capture": "the calls are in a list of their own",
            "credential": "the cards are in a list of their own",
            "mark": "the marks are in a list of their own",
            "threshold": NEAR,
            "distance": NEAR,
        },
        words={"reason": for_family},
    ),
    Told(
        model="gates.Capture",
        key="calls",
        title=_("What a gate’s screen sent: never a picture"),
        columns=(
            *("captured_at", "received_at", "clock_suspect", "kiosk.name", "direction", "identify", "face_declined"),
            *("frames", "state", "outcome", "reason", "decided_at"),
        ),
        of_student=("person",),
        whereabouts=True,
        order="received_at",
        kept_back=SCHOOL
        | PERSON
        | {
            "id": "a number inside this system",
            "capture_id": "tells a call that was sent twice",
            "digest": "tells a call that was sent twice",
            "credential": "the cards are in a list of their own",
            **dict.fromkeys(("queue_ms", "extract_ms", "decide_ms"), "how long the machine took"),
        },
        words={"reason": for_family},
    ),
]
UNTOLD = {
    "gates.Claim": "a right of a few seconds to send pictures; the call that it was for is told",
    "gates.Opening": "that the gate opened: the passage says granted",
}
