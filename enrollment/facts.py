"""The facts that consent rests on, of one student and one purpose, as the rule in `enrollment.consent` looks at them.

Nothing here judges. Every moment is given in UTC; what is counted in school days is counted here, since only the
calendar can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from campus import calendar
from campus.models import Guardianship, Person, School
from enrollment import ages
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
    guardian: int | None = None
    """Who objected, in words that are no answer yet: it counts while that guardian's answer would."""


@dataclass(frozen=True)
class Facts:
    """Everything the rule looks at, for one student and one purpose."""

    answers: tuple[Answer, ...] = ()
    """In the order in which they were recorded."""
    parents: tuple[Parent, ...] = ()
    """Who holds parental responsibility now, but for those exempted from being told."""
    ended: tuple[Parent, ...] = ()
    """Who held it until lately, for as long as the others have to object to that."""
    exempted: frozenset[int] = frozenset()
    """Who holds parental responsibility now and need not be told."""
    student: int | None = None
    """The student's own sign-in."""
    former: frozenset[int] = frozenset()
    """Sign-ins that were the student's own: a No by one of them goes on counting."""
    leaves_at: datetime | None = None
    of_age_at: datetime | None = None
    """When the student answers alone: none while no date of birth is known."""
    assent: str = ""
    """The child's own last word."""
    assent_ends_at: datetime | None = None
    """When the child's Yes runs out, as anybody's does. A No never does."""
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

    def told(self, at: datetime) -> bool:
        """Tell whether everybody who must be told was; a student of age answers alone."""
        everybody = bool(self.guardians) and all(parent.window_ends is not None for parent in self.parents)
        return everybody or self.of_age(at)

    def last_answers(self, at: datetime) -> dict[int, Answer]:
        """Return what each guardian said last that counts: it stands until the same guardian gives another."""
        return {answer.guardian: answer for answer in self.answers if answer.counts(at)}

    def decides(self, who: int | None, at: datetime) -> bool:
        """Tell whether somebody's answer is asked for: the student's, once of age, and everybody else's before."""
        return (who == self.student) is self.of_age(at)

    def child_says_no(self, at: datetime) -> bool:
        """Tell whether the student said no, to the office or by the student's own sign-in, whatever the age."""
        own = [one for who, one in self.last_answers(at).items() if who == self.student or who in self.former]
        return self.assent == ChildAnswer.Kind.NO or any(one.kind != Kind.GIVEN for one in own)

    def assents(self, at: datetime) -> bool:
        """Tell whether the child's Yes stands, or none is asked for beside the student's own answer."""
        said_yes = self.assent == ChildAnswer.Kind.YES and self.assent_ends_at is not None
        return self.of_age(at) or (said_yes and self.assent_ends_at is not None and at < self.assent_ends_at)

    def standing_stops(self, at: datetime) -> list[Stop]:
        """Return the holds that stand, but for objections of those whose answer isn't asked for."""
        begun = [stop for stop in self.stops if stop.since <= at]
        return [stop for stop in begun if stop.guardian is None or self.decides(stop.guardian, at)]

    def moments(self, policy: Policy) -> Iterator[datetime]:
        """Yield the moments at which the clock alone may change what the facts amount to, in no order."""
        found: list[datetime | None] = [self.leaves_at, self.of_age_at, self.assessed_until, self.assent_ends_at]
        found += [moment for answer in self.answers for moment in (answer.counts_from, answer.ends_at)]
        found += [moment for stop in self.stops for moment in (stop.since, stop.ends_at)]
        for parent in (*self.parents, *self.ended):
            found += [parent.window_ends, parent.since + policy.suspended]
        found += [moment + policy.suspended for moment in (self.assessed_until, self.notice_changed_at) if moment]
        yield from (moment for moment in found if moment is not None)


def read(student: Person, policy: Policy, at: datetime) -> dict[str, Facts]:
    """Read the facts of one student from the database, for each purpose: in a dozen queries for both."""
    return _Reading(student, policy, at).facts()


