"""Every page of the product, once: who sees it, its address, and what has to happen before it looks like that.

Tests and `make screenshots` go through this list. An address with a GET that is neither here nor in `NOT_A_PAGE`
fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.browser import page_steps as steps
from tests.harbour_road import HarbourRoad

Step = Callable[[Page, HarbourRoad], None]
STUDENT = "/office/students/{yes}/"
ENROLL = STUDENT + "enroll/"
NOTICES = "/protection/notices/"
CHECK = NOTICES + "gate_access/check/"


MEASURED = {"FACE_ENGINES": "dlib"}
"""An engine set that was measured with people, and not shown for all of them."""
RENEWED = {"FACE_ENGINES": "dlib", "FACE_ENGINES_BEFORE": "fake", "FACE_RENEWAL_UNTIL": "2026-04-01"}
"""The school's templates are of the set before."""


def nothing(page: Page, made: HarbourRoad) -> None:
    """Nothing has to be prepared."""


@dataclass(frozen=True)
class View:
    """One page in one state."""

    name: str
    who: str
    address: str
    then: Step = nothing
    """What happens on the page once it is open."""
    before: Step = nothing
    """What happens before it is opened."""
    status: int = 200
    """What the address itself answers."""
    heard: bool = False
    """The browser says on its console that a form was answered with an error, or that the connection is gone."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the installation is set to meanwhile."""


