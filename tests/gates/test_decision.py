"""The table of the gate's rules, and the promises that hold for every line that is not in it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.faces.refusal import Refusal
from enrollment.search import Search
from gates import messages
from gates.decision import (
    FAILURES_A_DAY,
    FAILURES_BEFORE_PAUSE,
    PAUSE_SECONDS,
    TRIES_A_VISIT,
    WORTH_ANOTHER_LOOK,
    Card,
    CardAlone,
    Claim,
    Decision,
    Facts,
    Outcome,
    Reason,
    Trouble,
    decide,
)
from tests.gates.test_decision_without_a_card import CASES as WITHOUT_A_CARD

CARD: dict[str, Any] = {"card": Card.VALID}
CONSENTED = CARD | {"may_compare": True}
PICTURES = CONSENTED | {"claim": Claim.GOOD, "tries": 1, "threshold": 0.45}
MATCH = PICTURES | {"distance": 0.3}
NO_MATCH = PICTURES | {"distance": 0.6}
PAUSED = {"failures_in_a_row": FAILURES_BEFORE_PAUSE, "failures_today": FAILURES_BEFORE_PAUSE}

GRANTED, DENIED, RETRY, LOOK = Outcome.GRANTED, Outcome.DENIED, Outcome.RETRY, Outcome.LOOK
USE_CARD, DESK = Outcome.USE_CARD, Outcome.DESK

CASES: list[tuple[str, dict[str, Any], Decision]] = [
    ("a consented student's card is asked to look", CONSENTED, Decision(LOOK, Reason.CONSENTED, another_look=True)),
    ("the right face passes", MATCH, Decision(GRANTED, Reason.MATCH)),
    ("a distance of exactly the threshold is a match", MATCH | {"distance": 0.45}, Decision(GRANTED, Reason.MATCH)),
    ("another face may try again", NO_MATCH, Decision(DENIED, Reason.NO_MATCH, another_look=True)),
    ("the third wrong face is the last", NO_MATCH | {"tries": 3}, Decision(DENIED, Reason.NO_MATCH)),
    ("the third right face passes", MATCH | {"tries": 3}, Decision(GRANTED, Reason.MATCH)),
    ("a fourth picture of a visit is not compared", MATCH | {"tries": 4}, Decision(USE_CARD, Reason.TRIES_SPENT)),
    ("after three tries nobody looks again", CONSENTED | {"tries": 3}, Decision(USE_CARD, Reason.TRIES_SPENT)),
    (
        "the fifth failure in a row is not followed by another look",
        NO_MATCH | {"failures_in_a_row": 4, "seconds_since_failure": 1.0},
        Decision(DENIED, Reason.NO_MATCH),
    ),
    (
        "the fiftieth failure of a day is not followed by another look",
        NO_MATCH | {"failures_today": 49},
        Decision(DENIED, Reason.NO_MATCH),
    ),
    (
        "whoever was told to use the card opens with it",
        CONSENTED | {"told_to_use_card": True, "tries": 3, "no_match_lately": True},
        Decision(GRANTED, Reason.CARD_AFTER_NO_MATCH),
    ),
    (
        "whoever was told to use the card does not open with it where a card needs a PIN",
        CONSENTED | {"told_to_use_card": True, "card_alone": CardAlone.PIN},
        Decision(DESK, Reason.PIN_NEEDED),
    ),
    (
        "pictures that were asked for before are still compared",
        MATCH | {"told_to_use_card": True},
        Decision(GRANTED, Reason.MATCH),
    ),
    ("a family's no is a card like any other", CARD, Decision(GRANTED, Reason.CARD)),
    (
        "a face not offered is a card like any other",
        CONSENTED | {"face_declined": True},
        Decision(GRANTED, Reason.CARD),
    ),
    ("pictures after a withdrawal are a card", PICTURES | {"may_compare": False}, Decision(GRANTED, Reason.CARD)),
    (
        "pictures declined after all are a card",
        PICTURES | {"face_declined": True, "tries": 0},
        Decision(GRANTED, Reason.CARD),
    ),
    (
        "a card soon after a wrong face says so",
        CONSENTED | {"face_declined": True, "no_match_lately": True},
        Decision(GRANTED, Reason.CARD_AFTER_NO_MATCH),
    ),
    (
        "five failures in a row pause the face, not the child",
        CONSENTED | PAUSED | {"seconds_since_failure": 0.0, "no_match_lately": True},
        Decision(GRANTED, Reason.CARD_AFTER_NO_MATCH),
    ),
    (
        "pictures sent in the pause are not compared",
        MATCH | PAUSED | {"seconds_since_failure": PAUSE_SECONDS - 0.1},
        Decision(GRANTED, Reason.CARD),
    ),
    (
        "the pause ends after thirty seconds",
        CONSENTED | PAUSED | {"seconds_since_failure": PAUSE_SECONDS},
        Decision(LOOK, Reason.CONSENTED, another_look=True),
    ),
    (
        "four failures in a row do not pause",
        CONSENTED | {"failures_in_a_row": 4, "seconds_since_failure": 0.0},
        Decision(LOOK, Reason.CONSENTED, another_look=True),
    ),
    (
        "fifty failures a day end the face for the day",
        CONSENTED | {"failures_today": FAILURES_A_DAY, "seconds_since_failure": 3600.0},
        Decision(GRANTED, Reason.CARD),
    ),
    (
        "forty-nine failures a day do not",
        CONSENTED | {"failures_today": FAILURES_A_DAY - 1, "seconds_since_failure": 3600.0},
        Decision(LOOK, Reason.CONSENTED, another_look=True),
    ),
    (
        "where a card needs a PIN, a refusing family's child goes to the desk",
        CARD | {"card_alone": CardAlone.PIN},
        Decision(DESK, Reason.PIN_NEEDED),
    ),
    (
        "where a card needs a PIN, so does a face that was not offered",
        CONSENTED | {"card_alone": CardAlone.PIN, "face_declined": True},
        Decision(DESK, Reason.PIN_NEEDED),
    ),
    (
        "where a card needs staff, it says so",
        CARD | {"card_alone": CardAlone.STAFF},
        Decision(DESK, Reason.STAFF_NEEDED),
    ),
    (
        "where a card needs staff, a matching face does not",
        MATCH | {"card_alone": CardAlone.STAFF},
        Decision(GRANTED, Reason.MATCH),
    ),
    ("pictures without a card ask for one", {"card": Card.NONE}, Decision(USE_CARD, Reason.NO_CARD)),
    ("an unknown card is denied", {"card": Card.UNKNOWN}, Decision(DENIED, Reason.UNKNOWN_CARD)),
    ("a revoked card is denied", {"card": Card.REVOKED}, Decision(DENIED, Reason.CARD_REVOKED)),
    ("the card of somebody who left is denied", {"card": Card.LEFT}, Decision(DENIED, Reason.NOT_ON_ROLL)),
    (
        "the card of somebody who left is denied with the right face too",
        MATCH | {"card": Card.LEFT},
        Decision(DENIED, Reason.NOT_ON_ROLL),
    ),
    ("a spent claim asks for the card", MATCH | {"claim": Claim.SPENT}, Decision(USE_CARD, Reason.CLAIM_SPENT)),
    ("nobody waits for long", MATCH | {"trouble": Trouble.TIMEOUT}, Decision(USE_CARD, Trouble.TIMEOUT)),
    (
        "a broker that is down leaves the card",
        PICTURES | {"trouble": Trouble.BROKER_UNAVAILABLE},
        Decision(USE_CARD, Trouble.BROKER_UNAVAILABLE),
    ),
    (
        "a forged result leaves the card, whatever it says",
        MATCH | {"trouble": Trouble.TAMPERED},
        Decision(USE_CARD, Trouble.TAMPERED),
    ),
    (
        "what was taken for a picture of a face leaves the card at the first try",
        PICTURES | {"trouble": Trouble.NOT_LIVE},
        Decision(USE_CARD, Trouble.NOT_LIVE),
    ),
    (
        "whoever was taken for a picture opens with the card",
        CONSENTED | {"told_to_use_card": True, "tries": 1},
        Decision(GRANTED, Reason.CARD),
    ),
    (
        "a reference of an older engine leaves the card",
        PICTURES | {"trouble": Trouble.REFERENCE_OUTDATED},
        Decision(USE_CARD, Trouble.REFERENCE_OUTDATED),
    ),
    (
        "a reference that opens with the card only leaves the card where it was not sent",
        PICTURES | {"trouble": Trouble.CARD_NOT_SENT},
        Decision(USE_CARD, Trouble.CARD_NOT_SENT),
    ),
    (
        "a reference that does not open leaves the card",
        PICTURES | {"trouble": Trouble.REFERENCE_UNUSABLE},
        Decision(USE_CARD, Trouble.REFERENCE_UNUSABLE),
    ),
    (
        "no measure and no word why is a restarted reader",
        PICTURES,
        Decision(RETRY, Trouble.READER_RESTARTED, another_look=True),
    ),
    (
        "a distance without a calibrated threshold opens nothing",
        MATCH | {"threshold": None},
        Decision(RETRY, Trouble.READER_RESTARTED, another_look=True),
    ),
    ("leaving needs no card", {"card": Card.NONE, "leaving": True}, Decision(GRANTED, Reason.EXIT_FREE)),
    ("leaving needs no good card", {"card": Card.REVOKED, "leaving": True}, Decision(GRANTED, Reason.EXIT_FREE)),
    (
        "leaving needs no face",
        NO_MATCH | {"leaving": True, "card_alone": CardAlone.STAFF, "trouble": Trouble.TIMEOUT},
        Decision(GRANTED, Reason.EXIT_FREE),
    ),
]
for trouble in sorted(WORTH_ANOTHER_LOOK):
    CASES += [
        (f"{trouble} is tried again", PICTURES | {"trouble": trouble}, Decision(RETRY, trouble, another_look=True)),
        (
            f"{trouble} at the third try leaves the card",
            PICTURES | {"trouble": trouble, "tries": TRIES_A_VISIT},
            Decision(USE_CARD, Reason.TRIES_SPENT),
        ),
        (
            f"{trouble} after a withdrawal is a card",
            PICTURES | {"trouble": trouble, "may_compare": False},
            Decision(GRANTED, Reason.CARD),
        ),
    ]


@pytest.mark.parametrize(("facts", "decision"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_table_of_cases(facts: dict[str, Any], decision: Decision) -> None:
    assert decide(Facts(**facts)) == decision


AFTERWARDS = {Reason.GATE_STUCK}
"""What a decision can't know: it is told once the turnstile was asked."""


