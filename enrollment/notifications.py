"""Who was told of which notice, when and how.

Every guardian who holds parental responsibility is told in writing what the school intends and that it can be objected
to (Protection of Freedoms Act 2012, ss. 26 and 27): by a letter, by a mail, or by opening the notice on the own page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from campus import addresses, audit, calendar, guardians, mail, outbox, people, presence
from campus.models import Guardianship, Person, School, User
from enrollment import consent, notices
from enrollment.models import ConsentEvent, Exemption, Notice, Notification, Purpose

TELL = "notice.tell"
"""The outbox's topic; its subject is the id of a notice, and each guardian to be told gets a row."""

Method = Notification.Method


@transaction.atomic
def record(
    *, student: Person, guardian: User, notice: Notice, method: Method, at: datetime, by: User | None = None
) -> bool:
    """Write down that a guardian was given a notice about a child, once a way, and tell whether this call did."""
    known = {"student": student, "guardian": guardian, "purpose": notice.purpose, "version": notice.version}
    if Notification.objects.filter(**known, method=method).exists():
        return False
    presence.lock(student.id)
    _row, made = Notification.objects.get_or_create(
        **known, method=method, school=student.school, defaults={"at": at, "by": by}
    )
    if made:
        said = {"guardian": guardian.id, "notice": notice.purpose, "version": notice.version, "method": str(method)}
        audit.record("notice.told", school=student.school, subject=student.id, actor=by, at=at, **said)
        consent.reconcile(student=student, at=at)
    return made


def told_at(student: Person, guardian: User, purpose: str, version: int) -> datetime | None:
    """Return when a guardian was first told of a version or a later one, or None."""
    found = Notification.objects.filter(student=student, guardian=guardian, purpose=purpose, version__gte=version)
    return found.order_by("at").values_list("at", flat=True).first()


def untold(school: School, purpose: str, at: datetime) -> QuerySet[Guardianship]:
    """Return the bonds of those who must be told of the notice and weren't, and whom nothing exempts, by student."""
    version = notices.last_material(school, purpose)
    if not version:
        return Guardianship.objects.none()
    told = Notification.objects.filter(
        student=OuterRef("student"), guardian=OuterRef("guardian"), purpose=purpose, version__gte=version
    )
    exempt = Exemption.objects.filter(
        student=OuterRef("student"), guardian=OuterRef("guardian"), status=Exemption.Status.CONFIRMED
    )
    today = calendar.local_date(school, at)
    of_age = people.born_by(guardians.OF_AGE, today)
    return (
        Guardianship.objects.filter(
            ~Exists(told),
            ~Exists(exempt),
            ~Q(capacity=Guardianship.Capacity.PARENT, student__born_on__lte=of_age) | Q(student__born_on__isnull=True),
            Q(student__left_on__isnull=True) | Q(student__left_on__gt=today),
            school=school,
            ended_at__isnull=True,
            capacity__in=(Guardianship.Capacity.PARENT, Guardianship.Capacity.STUDENT),
        )
        .select_related("student__school", "guardian")
        .order_by("student__name", "guardian__name")
    )


def untold_anything(school: School, at: datetime) -> QuerySet[Guardianship]:
    """Return the bonds of those to whom any notice is still to be told, those without an address first."""
    bonds = [untold(school, purpose, at).values("id") for purpose in Purpose.values]
    found = Guardianship.objects.filter(Q(id__in=bonds[0]) | Q(id__in=bonds[1]))
    no_address = Case(When(guardian__email="", then=0), default=1)
    return found.select_related("student", "guardian").order_by(no_address, "student__name", "guardian__name", "id")


# ---------------------------------------------------------------- by mail


@transaction.atomic
def owe_mails(school: School, at: datetime, *, student: Person | None = None) -> int:
    """Owe a mail to each guardian who hasn't been told and has an address, and return how many were not owed yet."""
    count = 0
    for purpose in Purpose.values:
        notice = notices.current(school, purpose=purpose)
        bonds = untold(school, purpose, at).exclude(guardian__email="")
        bonds = bonds.filter(student=student) if student else bonds
        for guardian in {bond.guardian_id: bond.guardian for bond in bonds}.values() if notice else ():
            count += _owe_once(school, notice, guardian, at)
    return count


def _owe_once(school: School, notice: Notice | None, guardian: User, at: datetime) -> bool:
    if notice is None or outbox.is_owed(TELL, subject=notice.id, to=guardian):
        return False
    outbox.owe(TELL, school=school, subject=notice.id, to=guardian, at=at)
    return True


@transaction.atomic
def mail_notice(notice_id: UUID, guardian: User, *, at: datetime) -> bool:
    """Mail the notice in force to a guardian about each child who is still to be told of, and tell whether it was sent.

    The rows are written after the mail has left: they lock the children's presence, and the gate doesn't wait for a
    mail server. If the mail fails, nothing is written, and the outbox tries again.
    """
    asked = Notice.objects.select_related("school").get(id=notice_id)
    school = asked.school
    notice = notices.to_read(school, addresses.language_of(guardian), asked.purpose)
    bonds = untold(school, asked.purpose, at).filter(guardian=guardian)
    students = [bond.student for bond in bonds]
    if notice is None or not guardian.email or not students:
        return False
    before = answered(students, guardian, notice)
    context = {
        "guardian": guardian,
        "school": school,
        "students": students,
        "notice": notice,
        "changes": notices.changes(before, notice) if before else [],
        "before": before,
    }
    mail.send("notice", to=guardian.email, language=notice.language, context=context)
    for student in sorted(students, key=lambda one: one.id):
        record(student=student, guardian=guardian, notice=notice, method=Method.MAIL, at=at)
    return True


def answered(students: Sequence[Person], guardian: User, notice: Notice) -> Notice | None:
    """Return the earlier version that a guardian answered last, in the language of this one; None if there is none."""
    said = ConsentEvent.objects.filter(
        student__in=students, guardian=guardian, purpose=notice.purpose, notice__version__lt=notice.version
    ).select_related("notice")
    last = said.order_by("-id").first()
    return notices.in_language(last.notice, notice.language) if last and last.notice else None


def follow(student: Person, at: datetime) -> None:
    """Let what rests on a student's guardians follow a change among them, and tell those who can be told now."""
    consent.reconcile(student=student, at=at)
    owe_mails(student.school, at, student=student)
