"""How long the roll, cards, marks and the log live, and what Django and allauth keep about who signs in."""

from __future__ import annotations

from django.db.models import CharField, DateTimeField, Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from campus.keeping import (
    AFTER_ITS_END,
    AFTER_LEAVING,
    AFTER_THE_LAST_CHILD,
    AT_ONCE,
    FROM_THEN_ON,
    SIX_MONTHS,
    THIRTY_DAYS,
    THREE_YEARS,
    YEAR,
    Kept,
    Rule,
    Then,
    day,
)
from campus.models import Guardianship, Presence, Role, SignInAddress

NOBODY = "–"
"""The name of a person whose name is gone: the column may not be empty."""
LAST_NEEDED = "the last child's leaving, or the last sign-in if that was later"
GONE = "gone@campus-gate.invalid"

SETTINGS = _("The school’s settings, which name no family")
TO_RUN = _("to run the gates and registers")
ROLL = _("Name, class and number at school")
FAMILY = _("Who looks after a student, and their addresses")
CARDS = _("Cards")
LOG = _("The log of what was done and read: what, when and by whom")
TO_KNOW_WHO = _("to know who belongs to the school")
TO_REACH = _("to ask and tell the right people")
TO_SHOW = _("to show afterwards that nobody rewrote it")
TO_SIGN_IN = _("to know who signed in")
SIGNING_IN = _("Signing in")


def _last_needed(user: str = "") -> Greatest:
    """Return the last moment at which somebody was needed as a guardian, or signed in."""
    path = f"{user}__" if user else ""
    bonds = Guardianship.objects.filter(guardian=OuterRef(f"{path}pk")).order_by().values("guardian")
    addresses = SignInAddress.objects.filter(user=OuterRef(f"{path}pk")).order_by().values("user")
    return Greatest(
        F(f"{path}last_login"),
        Subquery(bonds.annotate(last=Max(day("student__left_on"))).values("last"), DateTimeField()),
        Subquery(bonds.annotate(last=Max("ended_at")).values("last"), DateTimeField()),
        Subquery(addresses.annotate(last=Max("bound_at")).values("last"), DateTimeField()),
    )


def _not_needed(user: str = "") -> Q:
    """Return that somebody has no child at a school, no role in one, and doesn't run the installation."""
    path = f"{user}__" if user else ""
    bonds = Guardianship.objects.filter(guardian=OuterRef(f"{path}pk"), ended_at=None, student__left_on=None)
    roles = Role.objects.filter(user=OuterRef(f"{path}pk"))
    return Q(~Exists(bonds), ~Exists(roles), **{f"{path}is_staff": False, f"{path}is_superuser": False})


def _set_up(model: str, fields: str) -> Kept:
    return Kept(model, SETTINGS, TO_RUN, "LAW 24", operational=fields)