def test_the_table_reaches_every_reason_every_trouble_and_every_outcome() -> None:
    reasons = {str(reason) for reason in {*Reason, *Trouble, *Search} - {Search.OPEN} - AFTERWARDS}
    assert {str(decision.reason) for _, _, decision in CASES + WITHOUT_A_CARD} == reasons
    assert {decision.outcome for _, _, decision in CASES} == set(Outcome)


def test_a_reason_is_never_spelled_like_a_trouble() -> None:
    assert not {str(reason) for reason in Reason} & {str(trouble) for trouble in Trouble}


def test_whatever_pictures_are_refused_for_is_a_trouble_of_the_gate() -> None:
    only_at_the_desk = {Refusal.TOO_ALIKE, Refusal.TOO_FEW_IMAGES, Refusal.TOO_MANY_IMAGES}
    assert {str(reason) for reason in {*Refusal} - only_at_the_desk} <= {str(trouble) for trouble in Trouble}


def test_no_sentence_accuses_anybody() -> None:
    assert messages.message("not_live", another_look=False) == messages.message("timeout", another_look=False)


@pytest.mark.parametrize("reason", [*Reason, *Trouble])
def test_every_reason_has_a_sentence(reason: Reason | Trouble) -> None:
    assert str(messages.MESSAGES[reason]).endswith(".")
    assert messages.message(str(reason), another_look=False) == str(messages.MESSAGES[reason])