class _Reading:
    """The rows about one student, read once, and what they say about each purpose."""

    def __init__(self, student: Person, policy: Policy, at: datetime) -> None:
        self.student, self.policy, self.at = student, policy, at
        self.school = student.school
        self.days = calendar.SchoolDays(self.school)
        about = {"student": student}
        bonds = list(Guardianship.objects.filter(**about).order_by("began_at"))
        self.bonds = [bond for bond in bonds if bond.ended_at is None]
        self.ended = [bond for bond in bonds if bond.ended_at is not None]
        self.events = list(ConsentEvent.objects.filter(**about).select_related("address", "notice").order_by("id"))
        self.told = list(Notification.objects.filter(**about).order_by("-at"))
        self.exemptions = list(Exemption.objects.filter(**about))
        self.holds = list(Hold.objects.filter(**about, status=Hold.Status.STANDING))
        self.papers = list(PaperAnswer.objects.filter(**about, status=PaperAnswer.Status.WAITING))
        self.references = list(Reference.objects.filter(**about))
        self.child = ChildAnswer.objects.filter(**about, purpose=Purpose.GATE_ACCESS).order_by("-id").first()
        material = Notice.objects.filter(school=self.school, material=True)
        latest = material.order_by("purpose", "-version", "published_at").distinct("purpose")
        self.notices = {notice.purpose: notice for notice in latest.defer("words", "child_body")}

    def facts(self) -> dict[str, Facts]:
        exempted = {one.guardian_id for one in self.exemptions if one.status == Exemption.Status.CONFIRMED}
        parents = [bond for bond in self.bonds if bond.capacity == Capacity.PARENT]
        own = [bond.guardian_id for bond in self.bonds if bond.capacity == Capacity.STUDENT]
        common = Facts(
            exempted=frozenset(bond.guardian_id for bond in parents if bond.guardian_id in exempted),
            student=own[0] if own else None,
            leaves_at=_leaves_at(self.student),
            former=frozenset(bond.guardian_id for bond in self.ended if bond.capacity == Capacity.STUDENT),
            of_age_at=ages.of_age_at(self.student),
            assent=self.child.kind if self.child else "",
            assent_ends_at=self._yes_ends_at(self.child.at) if self.child else None,
            assessed_until=_assessed_until(self.school, self.at),
            enrolled=bool(self.references),
        )
        told = [bond for bond in parents if bond.guardian_id not in exempted]
        return {str(purpose): self._about(common, str(purpose), told) for purpose in Purpose}

    def _about(self, common: Facts, purpose: str, parents: list[Guardianship]) -> Facts:
        notice = self.notices.get(purpose)
        return replace(
            common,
            answers=tuple(self._answer(event) for event in self.events if event.purpose == purpose),
            parents=tuple(self._parent(bond, notice) for bond in parents),
            ended=tuple(self._former_parents(notice)),
            stops=tuple(self._stops(purpose)),
            notice_version=notice.version if notice else 0,
            notice_changed_at=notice.published_at if notice else None,
        )

    def _answer(self, event: ConsentEvent) -> Answer:
        ends = [self._yes_ends_at(event.at)]
        if event.notice is not None and event.notice.sunset_at is not None:
            ends.append(event.notice.sunset_at)
        if event.purpose == Purpose.ATTENDANCE:  # It was asked only because the gate was agreed to.
            ends += [later.at for later in self.events if later.id > event.id and _ends_the_gate(later)]
        return Answer(
            guardian=event.guardian_id,
            kind=event.kind,
            at=event.at,
            counts_from=self._counts_from(event),
            ends_at=min(ends),
            version=event.notice.version if event.notice else 0,
        )

    def _counts_from(self, event: ConsentEvent) -> datetime | None:
        """Return from when an answer counts. A Yes through the web waits until its address is known for long enough.

        Nobody may add an address of their own and say yes through it the same day: the family has as long to notice
        as it has to object. Paper has no address, and counts by its two signatures.
        """
        if event.kind != Kind.GIVEN or event.method == ConsentEvent.Method.PAPER:
            return event.at
        if event.address is None or event.address.confirmed_at is None:
            return None
        return max(event.address.confirmed_at, self._after(event.address.bound_at, self.policy.objection_window_days))

    def _parent(self, bond: Guardianship, notice: Notice | None) -> Parent:
        if notice is None:
            return Parent(bond.guardian_id, bond.began_at, None)
        told = [
            one.at
            for one in self.told
            if (one.guardian_id, one.purpose) == (bond.guardian_id, notice.purpose) and one.version >= notice.version
        ]
        # Who was exempt is to be told from the day on which that ended.
        ended = [one.ended_at for one in self.exemptions if one.guardian_id == bond.guardian_id and one.ended_at]
        window_ends = self._after(min(told), self.policy.objection_window_days) if told else None
        return Parent(bond.guardian_id, max(bond.began_at, notice.published_at, *ended), window_ends)

    def _former_parents(self, notice: Notice | None) -> Iterator[Parent]:
        """Yield whose bond one of the office has ended: what they held up goes on after as long as a family has.

        Who joined by a sign-in they had already goes on under that one, from the very moment at which this ended.
        """
        exempted = {one.guardian_id for one in self.exemptions if one.status == Exemption.Status.CONFIRMED}
        standing = {bond.guardian_id for bond in self.bonds}
        handed_over = {bond.began_at for bond in self.bonds}
        for bond in self.ended:
            if bond.ended_at is None or bond.capacity != Capacity.PARENT or bond.ended_at in handed_over:
                continue
            if bond.guardian_id not in exempted | standing:
                parent, until = (
                    self._parent(bond, notice),
                    self._after(bond.ended_at, self.policy.objection_window_days),
                )
                yield replace(parent, window_ends=min(parent.window_ends or until, until))

    def _stops(self, purpose: str) -> Iterator[Stop]:
        policy = self.policy
        for hold in self.holds:
            verbal = hold.cause == Hold.Cause.VERBAL_OBJECTION
            until = self._after(hold.recorded_at, policy.verbal_objection_days) if verbal else None
            yield Stop(hold.cause, hold.recorded_at, until or hold.recorded_at + policy.suspended, hold.guardian_id)
        for paper in self.papers:
            if paper.purpose == purpose and paper.kind != Kind.GIVEN:
                until = paper.recorded_at + policy.suspended
                yield Stop("no_on_paper", paper.recorded_at, until, paper.guardian_id)
        for reference in self.references:
            used = reference.used_on or calendar.local_date(self.school, reference.enrolled_at)
            locked, ends = policy.unused_suspend_days, policy.unused_erase_days
            yield Stop("unused", self._days_after(used, locked), self._days_after(used, ends))

    def _after(self, at: datetime, days: int) -> datetime:
        """Return the moment at which so many whole school days have passed after another."""
        return self._days_after(calendar.local_date(self.school, at), days)

    def _days_after(self, day: date, days: int) -> datetime:
        return calendar.moment(self.school, self.days.after(day, days), time())

    def _yes_ends_at(self, at: datetime) -> datetime:
        """Return when a Yes of a moment runs out: after the pack's days, or when the school year ends if earlier."""
        day = calendar.local_date(self.school, at)
        last = date.fromisoformat(f"{day.year}-{self.policy.school_year_ends}")
        year_ends = (last if day <= last else last.replace(year=day.year + 1)) + timedelta(1)
        return min(at + self.policy.lasts, calendar.moment(self.school, year_ends, time()))


def _ends_the_gate(event: ConsentEvent) -> bool:
    return event.purpose == Purpose.GATE_ACCESS and event.kind != Kind.GIVEN


def _leaves_at(student: Person) -> datetime | None:
    if student.kind != Person.Kind.STUDENT:
        return datetime.min.replace(tzinfo=UTC)
    return None if student.left_on is None else calendar.moment(student.school, student.left_on, time())


def _assessed_until(school: School, at: datetime) -> datetime | None:
    """Return until when the assessment that was approved last is in date, or was."""
    approved = ImpactAssessment.objects.filter(school=school, approved_at__lte=at)
    last = approved.only("revoked_at", "valid_until").order_by("-approved_at").first()
    return (last.revoked_at or last.valid_until) if last else None
