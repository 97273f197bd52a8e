"""How long answers, sittings, permits, references and their keys live."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Q
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from campus.keeping import (
    AFTER_ITS_END,
    AFTER_LEAVING,
    AT_ONCE,
    FROM_THEN_ON,
    THREE_YEARS,
    WHILE_CONSENT,
    YEAR,
    Kept,
    Rule,
    Then,
    day,
    with_what_names_it,
)
from enrollment import kept_words
from enrollment.kept_words import AS_PROOF
from enrollment.models import Reference

ANSWERS = _("Answers about consent")
TOLD = _("What each guardian was told, and when")
STOPPED = _("What stopped comparing for a while")
STANDING = _("Whether a face might be compared")
TEMPLATES = _("Face templates")
SITTINGS = _("When a face was enrolled, and who was there")
EXPIRY = "the permit's end, or leaving"
TO_COMPARE = _("to open the gate by face, while the family agrees")
AFTER_SCHOOL = (Rule("student__left_on", THREE_YEARS, told=AFTER_LEAVING),)


def _orphans(at: datetime) -> int:
    """Count the keys made before a moment that no reference needs."""
    keys = apps.get_model("vault", "DataKey")
    old = set(keys._default_manager.filter(made_at__lt=at).values_list("reference", flat=True))
    return len(old) - Reference.objects.filter(id__in=old).count()


def _openable(at: datetime) -> int:
    """Count the keys destroyed more than a minute before a moment of which a copy could still be opened."""
    destructions = apps.get_model("vault", "Destruction")
    return int(destructions._default_manager.filter(at__lt=at - timedelta(minutes=1)).count())


def _expiry(reference: str) -> Least:
    """Return when a reference has to be gone at the latest."""
    return Least(f"{reference}permit__expires_at", day(f"{reference}student__left_on"))


_ANSWERS_S = [
    Kept(
        "enrollment.ConsentEvent",
        ANSWERS,
        AS_PROOF,
        "LAW 9",
        "id school student guardian",
        personal="purpose kind method at",
        operational="notice address receipt",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.Receipt",
        ANSWERS,
        AS_PROOF,
        "LAW 9, 28",
        "id school student guardian form",
        personal="cause destroyed at language",
        operational="mailed_at",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.Erasure",
        ANSWERS,
        AS_PROOF,
        "LAW 28",
        "reference school student",
        personal="at",
        operational="key_destroyed_at",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.PaperAnswer",
        ANSWERS,
        AS_PROOF,
        "LAW 9",
        "id school student guardian recorded_by decided_by",
        personal="purpose kind status",
        operational="notice letter scan scan_seen_by event recorded_at decided_at",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.PaperScan",
        ANSWERS,
        AS_PROOF,
        "LAW 9",
        "id school",
        personal="content",
        operational="media_type digest",
        rules=(
            Rule(
                with_what_names_it(), THREE_YEARS, told=AFTER_LEAVING, counted_from="leaving: it goes with its answer"
            ),
        ),
    ),
    Kept(
        "enrollment.ChildAnswer",
        ANSWERS,
        AS_PROOF,
        "LAW 6, 9",
        "id school student recorded_by",
        personal="purpose kind at",
        operational="session",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.Permit",
        STANDING,
        AS_PROOF,
        "LAW 1",
        "id school student",
        personal="live compare compare_until began_at expires_at",
        operational="policy",
        rules=(
            Rule(
                Least("expires_at", day("student__left_on")),
                THREE_YEARS,
                told=AFTER_ITS_END,
                only=Q(live=False),
                counted_from="its end, or leaving",
            ),
        ),
    ),
    Kept(
        "enrollment.ConsentStanding",
        STANDING,
        TO_COMPARE,
        "LAW 1",
        "id school student",
        personal="purpose state since process_until",
        operational="review_at",
        rules=(Rule("student__left_on", YEAR, told=AFTER_LEAVING),),
    ),
    Kept(
        "enrollment.Hold",
        STOPPED,
        AS_PROOF,
        "LAW 5",
        "id school student guardian recorded_by decided_by",
        personal="cause status reason",
        operational="recorded_at decided_at",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.Notification",
        TOLD,
        AS_PROOF,
        "LAW 2, 9",
        "id school student guardian by",
        personal="purpose version method at",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.Exemption",
        TOLD,
        AS_PROOF,
        "LAW 2",
        "id school student guardian recorded_by decided_by",
        personal="reason status",
        operational="recorded_at decided_at ended_at",
        rules=AFTER_SCHOOL,
    ),
    Kept(
        "enrollment.Reminder",
        TOLD,
        _("so that nobody is reminded twice"),
        "(choice)",
        "id school student guardian",
        personal="days ends_at at",
        rules=(Rule("ends_at", YEAR, told=AFTER_ITS_END, counted_from="the day it tells of"),),
    ),
]
_SITTINGS_S = [
    Kept(
        "enrollment.EnrollmentSession",
        SITTINGS,
        AS_PROOF,
        "LAW 12",
        "id school student credential operator witness",
        personal="state",
        operational="code_digest tries opened_at expires_at",
        rules=(Rule("opened_at", YEAR, told=FROM_THEN_ON),),
    ),
    Kept(
        "enrollment.EnrollmentAttempt",
        SITTINGS,
        AS_PROOF,
        "LAW 12",
        "id school student operator",
        personal="state reason",
        operational="session begun_at expires_at",
        rules=(Rule("begun_at", YEAR, told=FROM_THEN_ON),),
    ),
]
_TEMPLATES_S = [
    Kept(
        "enrollment.Reference",
        TEMPLATES,
        TO_COMPARE,
        "LAW 15, 25, 27",
        "id school student enrolled_by",
        personal="enrolled_at used_on purpose",
        operational="permit live engine captures session card",
        rules=(Rule(_expiry(""), AT_ONCE, Then.WATCH, WHILE_CONSENT, counted_from=EXPIRY),),
    ),
    Kept(
        "enrollment.ReferenceCiphertext",
        TEMPLATES,
        TO_COMPARE,
        "LAW 25, 38",
        "reference school",
        biometric="blob",
        rules=(Rule(_expiry("reference__"), AT_ONCE, Then.WATCH, WHILE_CONSENT, counted_from=EXPIRY),),
    ),
    Kept(
        "vault.DataKey",
        TEMPLATES,
        TO_COMPARE,
        "LAW 25, 26",
        "reference",
        biometric="wrapped",
        operational="epoch made_at",
        rules=(Rule("made_at", AT_ONCE, Then.WATCH, WHILE_CONSENT, left=_orphans),),
    ),
    Kept(
        "enrollment.GalleryCheck",
        _("What the school learned of its own error rate"),
        _("to know how often the gate could take one student for another"),
        "LAW 33",
        "id school",
        operational="engine version students pairs false_matches bins step at",
    ),
    Kept(
        "vault.LogHead",
        _("The school’s settings, which name no family"),
        _("so that a backup put back undoes nothing that has ended"),
        "LAW 26",
        "id",
        operational="number link",
    ),
    Kept(
        "vault.Destruction",
        TEMPLATES,
        TO_COMPARE,
        "LAW 25, 26",
        "reference",
        operational="epoch at",
        rules=(Rule("at", AT_ONCE, Then.WATCH, WHILE_CONSENT, left=_openable),),
    ),
    Kept(
        "enrollment.LookAlike",
        _("Notes of a look-alike"),
        _("so that neither is taken for the other"),
        "LAW 25",
        "id school student reference other other_reference said_by agreed_by",
        personal="state word",
        operational="found_at said_at agreed_at",
        rules=(
            Rule(
                Least(_expiry("reference__"), _expiry("other_reference__")),
                AT_ONCE,
                Then.WATCH,
                WHILE_CONSENT,
                counted_from=EXPIRY,
            ),
        ),
    ),
]
KEPT = [*_ANSWERS_S, *_SITTINGS_S, *_TEMPLATES_S, *kept_words.KEPT]
