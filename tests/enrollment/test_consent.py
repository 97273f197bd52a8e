"""What a family's answers amount to: the rule as a table, and the permit that is held equal to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campus import calendar, people
from campus.models import AuditEvent, Guardianship, Outbox, Person, User
from enrollment import consent, erasure, notices, permits, tasks
from enrollment.consent import Answer, Facts, Kind, Policy, may_hold, may_process
from enrollment.models import ConsentEvent, Notice, Permit, Reference, ReferenceCiphertext
from tests import noticing
from tests.drawn import enroll
from tests.personas import AT, World, make_school

DAY = timedelta(days=1)
YEAR = timedelta(days=365)
ANN, BEN = 1, 2
YES, NO, BACK = Kind.GIVEN, Kind.REFUSED, Kind.WITHDRAWN


def facts(*answers: tuple[int, str], guardians: tuple[int, ...] = (ANN, BEN), on_roll: bool = True) -> Facts:
    """Return the facts after answers that were given a minute after each other."""
    given_at = (AT + timedelta(minutes=number) for number in range(len(answers)))
    said = tuple(Answer(who, what, at) for (who, what), at in zip(answers, given_at, strict=True))
    return Facts(said, frozenset(guardians), on_roll)


# ------------------------------------------------------------ the rule

CASES = [
    ("silence is no consent", facts(), False),
    ("one guardian's yes is enough", facts((ANN, YES)), True),
    ("a no is a no", facts((ANN, NO)), False),
    ("a yes taken back is a no", facts((ANN, YES), (ANN, BACK)), False),
    ("a yes after a no is a yes", facts((ANN, NO), (ANN, YES)), True),
    ("a yes after one was taken back is a yes", facts((ANN, YES), (ANN, BACK), (ANN, YES)), True),
    ("the other guardian's no stops it", facts((ANN, YES), (BEN, NO)), False),
    ("it stops it whoever spoke last", facts((BEN, NO), (ANN, YES)), False),
    ("a second yes of the first guardian does not lift it", facts((ANN, YES), (BEN, NO), (ANN, YES)), False),
    ("only who said no lifts it", facts((ANN, YES), (BEN, NO), (BEN, YES)), True),
    ("what one guardian takes back stops it for both", facts((ANN, YES), (BEN, YES), (ANN, BACK)), False),
    ("a yes of somebody without responsibility is none", facts((ANN, YES), guardians=(BEN,)), False),
    ("a no of somebody without responsibility stops it", facts((ANN, YES), (BEN, NO), guardians=(ANN,)), False),
    ("whoever left the school is not compared", facts((ANN, YES), on_roll=False), False),
]


@pytest.mark.parametrize(("case", "allowed"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_table_of_cases(case: Facts, allowed: bool) -> None:
    at = AT + DAY
    assert may_hold(case, Policy(), at) is allowed
    assert may_process(case, Policy(), at) is allowed


@pytest.mark.parametrize(("after", "allowed"), [(timedelta(0), True), (YEAR - DAY, True), (YEAR, False)])
def test_a_yes_lasts_a_year(after: timedelta, allowed: bool) -> None:
    assert may_hold(facts((ANN, YES)), Policy(), AT + after) is allowed


def test_the_latest_yes_of_two_counts_for_how_long() -> None:
    two = facts((ANN, YES), (BEN, YES))
    assert consent.expires_at(two, Policy()) == AT + timedelta(minutes=1) + YEAR


def test_a_no_on_paper_that_waits_stops_comparing_and_destroys_nothing() -> None:
    waits = replace(facts((ANN, YES)), no_on_paper=True)
    assert may_hold(waits, Policy(), AT)
    assert not may_process(waits, Policy(), AT)


def test_a_policy_that_allows_no_biometrics_allows_nothing() -> None:
    assert not may_hold(facts((ANN, YES)), Policy(biometrics_allowed=False), AT + DAY)


histories = st.lists(st.tuples(st.sampled_from([ANN, BEN, 3]), st.sampled_from(list(Kind))), max_size=8)


@given(histories, st.sets(st.sampled_from([ANN, BEN, 3])), st.booleans(), st.integers(0, 800))
def test_nothing_is_allowed_without_a_standing_yes_of_a_guardian_and_against_anybody_s_no(
    history: list[tuple[int, str]], guardians: set[int], on_roll: bool, days: int
) -> None:
    case, at = facts(*history, guardians=tuple(guardians), on_roll=on_roll), AT + days * DAY
    last = dict(history)
    yes = {who for who, what in last.items() if what == YES}
    if may_hold(case, Policy(), at):
        assert yes & guardians
        assert set(last) == yes
        assert on_roll
        assert days <= 365
    assert not may_process(case, Policy(), at) or may_hold(case, Policy(), at)


# ------------------------------------------------------------ who may answer


def permit_of(student: Person, at: datetime) -> Permit | None:
    """Return the permit that allows to compare at a moment, as a gate asks for it."""
    return Permit.objects.filter(student=student, live=True, compare=True, expires_at__gt=at).first()


def other_parent(world: World, *, responsible: bool = True) -> User:
    """Name a second guardian of the willing pupil."""
    user = User.objects.create_user("other@families.example")
    bond = people.name_guardian(student=world.willing.person, guardian=user, at=world.at)
    Guardianship.objects.filter(id=bond.id).update(capacity="parent" if responsible else "carer")
    return user


def test_silence_makes_no_permit(world: World) -> None:
    assert consent.reconcile(student=world.unanswered.person, at=world.at) is None
    assert not Permit.objects.filter(student=world.unanswered.person).exists()


@pytest.mark.parametrize("who", ["office", "teacher", "staff"])
def test_nobody_at_the_school_answers_for_a_family(world: World, who: str) -> None:
    student, user = world.unanswered.person, getattr(world, who)
    with pytest.raises(consent.NotAGuardian):
        consent.give(student=student, guardian=user, notice=world.notice, at=world.at)
    with pytest.raises(consent.NotAGuardian):
        consent.refuse(student=student, guardian=user, notice=world.notice, at=world.at)
    with pytest.raises(consent.NotAGuardian):
        consent.withdraw(student=student, guardian=user, at=world.at)
    assert not ConsentEvent.objects.filter(student=student).exists()


def test_another_family_s_parent_is_a_stranger(world: World) -> None:
    with pytest.raises(consent.NotAGuardian):
        consent.withdraw(student=world.willing.person, guardian=world.refusing.parent, at=world.at)
    assert permit_of(world.willing.person, world.at)


def test_a_guardian_of_the_past_is_a_stranger(world: World) -> None:
    Guardianship.objects.filter(student=world.willing.person).update(ended_at=world.at)
    with pytest.raises(consent.NotAGuardian):
        consent.give(student=world.willing.person, guardian=world.willing.parent, notice=world.notice, at=world.at)


def test_the_yes_of_a_guardian_of_the_past_counts_no_more(world: World) -> None:
    Guardianship.objects.filter(student=world.willing.person).update(ended_at=world.at)
    assert consent.reconcile(student=world.willing.person, at=world.at) is None


def test_somebody_with_care_and_no_responsibility_can_stop_it_and_can_t_allow_it(world: World) -> None:
    carer, student = other_parent(world, responsible=False), world.willing.person
    consent.refuse(student=student, guardian=carer, notice=None, at=world.at)
    assert permit_of(student, world.at) is None
    consent.withdraw(student=student, guardian=world.willing.parent, at=world.at)
    consent.give(student=student, guardian=carer, notice=world.notice, at=world.at)
    assert permit_of(student, world.at) is None


def test_the_other_guardian_s_no_stops_it_and_only_they_lift_it(world: World) -> None:
    other, student = other_parent(world), world.willing.person
    consent.refuse(student=student, guardian=other, notice=world.notice, at=world.at)
    assert permit_of(student, world.at) is None
    consent.give(student=student, guardian=world.willing.parent, notice=world.notice, at=world.at)
    assert permit_of(student, world.at) is None
    consent.give(student=student, guardian=other, notice=world.notice, at=world.at)
    assert permit_of(student, world.at)


def test_a_yes_names_a_notice_of_the_child_s_own_school(world: World) -> None:
    other = make_school(name="Lowland")
    with pytest.raises(consent.NoNotice):
        consent.give(
            student=world.unanswered.person, guardian=world.unanswered.parent, notice=other.notice, at=world.at
        )


def test_an_answer_is_on_record_with_who_gave_it_to_which_notice(world: World) -> None:
    pupil = world.unanswered
    consent.give(student=pupil.person, guardian=pupil.parent, notice=world.notice, at=world.at)
    event = ConsentEvent.objects.get(student=pupil.person)
    assert (event.kind, event.guardian, event.notice, event.at) == ("given", pupil.parent, world.notice, world.at)
    kinds = AuditEvent.objects.filter(subject=pupil.person.id, at=world.at).values_list("kind", "actor")
    assert set(kinds) == {("consent.given", pupil.parent.id), ("permit.began", None)}


def test_a_notice_is_published_in_versions_and_the_last_one_is_read(world: World) -> None:
    first = world.notice.body
    second = noticing.changed(world.school, world.at, by=world.office, purpose="New.")
    assert (second.version, notices.current(world.school)) == (2, second)
    assert Notice.objects.get(version=1, language="en").body == first
    assert notices.current(world.school, "cy") is None


# ------------------------------------------------------------ what withdrawing does


def test_a_withdrawal_destroys_the_reference_in_the_transaction_that_records_it(world: World) -> None:
    reference = enroll(world.willing.person, operator=world.office, at=world.at)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
    assert not Reference.objects.exists()
    assert not ReferenceCiphertext.objects.exists()
    assert permit_of(world.willing.person, world.at) is None
    owed = Outbox.objects.get(topic=erasure.DESTROY_KEY)
    assert (owed.subject, owed.status) == (reference.id, "owed")
    kinds = set(AuditEvent.objects.filter(subject=world.willing.person.id, at=world.at).values_list("kind", flat=True))
    assert {"consent.withdrawn", "permit.ended", "reference.destroyed"} <= kinds


def test_a_withdrawal_that_is_rolled_back_destroys_nothing(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    with transaction.atomic():
        consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
        transaction.set_rollback(True)
    assert Reference.objects.exists()
    assert ReferenceCiphertext.objects.exists()
    assert permit_of(world.willing.person, world.at)
    assert not Outbox.objects.filter(topic=erasure.DESTROY_KEY).exists()


def test_withdrawing_twice_changes_nothing_more(world: World) -> None:
    for minute in range(2):
        at = world.at + timedelta(minutes=minute)
        consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=at)
    ended = AuditEvent.objects.filter(kind="permit.ended", subject=world.willing.person.id)
    assert ended.count() == 1


def test_a_yes_after_a_withdrawal_is_a_new_permit_and_brings_nothing_back(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    old = permit_of(world.willing.person, world.at)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
    consent.give(student=world.willing.person, guardian=world.willing.parent, notice=world.notice, at=world.at)
    new = permit_of(world.willing.person, world.at)
    assert new is not None
    assert new != old
    assert not Reference.objects.exists()


# ------------------------------------------------------------ what ends by itself


def test_the_sweep_ends_what_has_run_out_and_destroys_its_reference(world: World, frozen: object) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    expires = Permit.objects.get(student=world.willing.person, live=True).expires_at
    sweep(expires - timedelta(seconds=1))
    assert Reference.objects.exists()
    sweep(expires)
    assert not Reference.objects.exists()
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()


@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_sweep_ends_the_permit_of_whoever_left_on_the_school_s_own_date(db: None, timezone: str) -> None:
    world = make_school(timezone=timezone)
    enroll(world.willing.person, operator=world.office, at=world.at)
    leaving = calendar.local_date(world.school, world.at) + DAY
    Person.objects.filter(id=world.willing.person.id).update(left_on=leaving)
    midnight = calendar.moment(world.school, leaving, datetime.min.time())
    sweep(midnight - timedelta(seconds=1))
    assert Reference.objects.exists()
    sweep(midnight)
    assert not Reference.objects.exists()
    assert permit_of(world.willing.person, midnight) is None


def sweep(at: datetime) -> None:
    """Do what the desk does every minute, at a moment."""
    for student in consent.expired_students(at):
        consent.reconcile(student=student, at=at)


def test_the_desk_sweeps(world: World, frozen: object) -> None:
    Permit.objects.filter(student=world.willing.person, live=True).update(expires_at=world.at)
    assert [student.id for student in consent.expired_students(world.at)] == [world.willing.person.id]
    tasks.end_expired()
    assert Permit.objects.get(student=world.willing.person, live=True).expires_at > world.at


def test_a_newer_yes_makes_the_permit_last_longer(world: World) -> None:
    student, at = world.willing.person, world.at + 100 * DAY
    consent.give(student=student, guardian=world.willing.parent, notice=world.notice, at=at)
    assert Permit.objects.get(student=student, live=True).expires_at == at + YEAR


# ------------------------------------------------------------ the permit is the rule

steps = st.one_of(
    st.tuples(st.sampled_from(["give", "refuse", "withdraw"]), st.sampled_from(["one", "other"])),
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("leave"), st.integers(0, 300)),
    st.tuples(st.just("lose"), st.sampled_from(["one", "other"])),
)


@hypothesis_settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=st.lists(steps, min_size=1, max_size=7))
def test_the_permit_equals_the_rule_after_any_history(world: World, history: list[tuple[str, str | int]]) -> None:
    with transaction.atomic():
        student, at = Person.objects.get(id=world.unanswered.person.id), world.at
        other = User.objects.create_user("other@families.example")
        people.name_guardian(student=student, guardian=other, at=at)
        guardians = {"one": world.unanswered.parent, "other": other}
        for act, what in history:
            at = _step(world, student, guardians, act, what, at)
            _assert_equal(student, at)
        transaction.set_rollback(True)


def _step(
    world: World, student: Person, guardians: dict[str, User], act: str, what: str | int, at: datetime
) -> datetime:
    """Do one thing, let a minute pass, and let the desk sweep."""
    if isinstance(what, int):
        if act == "leave":
            Person.objects.filter(id=student.id).update(left_on=at.date() + what * DAY)
            student.refresh_from_db()
        at += what * DAY
    elif act == "lose":
        Guardianship.objects.filter(student=student, guardian=guardians[what]).update(ended_at=at)
        consent.reconcile(student=student, at=at)
    else:
        notice = {} if act == "withdraw" else {"notice": world.notice}
        if people.is_guardian(guardians[what], student):
            getattr(consent, act)(student=student, guardian=guardians[what], at=at, **notice)
    at += timedelta(minutes=1)
    sweep(at)
    return at


def _assert_equal(student: Person, at: datetime) -> None:
    known, policy = consent.facts_of(student, at), consent.policy_of(student)
    assert Permit.objects.filter(student=student, live=True).exists() == may_hold(known, policy, at)
    assert (permit_of(student, at) is not None) == may_process(known, policy, at)
    assert permits.comparable(student.id, at) is None  # There never was a reference.


def test_the_clock_alone_ends_what_a_gate_may_compare_before_any_sweep(world: World) -> None:
    reference = enroll(world.willing.person, operator=world.office, at=world.at)
    expires = Permit.objects.get(student=world.willing.person, live=True).expires_at
    assert permits.comparable(world.willing.person.id, expires - timedelta(microseconds=1)) == reference
    assert permits.comparable(world.willing.person.id, expires) is None
    assert permits.comparable(world.willing.person.id, datetime(2100, 1, 1, tzinfo=UTC)) is None