def test_nothing_else_has_a_sentence() -> None:
    assert set(messages.MESSAGES) == {*Reason, *Trouble, *Search} - {Search.OPEN}


def test_the_sentence_after_a_wrong_face_says_what_comes_next() -> None:
    again = messages.message(Reason.NO_MATCH, another_look=True)
    last = messages.message(Reason.NO_MATCH, another_look=False)
    assert "look here once more" in again
    assert "use your card" in last


def test_the_sentences_of_a_match_and_of_a_card_are_the_same() -> None:
    said = {messages.message(r, another_look=False) for r in ("match", "card", "card_after_no_match")}
    assert len(said) == 1


# ------------------------------------------------------------ what holds for all facts

distances = st.none() | st.floats(0, 2) | st.just(math.nan) | st.just(math.inf)
counts = st.integers(0, 60)
anything = st.builds(
    Facts,
    card=st.sampled_from(Card),
    card_alone=st.sampled_from(CardAlone),
    leaving=st.booleans(),
    face_declined=st.booleans(),
    claim=st.sampled_from(Claim),
    may_compare=st.booleans(),
    trouble=st.none() | st.sampled_from(Trouble),
    distance=distances,
    threshold=st.none() | st.floats(0.2, 1.0),
    told_to_use_card=st.booleans(),
    tries=st.integers(0, 6),
    failures_in_a_row=counts,
    seconds_since_failure=st.none() | st.floats(0, 90),
    failures_today=counts,
    no_match_lately=st.booleans(),
)


