"""The facts that consent rests on, of one student and one purpose, as the rule in `enrollment.consent` looks at them.

Nothing here judges. Every moment is given in UTC; what is counted in school days is counted here, since only the
calendar can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Max

from campus import calendar, people
from campus.models import Guardianship, Person, SignInAddress
from enrollment.models import (
    ChildAnswer,
    ConsentEvent,
    Exemption,
    Hold,
    ImpactAssessment,
    Notice,
    Notification,
    PaperAnswer,
    Purpose,
    Reference,
)
from enrollment.policies import Policy

Kind = ConsentEvent.Kind
Capacity = Guardianship.Capacity


@dataclass(frozen=True)
class Answer:
    """One guardian's answer at one moment."""

    guardian: int
    kind: str
    at: datetime
    counts_from: datetime | None
    """From when a Yes counts: none while nobody has confirmed the address that it came through. A No counts at once."""
    ends_at: datetime
    """When a Yes runs out: the earliest of the pack's months, the school year's end and the notice's own."""
    version: int = 0
    """Of the notice that it answers."""

    def counts(self, at: datetime) -> bool:
        return self.kind != Kind.GIVEN or (self.counts_from is not None and self.counts_from <= at)


@dataclass(frozen=True)
class Parent:
    """Somebody with parental responsibility: told about the notice in force, with time to object."""

    guardian: int
    since: datetime
    """When there was something to tell: the guardian was named, or the notice changed."""
    window_ends: datetime | None
    """When the time to object is over: none for somebody who wasn't told yet."""


@dataclass(frozen=True)
class Stop:
    """Something that suspends: since when, and when what is held is destroyed over it."""

    cause: str
    since: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Facts:
    """Everything the rule looks at, for one student and one purpose."""

    answers: tuple[Answer, ...] = ()
    """In the order in which they were recorded."""
    parents: tuple[Parent, ...] = ()
    """Who holds parental responsibility now, but for those exempted from being told."""
    exempted: frozenset[int] = frozenset()
    """Who holds parental responsibility now and need not be told."""
    student: int | None = None
    """The student's own sign-in."""
    leaves_at: datetime | None = None
    of_age_at: datetime | None = None
    """When the student answers alone: none while no date of birth is known."""
    assent: str = ""
    """The child's own last word."""
    stops: tuple[Stop, ...] = ()
    """Holds that stand, and what nobody has used for long."""
    notice_version: int = 0
    """Answers to an earlier version don't count any more."""
    notice_changed_at: datetime | None = None
    assessed_until: datetime | None = None
    """Until when an approved impact assessment is in date: none where there never was one."""
    enrolled: bool = False
    gate: bool = True
    """For a purpose that rests on the gate's: whether that one is in force."""

    @property
    def guardians(self) -> frozenset[int]:
        """Users who hold parental responsibility now."""
        return self.exempted | {parent.guardian for parent in self.parents}

    def on_roll(self, at: datetime) -> bool:
        return self.leaves_at is None or at < self.leaves_at

    def of_age(self, at: datetime) -> bool:
        return self.of_age_at is not None and self.of_age_at <= at

    def last_answers(self, at: datetime) -> dict[int, Answer]:
        """Return what each guardian said last that counts: it stands until the same guardian gives another."""
        return {answer.guardian: answer for answer in self.answers if answer.counts(at)}

    def moments(self, policy: Policy) -> Iterator[datetime]:
        """Yield the moments at which the clock alone may change what the facts amount to, in no order."""
        found: list[datetime | None] = [self.leaves_at, self.of_age_at, self.assessed_until]
        found += [moment for answer in self.answers for moment in (answer.counts_from, answer.ends_at)]
        found += [moment for stop in self.stops for moment in (stop.since, stop.ends_at)]
        for parent in self.parents:
            found += [parent.window_ends, parent.since + policy.suspended]
        found += [moment + policy.suspended for moment in (self.assessed_until, self.notice_changed_at) if moment]
        yield from (moment for moment in found if moment is not None)


def read(student: Person, policy: Policy, at: datetime, purpose: str = Purpose.GATE_ACCESS) -> Facts:
    """Read the facts of one student and one purpose from the database."""
    notice = _material(student, purpose)
    bonds = list(Guardianship.objects.filter(student=student, ended_at__isnull=True))
    exempted = _exempted(student)
    parents = [bond for bond in bonds if bond.capacity == Capacity.PARENT]
    own = [bond.guardian_id for bond in bonds if bond.capacity == Capacity.STUDENT]
    return Facts(
        answers=tuple(_answers(student, policy, purpose)),
        parents=tuple(_told(student, bond, notice, policy) for bond in parents if bond.guardian_id not in exempted),
        exempted=frozenset(bond.guardian_id for bond in parents if bond.guardian_id in exempted),
        student=own[0] if own else None,
        leaves_at=_leaves_at(student),
        of_age_at=_of_age_at(student, policy),
        assent=_last_word(student),
        stops=(*_holds(student, policy, purpose), *_unused(student, policy)),
        notice_version=notice.version if notice else 0,
        notice_changed_at=notice.published_at if notice else None,
        assessed_until=_assessed_until(student, at),
        enrolled=Reference.objects.filter(student=student).exists(),
    )


