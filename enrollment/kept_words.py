"""How long notices, assessments, requests and complaints live, and what somebody outside asked."""

from __future__ import annotations

from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from campus.keeping import AFTER_ITS_END, SIX_YEARS, THREE_YEARS, Kept, Rule, day, with_what_names_it

AS_PROOF = _("as proof of what was agreed, and of what was not")
WORDS = _("What the school told families, and what it decided about its face reader")
ASKED = _("Requests and complaints")
OUTSIDE = _("Requests from outside")
CLOSING = "its closing, or leaving if it never was closed"
DECISION = "the decision, or the end of what forbade telling the family"


def _closing(request: str) -> Coalesce:
    """Return when a request was closed, or the student left if nobody ever closed it."""
    return Coalesce(f"{request}closed_at", day(f"{request}student__left_on"))


def _decision(disclosure: str) -> Greatest:
    """Return when a request from outside was decided, or written down; later, if the family wasn't told until then."""
    decided = Coalesce(f"{disclosure}decided_at", f"{disclosure}recorded_at")
    return Greatest(decided, day(f"{disclosure}silent_until"))


KEPT = [
    Kept(
        "enrollment.Notice",
        WORDS,
        AS_PROOF,
        "LAW 29",
        "id school published_by",
        operational="purpose version language words child_body declares material digest published_at sunset_at",
    ),
    Kept(
        "enrollment.NoticeDraft",
        WORDS,
        AS_PROOF,
        "LAW 29",
        "id school written_by",
        operational="purpose version words declares material sunset_on written_at",
    ),
    Kept("enrollment.PolicyInForce", WORDS, AS_PROOF, "LAW 1", operational="school policy at"),
    Kept(
        "enrollment.Acceptance",
        WORDS,
        AS_PROOF,
        "LAW 45",
        "id school accepted_by",
        operational="engine version language sentence accepted_at",
    ),
    Kept("enrollment.Renewal", WORDS, AS_PROOF, "LAW 14", operational="id before_engine now_engine until seen_at"),
    Kept("enrollment.GalleryVersion", WORDS, AS_PROOF, "LAW 24", operational="school number"),
    Kept(
        "enrollment.ImpactAssessment",
        WORDS,
        AS_PROOF,
        "LAW 34",
        "id school written_by advised_by approved_by revoked_by",
        operational="status necessity alternatives bias consultation summary advice written_at advised_at approved_at"
        " valid_until revoked_at revoked_why",
    ),
    Kept(
        "enrollment.SubjectRequest",
        ASKED,
        AS_PROOF,
        "LAW 32",
        "id school student asked_by form",
        personal="kind about_face status due_on outcome asked_at acknowledged_at answered_at closed_at",
        operational="receipt",
        rules=(Rule(_closing(""), THREE_YEARS, told=AFTER_ITS_END, counted_from=CLOSING),),
    ),
    Kept(
        "enrollment.RequestMessage",
        ASKED,
        AS_PROOF,
        "LAW 32",
        "id school request by",
        personal="from_school words at",
        rules=(Rule(_closing("request__"), THREE_YEARS, told=AFTER_ITS_END, counted_from=CLOSING),),
    ),
    Kept(
        "enrollment.Disclosure",
        OUTSIDE,
        AS_PROOF,
        "LAW 37",
        "id school recorded_by head officer decided_by",
        personal="asker asked_by asked_on wish basis kinds scope status refused_why silent_until silent_why told_at",
        operational="instrument recorded_at head_at officer_at decided_at",
        rules=(Rule(_decision(""), SIX_YEARS, told=AFTER_ITS_END, counted_from=DECISION),),
    ),
    Kept(
        "enrollment.DisclosureStudent",
        OUTSIDE,
        AS_PROOF,
        "LAW 37",
        "id school disclosure student",
        rules=(Rule(_decision("disclosure__"), SIX_YEARS, told=AFTER_ITS_END, counted_from=DECISION),),
    ),
    Kept(
        "enrollment.Instrument",
        OUTSIDE,
        AS_PROOF,
        "LAW 37",
        "id school added_by",
        personal="scan",
        operational="type digest added_at",
        rules=(
            Rule(
                with_what_names_it(),
                SIX_YEARS,
                told=AFTER_ITS_END,
                counted_from=f"{DECISION}: it goes with its request",
            ),
        ),
    ),
]
