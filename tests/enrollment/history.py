"""A family's history as it may happen: acts of parents, child, office and school in any order, and time that passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from hypothesis import strategies as st

from campus import people
from campus.models import Guardianship, Person, School, User
from enrollment import assent, attempts, consent, permits, policies, references, reviewing
from enrollment.consent import Status
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import (
    ChildAnswer,
    ConsentEvent,
    ConsentStanding,
    Exemption,
    Hold,
    Notice,
    Permit,
    Purpose,
    Reference,
)
from tests.drawn import pictures
from tests.enrollment.family_facts import DAY, decide, end_assessment, exempt, hold, new_address, publish
from tests.personas import World, approve_assessment, say_yes, tell

Kind = ConsentEvent.Kind
Step = tuple[str, tuple[object, ...]]
WHO = st.sampled_from(["ann", "ben", "own"])
PARENT = st.sampled_from(["ann", "ben"])
ACTS: dict[str, list[st.SearchStrategy[object]]] = {
    "say_yes": [WHO],
    "say_yes_again": [WHO],
    "say_no": [WHO],
    "withdraw": [WHO],
    "say_about_the_register": [PARENT, st.booleans()],
    "child_says": [st.sampled_from(["yes", "no"])],
    "object_aloud": [PARENT],
    "query": [],
    "settle": [st.sampled_from(["cleared", "cleared", "confirmed"])],
    "be_told": [PARENT],
    "exempt": [PARENT],
    "end_exemption": [],
    "approve": [st.integers(1, 366)],
    "revoke": [],
    "publish": [st.booleans()],
    "take_pack": [st.sampled_from(["uk", "uk", "hk", "eu", "us-ny", "nowhere"])],
    "leave": [st.integers(0, 40)],
    "come_back": [],
    "be_born": [st.integers(-30, 30), st.sampled_from([9, 18])],
    "lose": [PARENT],
    "change_address": [PARENT, st.booleans()],
    "enroll": [],
    "enroll_again": [],
    "wait": [st.sampled_from([1, 5, 24, 24 * 6, 24 * 7, 24 * 31, 24 * 200])],
}
STEPS = [st.tuples(st.just(name), st.tuples(*arguments)) for name, arguments in ACTS.items()]
HISTORIES: st.SearchStrategy[list[Step]] = st.lists(st.one_of(STEPS), min_size=1, max_size=6)


@dataclass
class History:
    """One student whose family may do anything; `happens` does a step and shows that nothing went wrong."""

    world: World
    student: Person
    at: datetime
    people: dict[str, User]
    said: dict[str, str] = field(default_factory=dict)
    """Who has said what about the gate last: kept here beside the product, to hold it against."""

    def happens(self, step: Step) -> None:
        """Do a step a minute later; show what holds before anybody swept, sweep, and show what holds then."""
        name, arguments = step
        self.at += timedelta(minutes=1)
        act: Callable[..., None] = getattr(self, name)
        act(*arguments)
        self.student = Person.objects.select_related("school").get(id=self.student.id)
        compared = permits.comparable(self.student.id, self.at) is not None
        reviewing.review(self.at)
        # The facts are what they were before anybody swept.
        gate = consent.status_of(self.student, Purpose.GATE_ACCESS, self.at)
        assert gate.process or not compared
        self.show_that_the_permit_is_the_rule(gate)

    def show_that_the_permit_is_the_rule(self, gate: Status) -> None:
        permit = Permit.objects.filter(student=self.student, live=True, expires_at__gt=self.at).first()
        allowed = Permit.objects.filter(permits.comparing(self.at), student=self.student).exists()
        held = Reference.objects.filter(student=self.student).exists()
        standing = ConsentStanding.objects.filter(student=self.student, purpose=Purpose.GATE_ACCESS).first()
        assert (permit is not None, allowed) == (gate.hold, gate.process)
        assert gate.hold or not held
        assert standing is None or standing.state == gate.state
        self.show_that_what_was_said_counts(held, gate.process)

    def show_that_what_was_said_counts(self, held: bool, compared: bool) -> None:
        asked = {"own"} if self._of_age() else {"ann", "ben"}
        words = {what for who, what in self.said.items() if who in asked}
        if "yes" not in words or "no" in words or self.said.get("own") == "no":
            assert not held, "silence is no consent, and a no is one"
            assert not compared

    # ---------------------------------------------------------- what may happen

    def say_yes(self, who: str) -> None:
        if people.is_guardian(self.people[who], self.student):
            notice = Notice.objects.filter(school=self.world.school, purpose=Purpose.GATE_ACCESS).latest("version")
            consent.give(student=self.student, guardian=self.people[who], notice=notice, at=self.at)
            # A Yes that doesn't count yet leaves a No where it was; that it stands is then the product's to show.
            self.said[who] = "yes"

    say_yes_again = say_yes

    def say_no(self, who: str) -> None:
        if people.is_guardian(self.people[who], self.student):
            consent.refuse(student=self.student, guardian=self.people[who], notice=None, at=self.at)
            self.said[who] = "no"

    def withdraw(self, who: str) -> None:
        if people.is_guardian(self.people[who], self.student):
            consent.withdraw(student=self.student, guardian=self.people[who], at=self.at)
            self.said[who] = "no"

    def say_about_the_register(self, who: str, yes: bool) -> None:
        about = Notice.objects.filter(school=self.world.school, purpose=Purpose.ATTENDANCE).first()
        if about is None or not people.is_guardian(self.people[who], self.student):
            return
        if yes:
            consent.give(student=self.student, guardian=self.people[who], notice=about, at=self.at)
        else:
            consent.withdraw(student=self.student, guardian=self.people[who], at=self.at, purpose=Purpose.ATTENDANCE)

    def child_says(self, what: str) -> None:
        if what == "yes":
            say_yes(self.student, operator=self.world.office, witness=self.world.teacher, at=self.at)
        else:
            assent.record(student=self.student, kind=ChildAnswer.Kind.NO, by=self.world.office, at=self.at)

    def object_aloud(self, who: str) -> None:
        if not self._holds().filter(guardian=self.people[who]).exists():
            hold(self.world, self.student, "verbal_objection", guardian=self.people[who], at=self.at)

    def query(self) -> None:
        if not self._holds().filter(cause="court_query").exists():
            hold(self.world, self.student, "court_query", at=self.at)

    def settle(self, how: str) -> None:
        found = self._holds().first()
        if found is None:
            return
        decide(found, how, by=self.world.teacher, at=self.at)
        if how == "confirmed" and found.guardian is not None:  # As the office does: it is the guardian's answer then.
            self.say_no(next(name for name, user in self.people.items() if user == found.guardian))

    def be_told(self, who: str) -> None:
        version = Notice.objects.filter(school=self.world.school, purpose=Purpose.GATE_ACCESS).latest("version").version
        if not self.people[who].notifications.filter(version=version, student=self.student).exists():
            tell(self.student, self.people[who], at=self.at, version=version)
            self._follow()

    def exempt(self, who: str) -> None:
        live = Exemption.objects.filter(student=self.student, status="confirmed", guardian=self.people[who])
        if not live.exists():
            exempt(self.world, self.student, self.people[who], second=self.world.teacher, at=self.at)

    def end_exemption(self) -> None:
        Exemption.objects.filter(student=self.student, status="confirmed").update(status="ended", ended_at=self.at)
        self._follow()

    def approve(self, days: int) -> None:
        approve_assessment(self.world.school, at=self.at)
        self.world.school.assessments.filter(approved_at=self.at).update(valid_until=self.at + days * DAY)
        reviewing.reconcile_school(school=self.world.school, at=self.at)

    def revoke(self) -> None:
        end_assessment(self.world, at=self.at)

    def publish(self, material: bool) -> None:
        last = Notice.objects.filter(school=self.world.school, purpose=Purpose.GATE_ACCESS).latest("version")
        publish(self.world, version=last.version + 1, at=self.at, material=material)

    def take_pack(self, name: str) -> None:
        School.objects.filter(id=self.world.school.id).update(policy_pack=name)

    def leave(self, days: int) -> None:
        Person.objects.filter(id=self.student.id).update(left_on=self.at.date() + days * DAY)
        self._follow()

    def come_back(self) -> None:
        Person.objects.filter(id=self.student.id).update(left_on=None)
        self._follow()

    def be_born(self, days: int, years: int) -> None:
        born_on = (self.at.date() + days * DAY).replace(day=15)
        Person.objects.filter(id=self.student.id).update(born_on=born_on.replace(year=born_on.year - years))
        self._follow()

    def lose(self, who: str) -> None:
        Guardianship.objects.filter(student=self.student, guardian=self.people[who]).update(ended_at=self.at)
        self._follow()

    def change_address(self, who: str, confirmed: bool) -> None:
        new_address(self.people[who], at=self.at, confirmed=confirmed)

    def enroll(self) -> None:
        attempt = attempts.begin(student=self.student, operator=self.world.office, at=self.at)
        allowed = consent.status_of(self.student, Purpose.GATE_ACCESS, self.at).process
        why_not = references.enroll(attempt=attempt, images=pictures(), engine=DrawnEngine(), at=self.at)
        without_card = "card_again" if policies.of(self.student.school).card_bound else ""
        assert why_not == (without_card if allowed else "no_consent")

    enroll_again = enroll

    def wait(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    # ---------------------------------------------------------- about it

    def _follow(self) -> None:
        """Do what whoever writes a fact does in the same transaction."""
        consent.reconcile(student=self.student, at=self.at)

    def _holds(self) -> QuerySet[Hold]:
        return Hold.objects.filter(student=self.student, status=Hold.Status.STANDING)

    def _of_age(self) -> bool:
        born: date | None = self.student.born_on
        return born is not None and born.replace(year=born.year + 18) <= self.at.date()
