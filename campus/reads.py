"""Who looked at a child's data through this system, and when and why: read from the log, told to the family.

A page about one student is written down with the student's id, a register's with the register's, and a list of the
school with the school's: the child stood on it, or could.
"""

from __future__ import annotations

from datetime import time

from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campus import calendar
from campus.models import AuditEvent, Membership, Person, Register
from campus.subjects import Asked, Row
from campus.who import Coded, Who

PAGES = {
    "read.child": _("The family’s page about the student"),
    "read.passages": _("The family’s page of the passages"),
    "read.marks": _("The family’s page of the attendance"),
    "read.reads": _("The family’s page of who looked"),
    "read.request": _("The family’s page of what was asked"),
    "read.receipt": _("A receipt, as a file"),
    "read.student": _("The office’s page about the student"),
    "read.guardians": _("The office’s page about the student’s guardians"),
    "read.consent": _("The office’s page about what stops or hides something"),
    "read.sitting": _("The enrolment desk, for a sitting"),
    "read.card": _("The page to end the student’s card"),
    "read.not_told": _("The office’s list of guardians who are still to be told"),
    "read.protection": _("The data protection officer’s page about what a family asked"),
    "read.register": _("The class register"),
    "read.register_week": _("The class register of a week"),
    "read.register_line": _("The child’s line in the class register"),
    "read.students": _("The office’s list of students"),
    "read.today": _("The office’s page of the day"),
    "read.inside": _("The list of who is inside"),
    "read.cards": _("The office’s list of cards"),
    "read.waiting": _("The office’s list of what waits for a second person"),
    "read.look_alikes": _("The office’s list of look-alikes"),
    "read.set_up.attendancemark": _("The administrators’ list of attendance marks"),
    "read.set_up.auditevent": _("The administrators’ list of what was done"),
    "read.set_up.consentevent": _("The administrators’ list of families’ answers"),
    "read.set_up.childanswer": _("The administrators’ list of students’ own answers"),
    "read.set_up.passage": _("The administrators’ list of passages"),
}
"""Kind of a reading -> the page that was opened, in plain words."""
ABOUT_GUARDIANS = dict.fromkeys(
    ("read.paper", "read.paper_scan", "read.address", "read.letter", "read.said_no"), "read.guardians"
) | {"read.protection.request": "read.protection"}
"""Pages about one guardian: the others are told that the page of all was opened."""
NAMELESS = {"read.gates": _("The gates and their screens"), "read.faces": _("The face reader’s figures")}
"""Pages of a school that show nobody."""
ACTS = {
    "reference.enrolled": _("The child’s face was enrolled"),
    "reference.destroyed": _("The face template was destroyed"),
    "subject.exported": _("Everything that is held was downloaded"),
}
"""What was done with the child's data, beside looking at it."""
FAMILY_PAGES = ("read.child", "read.receipt", "read.request", "read.passages", "read.marks", "read.reads")
OF_FAMILIES = (*FAMILY_PAGES, "consent.", "request.", "subject.exported")
"""Beginnings of the kinds that a guardian causes as a guardian."""
OF_ONE_GUARDIAN = (
    *(
        "consent.",
        "request.",
        "read.request",
        "read.receipt",
        "paper.",
        "hold.",
        "exemption.",
        "restriction.",
        "guardian.",
    ),
    *("address.", "letter.", "notification.", "receipt."),
)
"""Beginnings of the kinds that tell what one guardian did or is: no other guardian's business."""
FROM_OUTSIDE = ("disclosure.", "read.disclosure", "read.protection.disclosure", "read.protection.scan")
"""Beginnings of the kinds about requests from outside, which a law may forbid to tell."""
WHEREABOUTS = (
    *("passage.", "mark.", "sitting.", "enrollment.", "child.", "reference.", "permit.", "standing.", "look_alike."),
    *("person.left", "person.came_back", "read.sitting", "read.register_line"),
)
"""Beginnings of the kinds whose moment, or whose being there, tells where the child was."""


def of(asked: Asked) -> QuerySet[AuditEvent]:
    """Return the readings of a student's data, and what was done with it, in the order of time."""
    about = Q(kind__startswith="read.") | Q(kind__in=ACTS)
    return _allowed(AuditEvent.objects.filter(about & (_of_student(asked.student) | _of_lists(asked.student))), asked)


def in_words(event: AuditEvent) -> str:
    """Return what was opened or done. A page without words of its own is one of the school's."""
    kind = ABOUT_GUARDIANS.get(event.kind, event.kind)
    return str(PAGES.get(kind) or ACTS.get(kind) or _("A page of the school"))


def named(event: AuditEvent, who: Who) -> Coded:
    """Name who did it."""
    if event.kind.startswith(OF_FAMILIES) and event.actor is not None:
        return who.for_family(event.actor)
    return who.staff(event.actor)


def rows(asked: Asked) -> list[Row]:
    """Return everything that the log says of a student, for a file that the family takes along."""
    who = Who(asked.student, asked.viewer)
    about = _of_student(asked.student) | (Q(kind__startswith="read.") & _of_lists(asked.student))
    found = _allowed(AuditEvent.objects.filter(about), asked)
    return [{"at": event.at, "who": named(event, who), "what": _coded(event)} for event in found]


def _coded(event: AuditEvent) -> Coded:
    kind = ABOUT_GUARDIANS.get(event.kind, event.kind)
    words = PAGES.get(kind) or ACTS.get(kind)
    return Coded(kind, str(words) if words else kind)


def _allowed(events: QuerySet[AuditEvent], asked: Asked) -> QuerySet[AuditEvent]:
    """Leave out what another guardian did, what a court keeps the viewer from knowing, and requests from outside.

    Those are told from their own rows, once no law forbids to tell.
    """
    if not asked.is_student:
        events = events.exclude(_begins_with(OF_ONE_GUARDIAN) & ~Q(actor=asked.viewer))
    events = events.exclude(_begins_with(FROM_OUTSIDE))
    if asked.is_restricted:
        events = events.exclude(_begins_with(WHEREABOUTS))
    return events.select_related("actor").order_by("at", "id")


def _begins_with(beginnings: tuple[str, ...]) -> Q:
    found = Q()
    for beginning in beginnings:
        found |= Q(kind__startswith=beginning)
    return found


def _of_student(student: Person) -> Q:
    return Q(subject=student.id)


def _of_lists(student: Person) -> Q:
    """Say which lists the student stood on: the school's since admission, and the registers of the own classes."""
    lists = Q(subject__in=())
    for stay in Membership.objects.filter(student=student):
        days = Q(group=stay.group_id, date__gte=stay.began_on)
        if stay.ended_on is not None:
            days &= Q(date__lt=stay.ended_on)
        # As values and not as a subquery, so that the index over subjects is used: the log is the largest table.
        lists |= Q(subject__in=list(Register.objects.filter(days).values_list("id", flat=True)))
        # A week is the class's: whoever looks back at it later sees who belonged to it then.
        lists |= Q(subject=stay.group_id, at__gte=calendar.moment(student.school, stay.began_on, time()))
    # The school holds something since the log first speaks of the student.
    first = AuditEvent.objects.filter(subject=student.id).aggregate(first=Min("at"))["first"]
    if first is not None:
        lists |= Q(subject=student.school_id, at__gte=first) & ~Q(kind__in=NAMELESS)
    return lists
