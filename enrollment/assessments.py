"""The school's impact assessment: written, advised on, approved by another, good for twelve months at most.

While none is in force no face is looked at (`enrollment.consent`). One person writes it, an administrator or the data
protection officer; the officer advises on what is written, so changing it empties the advice; an administrator who did
neither approves exactly what was read. Either may take it back alone: stopping needs nobody's leave.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campus import audit, calendar, people
from campus.models import Role, School, User
from enrollment import reviewing
from enrollment.models import ImpactAssessment
from enrollment.models.assessments import WORDS
from enrollment.refusals import Refused

Status = ImpactAssessment.Status
WRITTEN = WORDS[:-1]
"""What the writer writes; the advice is somebody else's."""
LONGEST = 8000
"""Letters of one part."""
QUESTIONS = {
    "necessity": _(
        "What is the gate by face for that the card alone does not do? Who gains by it, and how would you notice?"
    ),
    "alternatives": _("What else did you weigh: cards alone, staff at the gate, a code? Why is that not enough?"),
    "bias": _(
        "For whom is the face reader wrong more often, by which measurement? For whom was nothing measured? "
        "What happens to a child whom it does not know?"
    ),
    "consultation": _(
        "How were parents and students asked, when, how many, and what did they say? What did you change?"
    ),
    "summary": _("What would you tell a parent in five sentences? Everybody can read this part on the public page."),
    "advice": _("Do the measures suffice? What has to change first, and what has to be looked at again, by when?"),
}
"""The part of an assessment -> what is asked there. Nothing is answered beforehand."""


def in_force(school: School, at: datetime) -> ImpactAssessment | None:
    """Return the assessment by which a school may look at faces at a moment, or None."""
    approved = ImpactAssessment.objects.filter(school=school, status=Status.APPROVED)
    return approved.filter(approved_at__lte=at, valid_until__gt=at).order_by("-approved_at").first()


def draft(school: School) -> ImpactAssessment | None:
    """Return the one draft of a school."""
    return ImpactAssessment.objects.filter(school=school, status=Status.DRAFT).first()


def history(school: School) -> QuerySet[ImpactAssessment]:
    """Return what was ever approved at a school, newest first."""
    found = ImpactAssessment.objects.filter(school=school).exclude(status=Status.DRAFT)
    return found.select_related("written_by", "advised_by", "approved_by", "revoked_by").order_by("-approved_at")


@transaction.atomic
def write(*, school: School, words: Mapping[str, str], by: User, at: datetime) -> ImpactAssessment:
    """Write the draft anew or begin one. What is missing may come later. Changed words await new advice.

    Raises:
        Refused: `not_writer`, `not_your_draft`, `long_part`.
    """
    if not may_write(by, school):
        raise Refused("not_writer")
    # The second of two clicks finds the draft of the first.
    School.objects.select_for_update(no_key=True).get(id=school.id)
    found = draft(school) or ImpactAssessment(school=school, written_by=by)
    if found.written_by != by:
        raise Refused("not_your_draft")
    said = {name: words.get(name, "").strip() for name in WRITTEN}
    if any(len(part) > LONGEST for part in said.values()):
        raise Refused("long_part")
    if found._state.adding or any(getattr(found, name) != part for name, part in said.items()):
        for name, part in said.items():
            setattr(found, name, part)
        found.advice, found.advised_by, found.advised_at, found.written_at = "", None, None, at
        found.save()
        _record("written", found, by, at)
    return found


@transaction.atomic
def advise(*, assessment: ImpactAssessment, read: str, advice: str, by: User, at: datetime) -> None:
    """Write down the data protection officer's advice on what was read (`digest`).

    Raises:
        Refused: `not_officer`, `no_words`, `long_part`, `not_draft`, `changed`.
    """
    if not people.has_role(by, assessment.school, Role.Kind.PROTECTION_OFFICER):
        raise Refused("not_officer")
    advice = advice.strip()
    if not advice:
        raise Refused("no_words")
    if len(advice) > LONGEST:
        raise Refused("long_part")
    found = _read_draft(assessment, read)
    found.advice, found.advised_by, found.advised_at = advice, by, at
    found.save(update_fields=["advice", "advised_by", "advised_at"])
    _record("advised", found, by, at)


