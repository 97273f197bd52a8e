"""The rule itself, as a table: what the facts amount to, without a database. The numbers are of the law's list."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from enrollment.causes import WORDS
from enrollment.consent import may_hold, may_process, state_of, status
from enrollment.facts import Answer, Facts, Parent
from enrollment.models import State
from enrollment.policies import load
from tests.enrollment.facts_of import (
    ANN,
    BACK,
    BEN,
    CARER,
    CHILD,
    DAY,
    NO,
    UK,
    YEAR,
    YES,
    Said,
    answer,
    facts,
    stop,
)
from tests.personas import AT

NEW = Parent(BEN, AT - DAY, None)
"""A parent who was named yesterday and has not been told."""
WAITING = Parent(BEN, AT - DAY, AT + 6 * DAY)
OLD_YES = answer(ANN, YES, AT - YEAR, version=1)

SPOKEN = stop("verbal_objection", guardian=BEN)
EXEMPT = frozenset({ANN})
NO_OF_GUARDIAN, NO_OF_CHILD, S = State.BLOCKED_BY_GUARDIAN, State.BLOCKED_BY_CHILD, State


def agreed(*answers: Said, **other: Any) -> Facts:
    """Return facts in which one parent agreed before anything else was said."""
    return facts((ANN, YES), *answers, **other)


def held(*answers: Said, **other: Any) -> Facts:
    """Return facts of a student whose parent agreed and who is enrolled."""
    return agreed(*answers, enrolled=True, **other)


def adult(*answers: Said, **other: Any) -> Facts:
    """Return facts of a student who is of age and agreed."""
    return facts((CHILD, YES), *answers, of_age_at=AT - YEAR, **other)


CASES: list[tuple[str, Facts, State, str]] = [
    ("3: silence is no consent", facts(), S.NOTIFIED, "no_yes"),
    ("3: a child's yes is not a family's", facts(parents=()), S.NONE, "no_yes"),
    ("5: one parent's yes is enough", facts((ANN, YES)), S.READY, ""),
    ("5: a no is a no", facts((ANN, NO)), NO_OF_GUARDIAN, "guardian_no"),
    ("8: a yes taken back is a no", agreed((ANN, BACK)), NO_OF_GUARDIAN, "guardian_no"),
    ("5: a yes after a no of one's own lifts it", facts((ANN, NO), (ANN, YES)), S.READY, ""),
    ("5: the other parent's no stops it", agreed((BEN, NO)), NO_OF_GUARDIAN, "guardian_no"),
    ("5: whoever spoke last", facts((BEN, NO), (ANN, YES)), NO_OF_GUARDIAN, "guardian_no"),
    ("5: and no second yes of the first lifts it", agreed((BEN, NO), (ANN, YES)), NO_OF_GUARDIAN, ""),
    ("5: only who said no lifts it", agreed((BEN, NO), (BEN, YES)), S.READY, ""),
    ("8: one parent's taking back stops both", agreed((BEN, YES), (ANN, BACK)), NO_OF_GUARDIAN, ""),
    ("2: a carer's yes is none", facts((CARER, YES)), S.NOTIFIED, "no_yes"),
    ("5: a carer's no stops it", agreed((CARER, NO)), NO_OF_GUARDIAN, "guardian_no"),
    ("5: a carer who lifts it consents to nothing", facts((CARER, NO), (CARER, YES)), S.NOTIFIED, "no_yes"),
    ("1: whoever left is not compared", held(leaves_at=AT), S.CLOSED, "left"),
    ("1: until the day of leaving", held(leaves_at=AT + DAY), S.ENROLLED, ""),
    ("2: nobody is told, nothing begins", facts(parents=(NEW,)), S.NONE, "no_yes"),
    ("2: a yes before the other is told waits", agreed(parents=(NEW,), exempted=EXEMPT), S.NONE, "not_told"),
    ("2: a yes inside the window waits", facts((BEN, YES), parents=(WAITING,)), S.NOTIFIED, "window"),
    ("2: an exempt parent need not be told", agreed(parents=(), exempted=EXEMPT), S.READY, ""),
    ("2: an exemption is no consent", facts(parents=(), exempted=EXEMPT), S.NOTIFIED, "no_yes"),
    ("2: an exempt parent's no is a no", facts((ANN, NO), parents=(), exempted=EXEMPT), NO_OF_GUARDIAN, ""),
    ("10: a new parent suspends", held(exempted=EXEMPT, parents=(NEW,)), S.SUSPENDED, "not_told"),
    ("10: until told and the window over", held(exempted=EXEMPT, parents=(WAITING,)), S.SUSPENDED, "window"),
    ("10: a new notice suspends", held(notice_version=2, notice_changed_at=AT - DAY), S.SUSPENDED, "notice_changed"),
    ("4: a yes to the notice before does not count", agreed(notice_version=2), S.NOTIFIED, "notice_changed"),
    ("4: one parent's yes to the new one does", agreed(answer(BEN, YES, version=2), notice_version=2), S.READY, ""),
    ("34: no assessment, no face", agreed(assessed_until=None), S.NOTIFIED, "no_assessment"),
    ("34: one that ran out suspends", held(assessed_until=AT), S.SUSPENDED, "assessment"),
    ("7: the child is asked too", agreed(assent=""), S.CONSENTED, "not_asked"),
    ("7: the child's yes runs out as anybody's", agreed(assent_ends_at=AT), S.CONSENTED, "not_asked"),
    ("6: the child's no stops it", held((BEN, YES), assent="no"), NO_OF_CHILD, "child_no"),
    ("6: whatever the age", adult(assent="no"), NO_OF_CHILD, "child_no"),
    ("6: by the own sign-in too", agreed((CHILD, NO)), NO_OF_CHILD, "child_no"),
    ("6: a parent's yes does not lift it", facts((CHILD, NO), (ANN, YES)), NO_OF_CHILD, "child_no"),
    ("6: the child's own does", facts((CHILD, NO), (ANN, YES), (CHILD, YES)), S.READY, ""),
    ("7: before the age the child's yes is not enough", facts((CHILD, YES)), S.NOTIFIED, "no_yes"),
    ("7: of age, the own yes is enough", adult(assent=""), S.READY, ""),
    ("7: of age, a parent's yes is none", agreed(of_age_at=AT - YEAR), S.EXPIRED, "of_age"),
    ("7: of age, a parent's no is none", adult((BEN, NO)), S.READY, ""),
    ("7: of age, a parent need not be told", adult(parents=(NEW,)), S.READY, ""),
    ("7: of age, what a parent only said is nothing", adult(stops=(SPOKEN,)), S.READY, ""),
    ("7: of age and silent", facts(of_age_at=AT - YEAR), S.NOTIFIED, "no_yes"),
    ("a verbal no suspends", held(stops=(SPOKEN,)), S.SUSPENDED, "verbal_objection"),
    ("from any state", facts(stops=(SPOKEN,)), S.SUSPENDED, "verbal_objection"),
    ("a waiting no on paper too", agreed(stops=(stop("no_on_paper", guardian=BEN),)), S.SUSPENDED, "no_on_paper"),
    ("a court query suspends", held(stops=(stop("court_query"),)), S.SUSPENDED, "court_query"),
    ("27: what nobody uses is locked", held(stops=(stop("unused"),)), S.SUSPENDED, "unused"),
    ("27: not before its time", held(stops=(stop("unused", since=AT + DAY),)), S.ENROLLED, ""),
    ("15: a yes runs out", facts(OLD_YES, enrolled=True), S.EXPIRED, "expired"),
    ("a new notice begins anew", facts(OLD_YES, notice_version=2, parents=(NEW,)), S.NONE, "no_yes"),
    ("a yes through a new address waits", facts(answer(ANN, YES, counts_from=AT + DAY)), S.NOTIFIED, "address_too_new"),
    ("through an unconfirmed address too", facts(answer(ANN, YES, counts_from=None)), S.NOTIFIED, "address_too_new"),
    ("it lifts nothing either", facts((ANN, NO), answer(ANN, YES, counts_from=None)), NO_OF_GUARDIAN, ""),
    ("a yes from before the change still stands", agreed(answer(ANN, YES, counts_from=None)), S.READY, ""),
    ("a no through it counts at once", agreed(answer(BEN, NO, counts_from=None)), NO_OF_GUARDIAN, ""),
    ("what rests on the gate ends with it", agreed(gate=False), S.NOTIFIED, "gate"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "state", "cause"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_table_of_cases(known: Facts, state: State, cause: str) -> None:
    """LAW 1-8, 10, 34."""
    found = state_of(known, UK, AT)
    assert found.state == state
    assert not cause or found.causes[0] == cause
    assert may_process(known, UK, AT) is (state in (State.READY, State.ENROLLED))
    assert may_hold(known, UK, AT) is ((state in (State.READY, State.ENROLLED, State.SUSPENDED) and known.enrolled)
                                       or state == State.READY)  # fmt: skip


def test_every_cause_that_the_table_names_has_words() -> None:
    assert {cause for case in CASES for cause in state_of(case[1], UK, AT).causes} <= WORDS.keys()


def test_a_pack_that_allows_no_biometrics_allows_nothing() -> None:
    """LAW 1. New York bans faces in schools, whoever agrees."""
    found = state_of(facts((ANN, YES), enrolled=True), load("us-ny"), AT)
    assert (found.state, found.hold, found.causes) == (State.NOT_OFFERED, False, ("not_offered",))


def test_several_causes_are_all_told() -> None:
    known = facts((ANN, YES), stops=(stop("court_query"),), assessed_until=AT, enrolled=True)
    assert state_of(known, UK, AT).causes == ("assessment", "court_query")


# ------------------------------------------------------------ when the clock changes something


@pytest.mark.parametrize(
    ("known", "ends_after"),
    [
        (facts(answer(ANN, YES, ends_at=AT + 3 * DAY), enrolled=True), 3),
        (facts((ANN, YES), leaves_at=AT + 2 * DAY, enrolled=True), 2),
        (facts((ANN, YES), of_age_at=AT + 5 * DAY, enrolled=True), 5),
        (facts((ANN, YES), assent_ends_at=AT + 4 * DAY, enrolled=True), 4),
        (facts(answer(ANN, YES, ends_at=AT + DAY), answer(BEN, YES, ends_at=AT + 7 * DAY), enrolled=True), 7),
    ],
    ids=["its own end", "leaving", "coming of age", "the child's yes", "the later of two"],
)
def test_what_is_agreed_ends_at_the_earliest_of_its_ends(known: Facts, ends_after: int) -> None:
    """LAW 7, 15."""
    found = status(known, UK, AT)
    assert found.ends_at == found.process_until == found.review_at == AT + ends_after * DAY


def test_comparing_ends_when_the_assessment_lapses_and_holding_thirty_days_later() -> None:
    """LAW 34."""
    found = status(facts((ANN, YES), assessed_until=AT + DAY, enrolled=True), UK, AT)
    assert (found.process_until, found.ends_at) == (AT + DAY, AT + DAY + UK.suspended)


def test_coming_of_age_does_not_end_what_the_student_agreed_to_ahead() -> None:
    """LAW 7."""
    known = facts((ANN, YES), (CHILD, YES), of_age_at=AT + DAY, enrolled=True)
    assert status(known, UK, AT).ends_at == known.answers[1].ends_at


@pytest.mark.parametrize("cause", ["verbal_objection", "court_query", "no_on_paper", "unused"])
def test_what_is_suspended_is_held_until_its_end_and_never_compared(cause: str) -> None:
    """LAW 25."""
    guardian = BEN if cause in ("verbal_objection", "no_on_paper") else None
    known = facts((ANN, YES), stops=(stop(cause, ends_at=AT + DAY, guardian=guardian),), enrolled=True)
    assert [may_hold(known, UK, moment) for moment in (AT, AT + DAY - timedelta(microseconds=1), AT + DAY)] == [
        True,
        True,
        False,
    ]
    assert not any(may_process(known, UK, AT + days * DAY) for days in range(12))


def test_what_was_never_held_is_not_held_for_being_suspended() -> None:
    known = facts((ANN, YES), stops=(stop("court_query"),))
    assert not state_of(known, UK, AT).hold


def test_the_window_s_end_is_when_a_yes_begins() -> None:
    """LAW 2."""
    known = facts((BEN, YES), parents=(WAITING,))
    assert status(known, UK, AT).review_at == WAITING.window_ends
    assert state_of(known, UK, AT + 6 * DAY).state == State.READY


# ------------------------------------------------------------ thousands of facts

moments = st.integers(-400, 400).map(lambda days: AT + days * DAY)
maybe = st.none() | moments
said = st.builds(
    Answer,
    guardian=st.sampled_from([ANN, BEN, CARER, CHILD]),
    kind=st.sampled_from([YES, YES, NO, BACK]),
    at=moments,
    counts_from=maybe,
    ends_at=moments,
    version=st.integers(0, 2),
)
anything = st.builds(
    Facts,
    answers=st.lists(said, max_size=4).map(tuple),
    parents=st.lists(st.builds(Parent, st.sampled_from([ANN, BEN]), moments, maybe), max_size=2).map(tuple),
    exempted=st.frozensets(st.sampled_from([ANN, BEN])),
    student=st.sampled_from([None, CHILD]),
    leaves_at=maybe,
    of_age_at=maybe,
    assent=st.sampled_from(["", "yes", "yes", "no"]),
    assent_ends_at=moments,
    stops=st.lists(
        st.builds(stop, st.sampled_from(["court_query", "unused"]), since=moments, ends_at=moments), max_size=1
    ).map(tuple),
    notice_version=st.integers(0, 2),
    notice_changed_at=moments,
    assessed_until=maybe,
    enrolled=st.booleans(),
    gate=st.booleans(),
)
in_order = st.builds(
    lambda known, said: replace(known, answers=(*known.answers, *said)),
    st.sampled_from([facts((ANN, YES)), facts((ANN, YES), enrolled=True), facts((CHILD, YES), of_age_at=AT)]),
    st.lists(said, max_size=2).map(tuple),
)


@hypothesis_settings(max_examples=2000, deadline=None)
@given(anything | in_order, moments)
def test_nothing_is_compared_unless_the_law_s_whole_list_holds(known: Facts, at: datetime) -> None:
    """LAW 1-8, 10, 34: the list of conditions once more, in other words than the rule's."""
    if not may_process(known, UK, at):
        return
    last = {
        one.guardian: one for one in known.answers if one.kind != YES or (one.counts_from and one.counts_from <= at)
    }
    adult = known.of_age_at is not None and known.of_age_at <= at
    may_say_yes = {known.student} if adult else {*known.exempted, *(one.guardian for one in known.parents)}
    consents = [
        one for who, one in last.items()
        if who in may_say_yes and one.kind == YES and one.version >= known.notice_version and one.ends_at > at
    ]  # fmt: skip
    assert known.gate
    assert known.leaves_at is None or at < known.leaves_at
    assert known.assessed_until is not None
    assert at < known.assessed_until
    assert adult or (known.assent == "yes" and known.assent_ends_at is not None and at < known.assent_ends_at)
    assert known.assent != "no"
    assert consents
    assert all(one.kind == YES for who, one in last.items() if not adult or who == known.student)
    assert adult or all(one.window_ends is not None and one.window_ends <= at for one in known.parents)
    assert not any(one.since <= at for one in known.stops)
    assert may_hold(known, UK, at)


@hypothesis_settings(max_examples=2000, deadline=None)
@given(anything | in_order, moments, st.integers(0, 900))
def test_the_moments_that_the_rule_tells_are_when_it_changes(known: Facts, at: datetime, hours: int) -> None:
    found, later = status(known, UK, at), at + timedelta(hours=hours)
    if found.review_at is None or later < found.review_at:
        then = state_of(known, UK, later)
        assert (then.state, then.hold) == (found.state, found.hold)
    if found.process and later >= at:
        assert found.process_until is None or later >= found.process_until or may_process(known, UK, later)
        assert found.process_until is None or not may_process(known, UK, found.process_until)
    assert not found.process or found.hold


@hypothesis_settings(max_examples=1000, deadline=None)
@given(anything | in_order, moments, st.sampled_from([ANN, BEN, CARER]), st.sampled_from([NO, BACK]))
def test_a_no_ends_it_whatever_else_is_known(known: Facts, at: datetime, who: int, what: str) -> None:
    """LAW 5, 8."""
    after = replace(known, answers=(*known.answers, answer(who, what, at, counts_from=None)))
    assert may_hold(after, UK, at) is (may_hold(known, UK, at) and known.of_age(at))
