"""Receipts: what a guardian answered, or what was destroyed unasked, on a page at once and by mail a moment later.

A mail that says that a reference was destroyed waits until its key is too, half a minute as a rule: only then is it
true of every copy. The page says how far that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from campus import addresses, calendar, guardians, mail, outbox
from campus.models import Guardianship, Person, User
from campus.templatetags.names import isolate
from enrollment.models import ConsentEvent, Erasure, Receipt

MAIL_RECEIPT = outbox.mailing("consent.mail_receipt")
"""The outbox's topic; its subject is the receipt's id."""
WITHIN = timedelta(minutes=1)
"""How soon after a reference its key is destroyed."""


class Key(StrEnum):
    """How far the key is destroyed of what a receipt is about."""

    NONE = "none"
    SOON = "soon"
    LATE = "late"
    DESTROYED = "destroyed"


Cause = Receipt.Cause

WHY_DESTROYED = {
    "not_offered": Cause.POLICY,
    "left": Cause.LEFT,
    "child_no": Cause.CHILD_SAID_NO,
    "guardian_no": Cause.OBJECTION,
    "of_age": Cause.OF_AGE,
    "expired": Cause.EXPIRED,
    "no_yes": Cause.NO_YES,
    "address_too_new": Cause.NO_YES,
    "unused": Cause.UNUSED,
    "assessment": Cause.ASSESSMENT,
    "no_assessment": Cause.ASSESSMENT,
}
"""What stopped it -> what the receipt says; anything else was a suspension that lasted too long."""
WHY = {
    Cause.RENEWAL: gettext_lazy("It was made with a face reader that the school does not use any more."),
    Cause.EXPIRED: gettext_lazy("The yes that it rested on has run out."),
    Cause.LEFT: gettext_lazy("%(name)s is no longer at this school."),
    Cause.OF_AGE: gettext_lazy("%(name)s is old enough now to answer alone."),
    Cause.CHILD_SAID_NO: gettext_lazy("%(name)s said no."),
    Cause.OBJECTION: gettext_lazy("A guardian of %(name)s said no."),
    Cause.NO_YES: gettext_lazy("The yes that it rested on does not count any more."),
    Cause.RESTORE: gettext_lazy(
        "The school put back its records from a backup. A face template is never put back: it is destroyed."
    ),
    Cause.CARD_REPLACED: gettext_lazy("%(name)s has a new card, and only the one before could open the template."),
    Cause.SUSPENDED: gettext_lazy("It was not allowed to be compared for so long that it may not be kept."),
    Cause.UNUSED: gettext_lazy("It had not been used for a long time."),
    Cause.ASSESSMENT: gettext_lazy("The school has no approved assessment of the risks any more."),
    Cause.POLICY: gettext_lazy("The rules of the school do not allow it any more."),
}
"""Cause of a destruction that nobody answered for -> why, to a parent. Never who of the other guardians said what."""
_SIT_AGAIN = gettext_lazy(
    "Your answers stand as you gave them. If they are still yes, the office asks %(name)s to sit for new pictures; "
    "%(name)s may say no."
)
NEXT = {
    Cause.RENEWAL: _SIT_AGAIN,
    Cause.EXPIRED: gettext_lazy("To go on with the face reader, say yes again on the school’s page."),
    Cause.CHILD_SAID_NO: gettext_lazy("Only %(name)s can change that, at the school office."),
    Cause.CARD_REPLACED: _SIT_AGAIN,
    Cause.UNUSED: _SIT_AGAIN,
}
"""What comes after it, where that is more than the card."""


def open_for(*, student: Person, guardian: User, at: datetime) -> Receipt:
    """Return the receipt of one moment, which all answers of that moment share, and owe its mail once."""
    receipt, made = Receipt.objects.get_or_create(
        school=student.school, student=student, guardian=guardian, at=at, defaults={"language": get_language() or "en"}
    )
    if made:
        outbox.owe(MAIL_RECEIPT, school=student.school, subject=receipt.id, at=at)
    return receipt


@transaction.atomic
def of_destruction(*, student: Person, guardian: User, cause: Receipt.Cause, at: datetime) -> Receipt:
    """Return the receipt that a template was destroyed although this guardian answered nothing, and owe its mail.

    A guardian who did answer, at this very moment, has a receipt already: it says of the destruction too.
    """
    receipt, made = Receipt.objects.get_or_create(
        school=student.school,
        student=student,
        guardian=guardian,
        at=at,
        defaults={"cause": cause, "destroyed": True, "language": addresses.language_of(guardian)},
    )
    if made:
        outbox.owe(MAIL_RECEIPT, school=student.school, subject=receipt.id, at=at)
    elif not receipt.destroyed:
        note_destruction(receipt)
    return receipt


def of_what_stopped(*, student: Person, causes: Sequence[str], at: datetime) -> None:
    """Give each guardian a receipt of what was destroyed, and why; never of who of the others said what.

    That coming of age ended what the guardians agreed to is the last they hear: then the student's own word counts.
    """
    cause = next((WHY_DESTROYED[code] for code in causes if code in WHY_DESTROYED), Cause.SUSPENDED)
    last = cause == Cause.OF_AGE and not _answered_alone(student)
    for guardian in guardians.of_student(student) if last else guardians.to_be_told(student, at):
        of_destruction(student=student, guardian=guardian, cause=cause, at=at)


def _answered_alone(student: Person) -> bool:
    own = Guardianship.objects.filter(student=student, capacity=Guardianship.Capacity.STUDENT)
    return ConsentEvent.objects.filter(student=student, guardian__in=own.values("guardian")).exists()


def note_destruction(receipt: Receipt) -> None:
    """Write on a receipt that its answers destroyed a face template."""
    receipt.destroyed = True
    receipt.save(update_fields=["destroyed"])


def key_of(receipt: Receipt, at: datetime) -> Key:
    """Tell how far the key is destroyed: with it goes what any copy of the reference could be opened with."""
    if not receipt.destroyed:
        return Key.NONE
    left = Erasure.objects.filter(student=receipt.student, at=receipt.at, key_destroyed_at__isnull=True)
    if not left.exists():
        return Key.DESTROYED
    return Key.SOON if at < receipt.at + WITHIN else Key.LATE


def owe_mails_about(erasure: Erasure, *, at: datetime) -> None:
    """Owe the mails that have waited for a reference's key to be destroyed."""
    waiting = Receipt.objects.filter(student=erasure.student, at=erasure.at, destroyed=True, mailed_at__isnull=True)
    for receipt in waiting.select_related("school"):
        outbox.owe(MAIL_RECEIPT, school=receipt.school, subject=receipt.id, at=at)


