"""What the family is told of the school's rows about a child: the roll, cards, marks, and the guardian's own addresses.

A model that leads to a person and stands neither in `TOLD` nor in `UNTOLD` of an app fails a test, and so does a field.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from campus.subjects import Told

SCHOOL, STUDENT = {"school": "the file names it once"}, {"student": "the file is about nobody else"}
HERE = SCHOOL | STUDENT | {"id": "a number inside this system"}

TOLD = [
    Told(
        model="campus.Guardianship",
        key="guardianship",
        title=_("You and the child"),
        columns=("guardian", "capacity", "began_at", "ended_at"),
        of_viewer="guardian",
        kept_back=HERE,
    ),
    Told(
        model="campus.SignInAddress",
        key="addresses",
        title=_("Your e-mail addresses"),
        columns=("email", "how", "language", "bound_at", "confirmed_at", "ended_at"),
        of_student=(),
        of_viewer="user",
        order="bound_at",
        kept_back={"id": "a number inside this system", "user": "it is who asks"},
    ),
    Told(
        model="campus.AddressChange",
        key="address_changes",
        title=_("New addresses on paper"),
        columns=("email", "status", "recorded_by", "recorded_at", "decided_by", "decided_at"),
        of_student=(),
        of_viewer="guardian",
        order="recorded_at",
        kept_back=SCHOOL | {"id": "a number inside this system", "guardian": "it is who asks"},
    ),
    Told(
        model="campus.LetterCode",
        key="letters",
        title=_("Letters with a code"),
        columns=("status", "issued_by", "issued_at", "expires_at", "used_at"),
        of_student=(),
        of_viewer="guardian",
        order="issued_at",
        kept_back=SCHOOL
        | {"id": "a number inside this system", "guardian": "it is who asks", "code_mac": "a check value of a code"},
    ),
    Told(
        model="campus.ContactRestriction",
        key="contact_restrictions",
        title=_("Court orders about you"),
        columns=("order", "recorded_by", "recorded_at", "ended_by", "ended_at"),
        of_viewer="guardian",
        order="recorded_at",
        kept_back=HERE | {"guardian": "it is who asks"},
    ),
    Told(
        model="campus.Membership",
        key="classes",
        title=_("Classes"),
        columns=("group.name", "began_on", "ended_on"),
        whereabouts=True,
        order="began_on",
        kept_back=HERE,
    ),
    Told(
        model="campus.Credential",
        key="cards",
        title=_("Cards"),
        columns=("issued_at", "issued_by", "revoked_at"),
        of_student=("person",),
        order="issued_at",
        kept_back=SCHOOL
        | {
            "id": "a number inside this system",
            "person": "the file is about nobody else",
            "token_mac": "a check value of what is printed on the card",
            "batch": "whose cards were printed together",
            "replaces": "the card before is in the list too",
        },
    ),
    Told(
        model="campus.Presence",
        key="presence",
        title=_("Inside or outside"),
        columns=("where", "since"),
        of_student=("person",),
        whereabouts=True,
        order="since",
        kept_back=SCHOOL | {"person": "the file is about nobody else"},
    ),
    Told(
        model="campus.AttendanceMark",
        key="marks",
        title=_("Attendance marks, with every change"),
        columns=(
            *("id", "register.date", "register.kind", "code", "minutes_late", "source", "reason", "recorded_by"),
            *("recorded_at", "replaces_id", "restores_id"),
        ),
        whereabouts=True,
        order="recorded_at",
        kept_back=SCHOOL
        | STUDENT
        | {"precedence": "it follows from the source", "submission": "tells a second click from a first"},
    ),
]
UNTOLD: dict[str, str] = {}