_SCHOOL_S = [
    _set_up("campus.School", "id slug name timezone policy_pack identifies checks_duplicates card_bound"),
    _set_up("campus.Group", "id school name year"),
    _set_up("campus.Term", "id school starts_on ends_on weekdays"),
    _set_up("campus.Closure", "id school date reason"),
    _set_up("campus.RegisterTime", "id school group kind opens late_after closes"),
    _set_up("auth.Group", "id name"),
    _set_up("auth.Group_permissions", "id group permission"),
    _set_up("auth.Permission", "id name content_type codename"),
    _set_up("contenttypes.ContentType", "id app_label model"),
]
_STAFF_S = [
    Kept("campus.Role", _("Who may do what at the school"), TO_RUN, "LAW 43", "id school user", personal="kind"),
    Kept("campus.Group_teachers", _("Who may do what at the school"), TO_RUN, "LAW 43", "id group user"),
    Kept("campus.User_groups", _("Who may do what at the school"), TO_RUN, "LAW 43", "id user group"),
    Kept("campus.User_user_permissions", _("Who may do what at the school"), TO_RUN, "LAW 43", "id user permission"),
    Kept(
        "admin.LogEntry",
        _("Changes made by administrators"),
        TO_SHOW,
        "LAW 35",
        "id user object_id",
        personal="object_repr change_message",
        operational="action_time content_type action_flag",
        rules=(Rule("action_time", YEAR),),
    ),
]
_ROLL_S = [
    Kept(
        "campus.Person",
        ROLL,
        TO_KNOW_WHO,
        "LAW 25, (choice)",
        "id school number",
        personal="name kind known_as email born_on left_on",
        operational="born_on_at",
        rules=(
            Rule(
                "left_on",
                YEAR,
                Then.BLANK,
                AFTER_LEAVING,
                blank={
                    "name": NOBODY,
                    "known_as": "",
                    "email": "",
                    "born_on": None,
                    "number": Cast("id", CharField()),
                },
            ),
            Rule("left_on", YEAR, told=None),
        ),
    ),
    Kept(
        "campus.Membership",
        ROLL,
        TO_KNOW_WHO,
        "(choice)",
        "id school group student",
        personal="began_on ended_on",
        rules=(Rule("student__left_on", YEAR, told=AFTER_LEAVING),),
    ),
    Kept(
        "campus.Presence",
        _("Whether somebody is inside now"),
        _("to know in a fire who is inside"),
        "(choice)",
        "person school",
        personal="where since",
        rules=(
            Rule(
                "person__left_on",
                THIRTY_DAYS,
                Then.BLANK,
                AFTER_LEAVING,
                blank={"where": Presence.Where.UNKNOWN, "since": None},
            ),
            Rule("person__left_on", THREE_YEARS, told=None),
        ),
    ),
    Kept(
        "campus.Register",
        _("Attendance marks"),
        _("attendance registers must be kept"),
        "LAW 28",
        "id school group",
        operational="date kind opens_at late_after closes_at",
        rules=(Rule("date", THREE_YEARS),),
    ),
    Kept(
        "campus.AttendanceMark",
        _("Attendance marks"),
        _("attendance registers must be kept"),
        "LAW 28",
        "id school register student recorded_by submission",
        personal="code minutes_late reason",
        operational="source precedence replaces restores recorded_at",
        rules=(Rule("register__date", THREE_YEARS),),
    ),
]
_CARDS_S = [
    Kept(
        "campus.CardBatch",
        CARDS,
        TO_RUN,
        "(choice)",
        "id school group issued_by",
        operational="issued_at undone_at",
        rules=(Rule("issued_at", YEAR, told=AFTER_ITS_END),),
    ),
    Kept(
        "campus.Credential",
        CARDS,
        TO_RUN,
        "(choice)",
        "id school person token_mac",
        operational="issued_at issued_by batch revoked_at replaces",
        rules=(
            Rule("issued_at", YEAR, Then.BLANK, told=None, blank={"replaces": None}),
            Rule(
                Coalesce("revoked_at", day("person__left_on")),
                YEAR,
                told=AFTER_ITS_END,
                counted_from="the card's end, or leaving",
            ),
        ),
    ),
]
_FAMILY_S = [
    Kept(
        "campus.Guardianship",
        FAMILY,
        TO_REACH,
        "LAW 9, (choice)",
        "id school student guardian",
        personal="capacity began_at ended_at",
        rules=(Rule("student__left_on", YEAR, told=AFTER_LEAVING),),
    ),
    Kept(
        "campus.ContactRestriction",
        _("A court’s order about contact"),
        _("so that nobody is told against the order"),
        "LAW 31, (choice)",
        "id school student guardian recorded_by ended_by",
        personal="order recorded_at ended_at",
        # Longer than the guardian's bond, so that no page is open in between.
        rules=(Rule("student__left_on", THREE_YEARS, told=AFTER_LEAVING),),
    ),
    Kept(
        "campus.User",
        FAMILY,
        TO_REACH,
        "LAW 9, (choice)",
        "id email works_as",
        personal="name last_login",
        operational="password is_superuser is_active is_staff",
        rules=(
            Rule(
                _last_needed(),
                YEAR,
                Then.BLANK,
                AFTER_THE_LAST_CHILD,
                only=_not_needed(),
                counted_from=LAST_NEEDED,
                blank={"email": "", "name": "", "is_active": False, "last_login": None, "works_as": None},
            ),
            Rule(
                _last_needed(),
                YEAR,
                told=None,
                only=_not_needed() & Q(email="", name="", is_active=False),
                counted_from=LAST_NEEDED,
            ),
        ),
    ),
    Kept(
        "campus.SignInAddress",
        FAMILY,
        TO_REACH,
        "LAW 9, (choice)",
        "id user email",
        personal="how language",
        operational="bound_at confirmed_at ended_at",
        rules=(
            Rule(
                _last_needed("user"),
                YEAR,
                Then.BLANK,
                AFTER_THE_LAST_CHILD,
                only=_not_needed("user"),
                counted_from=LAST_NEEDED,
                blank={"email": GONE},
            ),
            Rule("ended_at", YEAR, told=AFTER_ITS_END),
        ),
    ),
    Kept(
        "account.EmailAddress",
        FAMILY,
        TO_REACH,
        "LAW 9, (choice)",
        "id user email",
        operational="verified primary",
        rules=(
            Rule(
                _last_needed("user"),
                YEAR,
                told=AFTER_THE_LAST_CHILD,
                only=_not_needed("user"),
                counted_from=LAST_NEEDED,
            ),
        ),
    ),
    Kept(
        "campus.AddressChange",
        FAMILY,
        TO_REACH,
        "LAW 9, (choice)",
        "id school guardian email recorded_by decided_by",
        operational="status recorded_at decided_at",
        rules=(Rule(Coalesce("decided_at", "recorded_at"), YEAR, told=AFTER_ITS_END, counted_from="the decision"),),
    ),
    Kept(
        "campus.LetterCode",
        _("Codes on letters, of which only a fingerprint is kept"),
        TO_REACH,
        "LAW 9, (choice)",
        "id school guardian issued_by code_mac",
        operational="status issued_at expires_at used_at",
        rules=(Rule("expires_at", YEAR, told=AFTER_ITS_END),),
    ),
    Kept(
        "account.EmailConfirmation",
        SIGNING_IN,
        TO_SIGN_IN,
        "(choice)",
        "id email_address",
        operational="created sent key",
        rules=(Rule("created", THIRTY_DAYS),),
    ),
    Kept(
        "sessions.Session",
        SIGNING_IN,
        TO_SIGN_IN,
        "(choice)",
        "session_key",
        personal="session_data",
        operational="expire_date",
        rules=(Rule("expire_date", AT_ONCE, Then.WATCH),),
    ),
]
_LOG_S = [
    Kept(
        "campus.Tombstone",
        LOG,
        _("so that a backup put back undoes nothing that has ended"),
        "LAW 26",
        "id school subject",
        personal="kind ids at",
        operational="number link",
    ),
    Kept("campus.Lineage", SETTINGS, TO_RUN, "LAW 26", "id", operational="database since"),
    Kept(
        "campus.Outbox",
        _("Which letters were mailed to whom"),
        _("to see that each was sent"),
        "(choice)",
        "id school subject recipient",
        operational="topic status attempts created_at not_before done_at",
        rules=(Rule("done_at", THIRTY_DAYS),),
    ),
    Kept(
        "campus.AuditEvent",
        LOG,
        TO_SHOW,
        "LAW 35",
        "id school subject actor",
        personal="kind at",
        operational="digest",
    ),
    Kept(
        "campus.AuditPayload",
        _("The log’s details"),
        _("to look into a mistake"),
        "LAW 36",
        "event",
        personal="body",
        operational="salt",
        rules=(Rule("event__at", SIX_MONTHS, told=FROM_THEN_ON),),
    ),
    Kept("campus.AuditSeal", LOG, TO_SHOW, "LAW 35", "event", operational="number previous link"),
]

KEPT = [*_SCHOOL_S, *_STAFF_S, *_ROLL_S, *_CARDS_S, *_FAMILY_S, *_LOG_S]