def latest(student: Person, guardian: User) -> Receipt | None:
    """Return a guardian's last receipt about a child."""
    return Receipt.objects.filter(student=student, guardian=guardian).order_by("-at").first()


def answers_on(receipt: Receipt) -> list[ConsentEvent]:
    """Return what stands on a receipt: the last answer to each question, in the order they were asked."""
    last = {event.purpose: event for event in receipt.answers.select_related("notice").order_by("id")}
    return list(last.values())


def why(receipt: Receipt) -> str:
    """Return why a template was destroyed that nobody asked to be; empty for a receipt of answers."""
    cause = Cause(receipt.cause)
    if cause == Cause.LEFT and hides_whereabouts(receipt):
        cause = Cause.NO_YES
    return str(WHY.get(cause, "")) % _named(receipt)


def hides_whereabouts(receipt: Receipt) -> bool:
    """Tell whether a court keeps the guardian from knowing where the child is: at the desk, at the moment of a no."""
    return receipt.cause != Cause.ANSWER and guardians.is_restricted(receipt.guardian, receipt.student)


def moment_of(receipt: Receipt) -> dict[str, object]:
    """Return the day and, unless a court hides it, the time of a receipt, at the school."""
    school = receipt.student.school
    time = None if hides_whereabouts(receipt) else calendar.local_time(school, receipt.at)
    return {"day": calendar.local_date(school, receipt.at), "time": time}


