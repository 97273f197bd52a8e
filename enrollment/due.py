"""What is due in data protection at a school: everything that somebody has to do, by when, and what is late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campus import calendar, retention, sweeping
from campus.models import Guardianship, Person, School
from enrollment import assessments, disclosures, notices, requests
from enrollment.models import Exemption, Hold, Notification, Permit, Purpose

AHEAD, SOON = timedelta(days=30), timedelta(days=7)


@dataclass(frozen=True)
class Due:
    """One thing that waits. `by` is its last day; without one it waits since `since`."""

    what: str
    about: str
    href: str
    by: date | None = None
    since: date | None = None
    late: bool = False
    soon: bool = False


def for_officer(school: School, at: datetime) -> list[Due]:
    """Return everything that is due, what is late first, then by its day."""
    today = calendar.local_date(school, at)
    found = [
        *_requests(school, today),
        *_assessment(school, at),
        *_disclosures(school),
        *_past_their_time(school, at),
        *_expiring(school, at),
        *_lists(school, at),
    ]
    return sorted(found, key=lambda one: (not one.late, one.by or today + AHEAD, one.since or today))


def for_head(school: School, at: datetime) -> list[Due]:
    """Return what waits for an administrator: the assessment, and requests from outside that no head has allowed."""
    return [*_assessment(school, at), *_disclosures(school, for_head=True)]


def _requests(school: School, today: date) -> Iterator[Due]:
    for one in requests.waiting(school):
        yield Due(
            what=str(one.get_kind_display()),
            about=one.student.name,
            href=reverse("protection_request", args=[one.id]),
            by=one.due_on,
            since=calendar.local_date(school, one.asked_at),
            late=today > one.due_on,
            soon=today + SOON >= one.due_on,
        )


def _assessment(school: School, at: datetime) -> Iterator[Due]:
    href, what = f"{reverse('protection_assessment')}?school={school.slug}", _("Impact assessment")
    found = assessments.in_force(school, at)
    if found is None:
        yield Due(what, _("None is in force: no face is looked at"), href, late=True)
    elif found.valid_until is not None and found.valid_until <= at + AHEAD:
        by = assessments.last_day(school, found.valid_until)
        yield Due(what, _("The next one has to be approved"), href, by=by, soon=found.valid_until <= at + SOON)
    draft = assessments.draft(school)
    if draft is not None and not assessments.missing(draft):
        yield Due(
            what,
            _("A draft waits for an administrator’s approval"),
            reverse("protection_assessment_read", args=[draft.id]),
            since=calendar.local_date(school, draft.advised_at or draft.written_at),
        )


def _disclosures(school: School, *, for_head: bool = False) -> Iterator[Due]:
    for one in disclosures.waiting(school):
        if for_head and (one.head_id is not None or one.instrument_id is None):
            continue
        waits = [
            (one.instrument_id is None, _("waits for the scan of the order")),
            (one.head_id is None and one.officer_id is None, _("waits for two people")),
            (one.head_id is None, _("waits for the head")),
            (one.officer_id is None, _("waits for the data protection officer")),
            (True, _("allowed by both: note that it was given")),
        ]
        words = next(words for waiting, words in waits if waiting)
        yield Due(
            what=_("Disclosure"),
            about=f"{one.asked_by} – {words}",
            href=reverse("protection_disclosure", args=[one.id]),
            since=one.asked_on,
        )


def _past_their_time(school: School, at: datetime) -> Iterator[Due]:
    """Tell of rows that retention should have deleted: the installation's, for all its schools."""
    names = {duty.name: duty.kept.what for duty in retention.duties()}
    for rule, rows in sweeping.overdue(at).items():
        yield Due(_("Past their time"), f"{names[rule]}: {rows}", _list("protection_record", school), late=True)


def expiring(school: School, at: datetime) -> QuerySet[Permit]:
    """Return the permits that run out within 30 days."""
    found = Permit.objects.filter(school=school, live=True, expires_at__gt=at, expires_at__lte=at + AHEAD)
    return found.select_related("student").order_by("expires_at", "student__name")


def holds(school: School) -> QuerySet[Hold]:
    """Return the holds that stand."""
    found = Hold.objects.filter(school=school, status=Hold.Status.STANDING)
    return found.select_related("student").order_by("recorded_at")


def exemptions(school: School) -> QuerySet[Exemption]:
    """Return the exemptions that wait for a second person."""
    found = Exemption.objects.filter(school=school, status=Exemption.Status.WAITING)
    return found.select_related("student", "guardian", "recorded_by").order_by("recorded_at")


def not_told(school: School, at: datetime) -> QuerySet[Guardianship]:
    """Return who has parental responsibility and wasn't given the notice in force, without being exempted."""
    notice = notices.current(school)
    version = notice.version if notice else 0
    told = Notification.objects.filter(
        student=OuterRef("student"), guardian=OuterRef("guardian"), purpose=Purpose.GATE_ACCESS, version=version
    )
    exempt = Exemption.objects.filter(
        student=OuterRef("student"), guardian=OuterRef("guardian"), status=Exemption.Status.CONFIRMED
    )
    today = calendar.local_date(school, at)
    found = Guardianship.objects.filter(
        Q(student__left_on__isnull=True) | Q(student__left_on__gt=today),
        school=school,
        ended_at__isnull=True,
        capacity=Guardianship.Capacity.PARENT,
        student__kind=Person.Kind.STUDENT,
    )
    return (
        found.exclude(Exists(told)).exclude(Exists(exempt)).select_related("student", "guardian").order_by("began_at")
    )


def _expiring(school: School, at: datetime) -> Iterator[Due]:
    days: dict[date, int] = {}
    for moment in expiring(school, at).values_list("expires_at", flat=True):
        day = calendar.local_date(school, moment)
        days[day] = days.get(day, 0) + 1
    today = calendar.local_date(school, at)
    for day, count in days.items():
        words = ngettext("%(n)s student’s runs out", "%(n)s students’ run out", count) % {"n": count}
        yield Due(_("Consent"), words, _list("protection_expiring", school), by=day, soon=today + SOON >= day)


def _lists(school: School, at: datetime) -> Iterator[Due]:
    """Tell of lists, each as one line with its oldest."""
    lists: tuple[tuple[str, str, QuerySet[Any], str], ...] = (
        ("protection_holds", _("Holds that stand"), holds(school), "recorded_at"),
        ("protection_exemptions", _("Exemptions that wait"), exemptions(school), "recorded_at"),
        ("protection_not_told", _("Guardians not told yet"), not_told(school, at), "began_at"),
    )
    for name, what, rows, moment in lists:
        found = rows.order_by().aggregate(n=Count("id"), first=Min(moment))
        if found["n"]:
            yield Due(what, str(found["n"]), _list(name, school), since=calendar.local_date(school, found["first"]))


def _list(name: str, school: School) -> str:
    return f"{reverse(name)}?school={school.slug}"