def entering(facts: Facts) -> bool:
    return not facts.leaving


def matches(facts: Facts) -> bool:
    return facts.distance is not None and facts.threshold is not None and facts.distance <= facts.threshold


@given(anything)
def test_the_exit_is_always_free(facts: Facts) -> None:
    outcome = decide(facts).outcome
    assert (outcome is GRANTED) if facts.leaving else True
    assert (decide(facts).reason == Reason.EXIT_FREE) == facts.leaving


@given(anything)
def test_it_decides_and_gives_a_known_reason(facts: Facts) -> None:
    decision = decide(facts)
    assert decision.outcome in Outcome
    assert decision.reason in {*Reason, *Trouble} - AFTERWARDS


@given(anything.filter(entering))
def test_no_face_opens_the_gate_without_consent_and_a_distance_within_the_threshold(facts: Facts) -> None:
    if decide(facts).reason == Reason.MATCH:
        assert facts.may_compare
        assert matches(facts)
        assert facts.claim is Claim.GOOD
        assert not facts.face_declined


@given(anything.filter(entering))
def test_nobody_enters_without_a_valid_card(facts: Facts) -> None:
    if decide(facts).outcome is GRANTED:
        assert facts.card is Card.VALID


@given(anything.filter(entering))
def test_trouble_never_opens_a_gate_that_a_card_alone_does_not_open(facts: Facts) -> None:
    decision = decide(facts)
    if facts.trouble and facts.card_alone is not CardAlone.OPEN and not matches(facts):
        assert decision.outcome is not GRANTED


@given(anything.filter(entering))
def test_a_time_out_a_broker_that_is_down_and_a_forgery_never_open_the_gate(facts: Facts) -> None:
    if facts.trouble in (Trouble.TIMEOUT, Trouble.BROKER_UNAVAILABLE, Trouble.TAMPERED):
        assert decide(facts).outcome is USE_CARD


@given(anything)
def test_nobody_is_asked_to_look_without_consent(facts: Facts) -> None:
    decision = decide(facts)
    if decision.outcome is LOOK or decision.another_look:
        assert facts.may_compare
        assert not facts.face_declined
        assert facts.card is Card.VALID


@given(anything)
def test_a_look_and_a_retry_come_with_a_claim_and_a_grant_never_does(facts: Facts) -> None:
    decision = decide(facts)
    assert not (decision.outcome in (LOOK, RETRY) and not decision.another_look)
    assert not (decision.outcome in (GRANTED, USE_CARD, DESK) and decision.another_look)


@given(anything)
def test_no_visit_has_more_looks_than_tries(facts: Facts) -> None:
    if decide(facts).another_look:
        assert facts.tries < TRIES_A_VISIT


@given(anything.filter(entering))
def test_a_face_that_rests_is_neither_compared_nor_asked_for(facts: Facts) -> None:
    too_many_today = facts.failures_today >= FAILURES_A_DAY
    since = facts.seconds_since_failure
    paused = facts.failures_in_a_row >= FAILURES_BEFORE_PAUSE and since is not None and since < PAUSE_SECONDS
    if too_many_today or paused:
        assert decide(facts).reason not in (Reason.MATCH, Reason.NO_MATCH, Reason.CONSENTED)


@given(anything.filter(entering), st.sampled_from([Claim.NONE, Claim.GOOD]))
def test_a_refusing_family_is_decided_by_the_card_whatever_the_camera_says(facts: Facts, claim: Claim) -> None:
    plain = Facts(card=facts.card, card_alone=facts.card_alone, claim=claim, no_match_lately=facts.no_match_lately)
    with_a_camera = Facts(
        card=facts.card,
        card_alone=facts.card_alone,
        claim=claim,
        no_match_lately=facts.no_match_lately,
        distance=facts.distance,
        threshold=facts.threshold,
        tries=facts.tries,
        trouble=facts.trouble if facts.trouble in WORTH_ANOTHER_LOOK else None,
    )
    assert decide(plain) == decide(with_a_camera)