def counts_from(address: SignInAddress | None, student: Person, policy: Policy) -> datetime | None:
    """Return from when a Yes through an address counts: paper has none, and counts by its two signatures.

    Nobody may add an address of their own and say yes through it the same day: the family has as long to notice
    as it has to object.
    """
    if address is None:
        return datetime.min.replace(tzinfo=UTC)
    if address.confirmed_at is None:
        return None
    return max(address.confirmed_at, window_after(student, address.bound_at, policy))


def window_after(student: Person, at: datetime, policy: Policy) -> datetime:
    """Return when the school days are over in which somebody may object to what happened at a moment."""
    return _after(student, at, policy.objection_window_days)


def _after(student: Person, at: datetime, days: int) -> datetime:
    return _days_after(student, calendar.local_date(student.school, at), days)


def _days_after(student: Person, day: date, days: int) -> datetime:
    return calendar.moment(student.school, calendar.school_days_after(student.school, day, days), time())


def _answers(student: Person, policy: Policy, purpose: str) -> Iterator[Answer]:
    events = ConsentEvent.objects.filter(student=student, purpose=purpose).select_related("address", "notice")
    for event in events.order_by("id"):
        yield Answer(
            guardian=event.guardian_id,
            kind=event.kind,
            at=event.at,
            counts_from=counts_from(event.address, student, policy) if event.kind == Kind.GIVEN else event.at,
            ends_at=_ends_at(event, student, policy),
            version=event.notice.version if event.notice else 0,
        )


def _ends_at(event: ConsentEvent, student: Person, policy: Policy) -> datetime:
    school = student.school
    ends = [event.at + policy.lasts, calendar.moment(school, _year_ends(student, event.at, policy), time())]
    if event.notice is not None and event.notice.sunset_at is not None:
        ends.append(event.notice.sunset_at)
    return min(ends)


def _year_ends(student: Person, at: datetime, policy: Policy) -> date:
    """Return the first local date after the school year in which a moment lies."""
    day = calendar.local_date(student.school, at)
    last = date.fromisoformat(f"{day.year}-{policy.school_year_ends}")
    return (last if day <= last else last.replace(year=day.year + 1)) + timedelta(1)


def _material(student: Person, purpose: str) -> Notice | None:
    """Return the latest notice that an earlier answer doesn't answer."""
    published = Notice.objects.filter(school=student.school, purpose=purpose, material=True)
    return published.order_by("-version", "published_at").first()


def _told(student: Person, bond: Guardianship, notice: Notice | None, policy: Policy) -> Parent:
    if notice is None:
        return Parent(bond.guardian_id, bond.began_at, None)
    told = Notification.objects.filter(student=student, guardian=bond.guardian_id, purpose=notice.purpose)
    first = told.filter(version__gte=notice.version).order_by("at").first()
    since = max(bond.began_at, notice.published_at, _exempted_until(student, bond.guardian_id))
    return Parent(bond.guardian_id, since, window_after(student, first.at, policy) if first else None)


def _exempted(student: Person) -> set[int]:
    said = Exemption.objects.filter(student=student, status=Exemption.Status.CONFIRMED)
    return set(said.values_list("guardian_id", flat=True))


def _exempted_until(student: Person, guardian: int) -> datetime:
    """Return when a guardian was last said to be exempt no more: from then on there is something to tell."""
    ended = Exemption.objects.filter(student=student, guardian=guardian, ended_at__isnull=False)
    return ended.aggregate(last=Max("ended_at"))["last"] or datetime.min.replace(tzinfo=UTC)


def _leaves_at(student: Person) -> datetime | None:
    if student.kind != Person.Kind.STUDENT:
        return datetime.min.replace(tzinfo=UTC)
    return None if student.left_on is None else calendar.moment(student.school, student.left_on, time())


def _of_age_at(student: Person, policy: Policy) -> datetime | None:
    if student.born_on is None:
        return None
    return calendar.moment(student.school, people.birthday(student.born_on, policy.self_consent_age), time())


def _last_word(student: Person) -> str:
    last = ChildAnswer.objects.filter(student=student, purpose=Purpose.GATE_ACCESS).order_by("-id").first()
    return last.kind if last else ""


def _holds(student: Person, policy: Policy, purpose: str) -> Iterator[Stop]:
    for hold in Hold.objects.filter(student=student, status=Hold.Status.STANDING):
        verbal = hold.cause == Hold.Cause.VERBAL_OBJECTION
        until = _after(student, hold.recorded_at, policy.verbal_objection_days) if verbal else None
        yield Stop(hold.cause, hold.recorded_at, until or hold.recorded_at + policy.suspended)
    waiting = PaperAnswer.objects.filter(student=student, purpose=purpose, status=PaperAnswer.Status.WAITING)
    for paper in waiting.exclude(kind=Kind.GIVEN):
        yield Stop("no_on_paper", paper.recorded_at, paper.recorded_at + policy.suspended)


def _unused(student: Person, policy: Policy) -> Iterator[Stop]:
    for reference in Reference.objects.filter(student=student):
        used = reference.used_on or calendar.local_date(student.school, reference.enrolled_at)
        yield Stop(
            "unused",
            _days_after(student, used, policy.unused_suspend_days),
            _days_after(student, used, policy.unused_erase_days),
        )


def _assessed_until(student: Person, at: datetime) -> datetime | None:
    """Return until when the assessment that was approved last is in date, or was."""
    approved = ImpactAssessment.objects.filter(school=student.school, approved_at__lte=at)
    last = approved.order_by("-approved_at").first()
    return (last.revoked_at or last.valid_until) if last else None
