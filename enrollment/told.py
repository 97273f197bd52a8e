"""What the family is told of enrolment's rows about a child. Never a template: no column here holds one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from campus.subjects import Told
from campus.told import HERE, SCHOOL, STUDENT
from enrollment.messages import message

OWN = {"guardian": "the rows are the viewer’s own"}

TOLD = [
    Told(
        model="enrollment.ConsentEvent",
        key="answers",
        title=_("Your answers"),
        columns=(
            *("at", "guardian", "purpose", "kind", "method", "receipt.number"),
            *("notice.version", "notice.language", "notice.digest", "notice.body"),
        ),
        of_viewer="guardian",
        kept_back=HERE | {"address": "your addresses are in a list of their own"},
    ),
    Told(
        model="enrollment.Receipt",
        key="receipts",
        title=_("Your receipts"),
        columns=("number", "guardian", "cause", "destroyed", "language", "at", "mailed_at"),
        whereabouts_in=("cause",),
        of_viewer="guardian",
        order="at",
        kept_back=HERE | {"form": "tells a second click from a first"},
    ),
    Told(
        model="enrollment.PaperAnswer",
        key="paper_answers",
        title=_("Your answers on paper"),
        columns=(
            *("guardian", "purpose", "kind", "notice.version", "status"),
            *("recorded_by", "recorded_at", "scan_seen_by", "decided_by", "decided_at", "reason"),
        ),
        of_viewer="guardian",
        order="recorded_at",
        kept_back=HERE
        | {
            "letter": "your letters are in a list of their own",
            "event": "your answers are too",
            "scan": "a picture of your own paper: the office shows it",
        },
    ),
    Told(
        model="enrollment.Notification",
        key="notifications",
        title=_("What you were told"),
        columns=("at", "guardian", "purpose", "version", "method", "by"),
        of_viewer="guardian",
        kept_back=HERE,
    ),
    Told(
        model="enrollment.Reminder",
        key="reminders",
        title=_("Reminders to you"),
        columns=("at", "guardian", "days", "ends_at"),
        whereabouts_in=("ends_at",),
        of_viewer="guardian",
        order="at",
        kept_back=HERE,
    ),
    Told(
        model="enrollment.Exemption",
        key="exemptions",
        title=_("Why you were not told"),
        columns=("guardian", "reason", "status", "recorded_by", "recorded_at", "decided_by", "decided_at", "ended_at"),
        of_viewer="guardian",
        order="recorded_at",
        kept_back=HERE,
    ),
    Told(
        model="enrollment.ChildAnswer",
        key="own_answers",
        title=_("The student’s own answers"),
        columns=("at", "purpose", "kind", "recorded_by"),
        whereabouts=True,
        kept_back=HERE | {"session": "the sittings are in a list of their own"},
    ),
    Told(
        model="enrollment.ConsentStanding",
        key="consent_standings",
        title=_("Where consent stands"),
        columns=("purpose", "state", "since", "process_until", "review_at"),
        whereabouts_in=("state", "since", "process_until", "review_at"),  # They tell of leaving, and its day.
        kept_back=HERE,
    ),
    Told(
        model="enrollment.Permit",
        key="permits",
        title=_("When a face could be held and compared"),
        columns=("live", "compare", "compare_until", "expires_at", "policy", "began_at"),
        whereabouts_in=("compare_until", "expires_at"),
        order="began_at",
        kept_back=HERE,
    ),
    Told(
        model="enrollment.Hold",
        key="holds",
        title=_("What stopped it for a while"),
        columns=("cause", "guardian", "status", "recorded_by", "recorded_at", "decided_by", "decided_at", "reason"),
        of_viewer="guardian",
        named_only=("reason",),
        order="recorded_at",
        kept_back=HERE,
    ),
    Told(
        model="enrollment.Reference",
        key="face_templates",
        title=_("Face templates: that there is one; the numbers leave for nobody"),
        columns=("id", "purpose", "engine", "captures", "enrolled_at", "enrolled_by", "card.issued_at", "used_on"),
        whereabouts_in=("used_on",),
        order="enrolled_at",
        kept_back=SCHOOL
        | STUDENT
        | {
            "permit": "the permits are in a list of their own",
            "live": "every one is",
            "session": "the sittings are in a list of their own",
        },
    ),
    Told(
        model="enrollment.Erasure",
        key="destroyed_templates",
        title=_("Face templates that were destroyed"),
        columns=("reference", "at", "key_destroyed_at"),
        order="at",
        kept_back=SCHOOL | STUDENT,
    ),
    Told(
        model="enrollment.EnrollmentSession",
        key="sittings",
        title=_("Sittings at the enrolment desk"),
        columns=("opened_at", "state", "operator", "witness", "tries", "expires_at"),
        whereabouts=True,
        order="opened_at",
        kept_back=HERE
        | {"credential": "the cards are in a list of their own", "code_digest": "a check value of a code"},
    ),
    Told(
        model="enrollment.EnrollmentAttempt",
        key="attempts",
        title=_("Tries to take pictures"),
        columns=("begun_at", "state", "reason", "operator"),
        whereabouts=True,
        order="begun_at",
        kept_back=HERE
        | {"session": "the sittings are in a list of their own", "expires_at": "some seconds after it began"},
        words={"reason": lambda reason: message("refused", reason)},
    ),
    Told(
        model="enrollment.LookAlike",
        key="look_alikes",
        title=_("Notes of a look-alike: who the other is, is the other’s"),
        columns=("found_at", "state", "word", "said_by", "said_at", "agreed_by", "agreed_at"),
        of_student=("student", "other"),
        order="found_at",
        kept_back=HERE
        | {
            "reference": "the face templates are in a list of their own",
            "other": "another child",
            "other_reference": "another child’s",
        },
    ),
    Told(
        model="enrollment.SubjectRequest",
        key="requests",
        title=_("What you asked"),
        columns=(
            *("number", "asked_by", "kind", "about_face", "status", "due_on", "outcome"),
            *("asked_at", "acknowledged_at", "answered_at", "closed_at", "receipt.number"),
        ),
        of_viewer="asked_by",
        order="asked_at",
        kept_back=SCHOOL | STUDENT | {"id": "the number is its beginning", "form": "tells a second click from a first"},
    ),
    Told(
        model="enrollment.RequestMessage",
        key="messages",
        title=_("What was written about it"),
        columns=("request.number", "at", "by", "from_school", "words"),
        of_student=("request__student",),
        of_viewer="request__asked_by",
        kept_back=SCHOOL | {"id": "a number inside this system"},
    ),
    Told(
        model="enrollment.DisclosureStudent",
        key="disclosures",
        title=_("Asked for by somebody outside"),
        columns=(
            *("disclosure.number", "disclosure.asker", "disclosure.asked_by", "disclosure.asked_on"),
            *("disclosure.basis", "disclosure.status", "disclosure.given_in_words", "disclosure.scope"),
            *("disclosure.decided_at", "disclosure.told_at"),
        ),
        whereabouts_in=("disclosure.scope",),
        only={"disclosure__told_at__isnull": False},  # What a law forbids to tell is told when it may be.
        kept_back=HERE,
    ),
]
UNTOLD = {
    "enrollment.ReferenceCiphertext": "a face template leaves this system for nobody",
}