def what_next(receipt: Receipt) -> str:
    """Return what follows from a destruction, beside the card; often nothing."""
    return str(NEXT.get(Cause(receipt.cause), "")) % _named(receipt)


def _named(receipt: Receipt) -> dict[str, str]:
    return {"name": isolate(receipt.student.display_name)}


# ---------------------------------------------------------------- the evidence on it


class Row(NamedTuple):
    """One line of a receipt."""

    name: str
    value: str
    strong: bool = False


def evidence(receipt: Receipt) -> list[Row]:
    """Return all that proves the answers: who, in which capacity, to what, when and how."""
    school, said = receipt.student.school, answers_on(receipt)
    rows = [
        Row(_("Child"), receipt.student.name),
        Row(_("School"), school.name),
        Row(_("Guardian"), receipt.guardian.name or receipt.guardian.email),
        Row(_("Capacity"), _capacity(receipt)),
    ]
    for event in said:
        rows += [Row(event.get_purpose_display(), event.get_kind_display(), strong=True), *_notice_of(event)]
    if said:
        ways = {ConsentEvent.Method.WEB: _("On the school’s page"), ConsentEvent.Method.PAPER: _("On paper")}
        rows.append(Row(_("How you answered"), ways[ConsentEvent.Method(said[-1].method)]))
    if receipt.destroyed:
        rows.append(Row(_("Face template"), _("Destroyed"), strong=True))
    if why(receipt):
        rows.append(Row(_("Why"), why(receipt)))
    return [*rows, *_when(receipt), Row(_("Receipt"), receipt.number)]


def _when(receipt: Receipt) -> list[Row]:
    school = receipt.student.school
    day = date_format(calendar.local_date(school, receipt.at))
    if hides_whereabouts(receipt):
        return [Row(_("When, at the school"), day)]
    time = time_format(calendar.local_time(school, receipt.at), "H:i:s")
    when = _("%(day)s, %(time)s") % {"day": day, "time": time}
    return [
        Row(_("When, at the school"), f"{when} ({school.timezone})"),
        Row(_("The same in UTC"), receipt.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")),
    ]


def _notice_of(event: ConsentEvent) -> list[Row]:
    notice = event.notice
    if notice is None:
        return []
    language = dict(settings.LANGUAGES).get(notice.language, notice.language)
    read = _("%(version)s, in %(language)s") % {"version": notice.version, "language": language}
    return [Row(_("Notice"), read), Row(_("Its SHA-256"), bytes(notice.digest).hex())]


def _capacity(receipt: Receipt) -> str:
    """Return as whom the guardian answered at that moment."""
    then = Guardianship.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=receipt.at),
        student=receipt.student,
        guardian=receipt.guardian,
        began_at__lte=receipt.at,
    )
    bond = then.order_by("-began_at").first()
    return bond.get_capacity_display() if bond else _("No longer a guardian")


@transaction.atomic
def mail_to_guardian(receipt_id: UUID, *, at: datetime) -> bool:
    """Mail a receipt, once, and tell whether this call did. A guardian without an address has the paper.

    One about a key that is still to be destroyed isn't mailed yet: `owe_mails_about` asks again.
    """
    receipt = (
        Receipt.objects.select_for_update(of=("self",)).select_related("student__school", "guardian").get(id=receipt_id)
    )
    if receipt.mailed_at is not None or not receipt.guardian.email or key_of(receipt, at) in (Key.SOON, Key.LATE):
        return False
    # The row is marked before the mail leaves: if the mail fails, both are undone and the outbox tries again.
    receipt.mailed_at = at
    receipt.save(update_fields=["mailed_at"])
    with translation.override(receipt.language):
        context = {
            "receipt": receipt,
            "student": receipt.student,
            "evidence": evidence(receipt),
            "why": why(receipt),
            "next": what_next(receipt),
            **moment_of(receipt),
        }
    letter = "receipt" if receipt.cause == Cause.ANSWER else "destroyed"
    mail.send(letter, to=receipt.guardian.email, language=receipt.language, context=context)
    return True
