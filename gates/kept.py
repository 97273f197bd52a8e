"""How long passages live, and the tries at a gate that led to them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from campus.keeping import SIX_MONTHS, Kept, Rule
from campus.kept import SETTINGS, TO_RUN

PASSAGES = _("Passages at the gates")
TRIES = _("Each try at a gate, without its picture")
TO_LOOK_INTO = _("to look into a mistake at a gate")

KEPT = [
    Kept("gates.Gate", SETTINGS, TO_RUN, "LAW 24", operational="id school name card_alone card_bound"),
    Kept(
        "gates.Kiosk",
        SETTINGS,
        TO_RUN,
        "LAW 41",
        operational="id school gate name way key_digest diagnostic revoked_at",
    ),
    Kept(
        "gates.Capture",
        TRIES,
        TO_LOOK_INTO,
        "LAW 36",
        "id school kiosk capture_id credential person digest",
        personal="direction identify face_declined captured_at received_at outcome reason",
        operational="frames clock_suspect state decided_at queue_ms extract_ms decide_ms",
        rules=(Rule("received_at", SIX_MONTHS),),
    ),
    Kept(
        "gates.Claim",
        TRIES,
        TO_LOOK_INTO,
        "LAW 36",
        "id school capture used_by kiosk credential token_digest",
        operational="expires_at",
        rules=(Rule("expires_at", SIX_MONTHS),),
    ),
    Kept(
        "gates.Passage",
        PASSAGES,
        TO_LOOK_INTO,
        "LAW 36",
        "id school gate capture person credential reference",
        personal="direction outcome reason occurred_at",
        biometric="distance",
        operational="mark recorded_at engine threshold_version threshold frames",
        rules=(Rule("recorded_at", SIX_MONTHS),),
    ),
    Kept(
        "gates.Opening",
        PASSAGES,
        TO_LOOK_INTO,
        "LAW 36",
        "passage school",
        operational="state asked_at opened_at",
        rules=(Rule("asked_at", SIX_MONTHS),),
    ),
]