@transaction.atomic
def approve(*, assessment: ImpactAssessment, read: str, last_day: date, by: User, at: datetime) -> None:
    """Approve what was read (`digest`) until the end of a day. The assessment before ends with it.

    Raises:
        Refused: `not_administrator`, `not_whole`, `own_words`, `bad_day`, `not_draft`, `changed`.
    """
    if not people.has_role(by, assessment.school, Role.Kind.ADMINISTRATOR):
        raise Refused("not_administrator")
    found = _read_draft(assessment, read)
    if missing(found):
        raise Refused("not_whole")
    if by in (found.written_by, found.advised_by):
        raise Refused("own_words")
    if not calendar.local_date(found.school, at) <= last_day <= longest(found.school, at):
        raise Refused("bad_day")
    before = ImpactAssessment.objects.filter(school=found.school, status=Status.APPROVED, valid_until__gt=at)
    before.update(valid_until=at)
    found.status, found.approved_by, found.approved_at = Status.APPROVED, by, at
    found.valid_until = calendar.moment(found.school, last_day + timedelta(days=1), time.min)
    found.save(update_fields=["status", "approved_by", "approved_at", "valid_until"])
    _record("approved", found, by, at, digest=digest(found), until=last_day.isoformat())
    reviewing.reconcile_school(school=found.school, at=at)


@transaction.atomic
def revoke(*, assessment: ImpactAssessment, why: str, by: User, at: datetime) -> None:
    """Take an approval back: from now on no face of the school is looked at.

    Raises:
        Refused: `not_writer`, `no_words`, `long_part`, `already`.
    """
    if not may_write(by, assessment.school):
        raise Refused("not_writer")
    why = why.strip()
    if not why:
        raise Refused("no_words")
    if len(why) > LONGEST:
        raise Refused("long_part")
    approved = ImpactAssessment.objects.filter(id=assessment.id, status=Status.APPROVED)
    if not approved.update(status=Status.REVOKED, revoked_by=by, revoked_at=at, revoked_why=why):
        raise Refused("already")
    _record("revoked", assessment, by, at)
    reviewing.reconcile_school(school=assessment.school, at=at)


def missing(assessment: ImpactAssessment) -> list[str]:
    """Return the parts that are empty."""
    return [name for name in WORDS if not getattr(assessment, name)]


def digest(assessment: ImpactAssessment) -> str:
    """Return what names the words of an assessment as they stand, for the form that advises or approves."""
    said = "\0".join(getattr(assessment, name) for name in WORDS)
    return hashlib.sha256(said.encode()).hexdigest()


def longest(school: School, at: datetime) -> date:
    """Return the last day for which an approval of today may hold: twelve months."""
    today = calendar.local_date(school, at)
    return today.replace(year=today.year + 1, day=28 if (today.month, today.day) == (2, 29) else today.day)


def last_day(school: School, until: datetime | None) -> date | None:
    """Return the last day of what holds until a moment."""
    return calendar.local_date(school, until - timedelta(microseconds=1)) if until else None


def may_write(user: User, school: School) -> bool:
    """Tell whether somebody may write an assessment of a school, or take its approval back."""
    return people.has_role(user, school, Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR)


def _read_draft(assessment: ImpactAssessment, read: str) -> ImpactAssessment:
    found = ImpactAssessment.objects.select_for_update(of=("self",)).select_related("school").get(id=assessment.id)
    if found.status != Status.DRAFT:
        raise Refused("not_draft")
    if digest(found) != read:
        raise Refused("changed")
    return found


def _record(what: str, assessment: ImpactAssessment, by: User, at: datetime, **body: object) -> None:
    told = {"assessment": str(assessment.id), **body}
    audit.record(f"assessment.{what}", school=assessment.school, subject=None, actor=by, at=at, **told)