VIEWS = [
    # ------------------------------------------------------------ everybody
    View("front", "visitor", "/"),
    View("sign-in", "visitor", "/sign-in/"),
    View("sign-in-problem", "visitor", "/sign-in/", steps.press("Send me a code"), heard=True),
    View("sign-in-code", "visitor", "/sign-in/", steps.ask_for_code),
    View("sign-in-code-problem", "visitor", "/sign-in/", steps.type_wrong_code, heard=True),
    View("sign-in-again", "parent", "/sign-in/again/", before=steps.signed_in_long_ago),
    View(
        "sign-in-again-code",
        "parent",
        "/sign-in/again/",
        steps.press("Send me a code"),
        before=steps.signed_in_long_ago,
    ),
    View("sign-out", "parent", "/sign-in/out/"),
    View("doors-parent", "parent", "/"),
    View("doors-office", "office", "/"),
    View("error-400", "visitor", "/broken/", before=steps.answers_with(400), status=400),
    View("error-403", "parent", "/office/", status=403),
    View("error-404", "visitor", "/nothing-here/", status=404),
    View("error-429", "visitor", "/broken/", before=steps.answers_with(429), status=429),
    View("error-500", "visitor", "/broken/", before=steps.answers_with(500), status=500),
    View("error-offline", "visitor", "/offline/"),
    View("error-csrf", "visitor", "/sign-in/", steps.lose_cookies_and_send, heard=True),
    View("faces", "visitor", "/faces/"),
    View("faces-measured", "visitor", "/faces/", settings=MEASURED),
    View("privacy", "visitor", "/privacy/"),
    View("privacy-school", "visitor", "/privacy/harbour-road/", settings=MEASURED),
    # ------------------------------------------------------------ parents
    View("family-join", "visitor", "/family/join/"),
    View("family-join-problem", "visitor", "/family/join/", steps.press("Continue"), heard=True),
    View("family-join-code", "visitor", "/family/join/", steps.join),
    View("family", "parent", "/family/"),
    View("family-child", "parent", "/family/{yes}/"),
    View("family-child-open", "parent", "/family/{open}/"),
    View("family-marks", "parent", "/family/{yes}/marks/"),
    View("family-passages", "parent", "/family/{yes}/passages/"),
    View("family-reads", "parent", "/family/{yes}/reads/", before=steps.staff_look),
    View("family-download", "parent", "/family/{yes}/download/"),
    View("family-requests", "parent", "/family/{yes}/requests/", before=steps.ask_the_school),
    View("family-requests-none", "parent", "/family/{open}/requests/"),
    View("family-ask", "parent", "/family/{yes}/requests/ask/"),
    View(
        "family-ask-problem", "parent", "/family/{yes}/requests/ask/", steps.press("Send it to the school"), heard=True
    ),
    View("family-request", "parent", "/family/{yes}/requests/", steps.open_request, before=steps.ask_the_school),
    View("family-answer", "parent", "/family/{open}/answer/"),
    View("family-answer-problem", "parent", "/family/{open}/answer/", steps.press("Continue"), heard=True),
    View("family-check", "parent", "/family/{open}/answer/", steps.choose_yes),
    View("family-receipt", "parent", "/family/{yes}/receipt/"),
    View("family-address", "parent", "/family/address/"),
    View("family-address-problem", "parent", "/family/address/", steps.press("Send the codes"), heard=True),
    View("family-address-codes", "parent", "/family/address/", steps.change_address),
    View("family-child-hidden", "parent", "/family/{yes}/", before=steps.court_order),
    View("family-passages-hidden", "parent", "/family/{yes}/passages/", before=steps.court_order),
    View("family-own", "student", "/family/"),
    View("family-own-student", "student", "/family/{own}/"),
    View("family-own-answer", "student", "/family/{own}/answer/"),
    View("family-own-receipt", "student", "/family/{own}/receipt/"),
    View("family-answer-changed", "parent", "/family/{yes}/answer/", before=steps.change_the_notice),
    View("family-grown", "parent", "/family/", before=steps.come_of_age),
    # ------------------------------------------------------------ teachers
    View("register", "teacher", "/register/?group={7b}", steps.register_ready),
    View("register-dialog", "teacher", "/register/?group={7b}", steps.open_dialog),
    View("register-keys", "teacher", "/register/?group={7b}", steps.open_keys),
    View("register-unsaved", "teacher", "/register/?group={7b}", steps.mark_without_connection, heard=True),
    View("register-earlier", "teacher", "/register/{register}/", steps.register_ready),
    View("register-student", "teacher", "/register/{register}/{late}/"),
    View("register-student-problem", "teacher", "/register/{register}/{late}/", steps.press("Save"), heard=True),
    View("register-week", "teacher", "/register/week/?group={7b}"),
    View("register-week-none", "teacher", "/register/week/?group={7b}&day=2030-01-01"),
    View("register-empty-class", "office", "/register/?group={8b}"),
    View("register-no-class", "new_teacher", "/register/"),
    View("witness", "teacher", "/office/witness/"),
    View("witness-problem", "teacher", "/office/witness/", steps.press("I am the witness"), heard=True),
    # ------------------------------------------------------------ the office
    View("office-today", "office", "/office/today/"),
    View("office-people", "office", "/office/"),
    View("office-people-none", "office", "/office/?q=Nobody+of+this+name"),
    View("office-people-staff", "office", "/office/?kind=staff"),
    View("office-person", "office", "/office/people/{librarian}/"),
    View("office-student", "office", STUDENT),
    View("office-student-no", "office", "/office/students/{no}/"),
    View("office-student-left", "office", "/office/students/{left}/"),
    View("office-guardians", "office", STUDENT + "guardians/"),
    View("office-guardians-problem", "office", STUDENT + "guardians/", steps.press("Name the guardian"), heard=True),
    View("office-guardians-same", "office", STUDENT + "guardians/", steps.name_somebody_known, heard=True),
    View("office-letter", "office", STUDENT + "guardians/", steps.press("Print a letter")),
    View("office-paper", "office", STUDENT + "guardians/paper/?guardian={guardian}"),
    View(
        "office-paper-problem",
        "office",
        STUDENT + "guardians/paper/?guardian={guardian}",
        steps.press("Type it in"),
        heard=True,
    ),
    View("office-consent", "office", STUDENT + "consent/"),
    View("said-no", "teacher", STUDENT + "said-no/"),
    View("said-no-problem", "teacher", STUDENT + "said-no/", steps.press("Write it down"), heard=True),
    View("office-address", "office", STUDENT + "guardians/address/?guardian={guardian}"),
    View("office-not-told", "office", "/office/not-told/"),
    View("office-waiting", "office", "/office/waiting/"),
    View("office-look-alikes", "office", "/office/look-alikes/", before=steps.two_look_alike),
    View("office-look-alikes-none", "office", "/office/look-alikes/"),
    View("office-inside", "office", "/office/inside/"),
    View("office-faces", "office", "/office/faces/"),
    View("office-faces-left", "office", "/office/faces/", settings=RENEWED),
    View("office-faces-accept", "administrator", "/office/faces/", settings=MEASURED),
    View(
        "office-faces-problem",
        "administrator",
        "/office/faces/",
        steps.press("Accept this for the school"),
        settings=MEASURED,
        heard=True,
    ),
    View("office-gates", "office", "/office/gates/"),
    View("office-gate-add", "office", "/office/gates/add/"),
    View("office-gate-problem", "office", "/office/gates/add/", steps.press("Add the gate"), heard=True),
    View("office-gate", "office", "/office/gates/{gate}/"),
    View("office-kiosk-add", "office", "/office/gates/{gate}/kiosks/add/"),
    View("office-kiosk-key", "office", "/office/gates/{gate}/kiosks/add/", steps.add_kiosk),
    View("office-kiosk", "office", "/office/kiosks/{kiosk}/"),
    View("office-person-add", "office", "/office/people/add/?kind=student"),
    View("office-person-change", "office", "/office/people/{yes}/change/"),
    View("office-left", "office", "/office/?kind=left"),
    View("office-cards", "office", "/office/cards/"),
    View("enroll-card", "office", ENROLL),
    View("enroll-card-problem", "office", ENROLL, steps.press("Go on"), heard=True),
    View("enroll-witness", "office", ENROLL, before=steps.sitting("waiting")),
    View("enroll-asked", "office", ENROLL, before=steps.sitting("witnessed")),
    View("enroll-pictures", "office", ENROLL, before=steps.sitting("assented")),
    View("enroll-camera", "office", ENROLL, steps.start_camera, before=steps.sitting("assented")),
    View("enroll-no", "office", ENROLL, steps.press("No"), before=steps.sitting("witnessed")),
    View("office-card", "office", STUDENT, steps.press("Replace the card")),
    View("office-cards-check", "office", "/office/cards/classes/{7a}/"),
    View("office-card-revoke", "office", STUDENT + "card/revoke/"),
    View("office-kiosk-revoke", "office", "/office/kiosks/{kiosk}/revoke/"),
    View("office-sheet", "office", "/office/cards/classes/{7a}/", steps.press("Make the new cards")),
    View("office-cards-batch", "office", "/office/cards/"),
    # What stops one student comes after everything that is done with that student.
    View("office-consent-stopped", "office", STUDENT + "consent/", before=steps.stopped),
    View(
        "office-consent-problem",
        "office",
        STUDENT + "consent/",
        steps.clears_without_a_reason,
        before=steps.stopped,
        heard=True,
    ),
    View("office-waiting-exemption", "office", "/office/waiting/", before=steps.stopped),
    View("office-birth-sure", "office", "/office/people/{yes}/change/", steps.makes_of_age),
    View("office-guardians-alone", "office", STUDENT + "guardians/", before=steps.is_of_age),
    # ------------------------------------------------------------ the data protection officer
    View("doors-officer", "officer", "/"),
    View("protection", "officer", "/protection/"),
    View("protection-head", "administrator", "/protection/"),
    View("protection-expiring", "officer", "/protection/expiring/"),
    View("protection-holds", "officer", "/protection/holds/"),
    View("protection-exemptions", "officer", "/protection/exemptions/"),
    View("protection-not-told", "officer", "/protection/not-told/"),
    View("protection-requests", "officer", "/protection/requests/"),
    View("protection-request", "officer", "/protection/requests/{complaint}/"),
    View("protection-request-no", "officer", "/protection/requests/{objection}/"),
    View(
        "protection-request-problem", "officer", "/protection/requests/{complaint}/", steps.press("Answer"), heard=True
    ),
    View("protection-assessment", "officer", "/protection/assessment/"),
    View("protection-assessment-draft", "officer", "/protection/assessment/draft/"),
    View("protection-assessment-read", "administrator", "/protection/assessment/{draft}/"),
    View("protection-assessment-approved", "officer", "/protection/assessment/{approved}/"),
    View("protection-disclosures", "officer", "/protection/disclosures/"),
    View("protection-disclosure-add", "officer", "/protection/disclosures/add/"),
    View(
        "protection-disclosure-problem",
        "officer",
        "/protection/disclosures/add/",
        steps.press("Write it down"),
        heard=True,
    ),
    View("protection-disclosure", "administrator", "/protection/disclosures/{order}/"),
    View("protection-record", "officer", "/protection/record/"),
    View("protection-figures", "officer", "/protection/figures/"),
    # ------------------------------------------------------------ data protection
    View("protection-notices", "administrator", NOTICES, before=steps.change_the_notice),
    View("protection-notice-write", "administrator", NOTICES + "gate_access/en/"),
    View(
        "protection-notice-check",
        "administrator",
        CHECK,
        before=steps.draft_a_notice,
    ),
    View(
        "protection-notice-check-problem",
        "administrator",
        CHECK,
        steps.publish_with_gaps,
        before=steps.draft_a_notice,
        heard=True,
    ),
    View(
        "protection-notice-versions",
        "administrator",
        NOTICES + "gate_access/versions/",
        before=steps.change_the_notice,
    ),
    # ------------------------------------------------------------ the kiosk
    View("kiosk-pair", "visitor", "/kiosk/pair/"),
    View("kiosk-pair-problem", "visitor", "/kiosk/pair/", steps.press("Pair"), heard=True),
    View("kiosk-waiting", "visitor", "/kiosk/", steps.kiosk_waits, before=steps.pair_kiosk),
    View("kiosk-waiting-face", "visitor", "/kiosk/", steps.kiosk_waits, before=steps.pair_kiosk_for_faces),
    View("kiosk-look", "visitor", "/kiosk/", steps.kiosk_looks, before=steps.pair_kiosk),
    View("kiosk-granted", "visitor", "/kiosk/", steps.kiosk_lets_in, before=steps.pair_kiosk),
    View("kiosk-offline", "visitor", "/kiosk/offline/"),
    View("kiosk-unpair", "office", "/kiosk/unpair/", before=steps.pair_kiosk),
    # ------------------------------------------------------------ the administrators' set-up
    View("set-up", "administrator", "/set-up/"),
    View("set-up-list", "administrator", "/set-up/campus/group/"),
    View("set-up-form", "administrator", "/set-up/campus/group/{7b}/change/"),
    View("set-up-marks", "administrator", "/set-up/campus/attendancemark/"),
]

NOT_A_PAGE = {
    "family/receipts/<uuid:receipt>.pdf": "a file",
    "healthz": "a word for machines",
    "offline.js": "a script",
    "kiosk/app.webmanifest": "for a tablet that installs the screen",
    "api/openapi.json": "for machines",
    "api/": "for machines",
    "register/<uuid:register>/live/": "a part of the register, fetched by its page",
    "set-up/jsi18n/": "a script of Django's admin",
    "set-up/logout/": "Django's admin signs out on the product's page",
    "office/papers/<uuid:paper>/scan/": "a file to be saved",
    "sign-in/code/": "reached from the page before it, as sign-in-code",
    "family/join/code/": "reached from the page before it, as family-join-code",
    "family/address/codes/": "reached from the page before it, as family-address-codes",
    "protection/disclosures/<uuid:disclosure>/scan/": "a file, to be opened elsewhere",
    "family/<uuid:student>/requests/<uuid:asked>/": "reached from the list before it, as family-request",
    "family/<uuid:student>/check/": "reached from the page before it, as family-check",
}
"""Addresses with a GET that no view opens by its address, and why."""
