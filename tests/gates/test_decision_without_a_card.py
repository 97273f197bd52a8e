"""The rules for whoever touches the button instead of showing a card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.search import Search
from gates import messages
from gates.decision import (
    FAILURES_A_DAY,
    FAILURES_BEFORE_PAUSE,
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

BUTTON: dict[str, Any] = {"card": Card.NONE, "identify": True, "search": Search.OPEN, "margin": 0.1}
PICTURES = BUTTON | {"claim": Claim.GOOD, "tries": 1, "threshold": 0.4, "searched": True}
FOUND = PICTURES | {"distance": 0.3, "lead": 0.2}
NOBODY = PICTURES | {"distance": 0.5, "lead": 0.2}
PAUSED = {"failures_in_a_row": FAILURES_BEFORE_PAUSE, "failures_today": FAILURES_BEFORE_PAUSE}

GRANTED, DENIED, RETRY, LOOK, USE_CARD = (
    *(Outcome.GRANTED, Outcome.DENIED, Outcome.RETRY),
    *(Outcome.LOOK, Outcome.USE_CARD),
)
SPENT = Decision(USE_CARD, Reason.TRIES_SPENT)

CASES: list[tuple[str, dict[str, Any], Decision]] = [
    ("the button asks to look", BUTTON, Decision(LOOK, Reason.ASKED, another_look=True)),
    ("whoever is clearly the nearest passes", FOUND, Decision(GRANTED, Reason.IDENTIFIED)),
    ("alone in the gallery there is no second", FOUND | {"lead": None}, Decision(GRANTED, Reason.IDENTIFIED)),
    ("a distance of exactly the threshold will do", FOUND | {"distance": 0.4}, Decision(GRANTED, Reason.IDENTIFIED)),
    ("a lead of exactly the margin will do", FOUND | {"lead": 0.1}, Decision(GRANTED, Reason.IDENTIFIED)),
    ("a lead under the margin asks for the card", FOUND | {"lead": 0.09}, Decision(USE_CARD, Reason.TOO_CLOSE)),
    ("nobody near enough may try again", NOBODY, Decision(DENIED, Reason.NO_MATCH, another_look=True)),
    ("nobody and no second is nobody", NOBODY | {"lead": 0.0}, Decision(DENIED, Reason.NO_MATCH, another_look=True)),
    ("the third time is the last", NOBODY | {"tries": 3}, Decision(DENIED, Reason.NO_MATCH)),
    ("the third time may be the right one", FOUND | {"tries": 3}, Decision(GRANTED, Reason.IDENTIFIED)),
    ("a fourth is not compared", FOUND | {"tries": 4}, SPENT),
    ("after three nobody looks again", BUTTON | {"tries": 3}, SPENT),
    (
        "whoever was found and is no longer permitted is nobody",
        FOUND | {"distance": None},
        Decision(DENIED, Reason.NO_MATCH, another_look=True),
    ),
    ("five failures in a row rest the kiosk", BUTTON | PAUSED | {"seconds_since_failure": 29.9}, SPENT),
    (
        "and after half a minute it looks again",
        BUTTON | PAUSED | {"seconds_since_failure": 30.0},
        Decision(LOOK, Reason.ASKED, another_look=True),
    ),
    ("fifty in a day rest it for the day", BUTTON | {"failures_today": FAILURES_A_DAY}, SPENT),
    ("a resting kiosk compares nothing either", FOUND | {"failures_today": FAILURES_A_DAY}, SPENT),
    ("the button with the camera declined asks for the card", BUTTON | {"face_declined": True}, SPENT),
    ("a spent claim says so", FOUND | {"claim": Claim.SPENT}, Decision(USE_CARD, Reason.CLAIM_SPENT)),
    ("whoever leaves, leaves", BUTTON | {"leaving": True}, Decision(GRANTED, Reason.EXIT_FREE)),
    (
        "the exit is free where nothing is searched",
        BUTTON | {"leaving": True, "search": Search.OFF},
        Decision(GRANTED, Reason.EXIT_FREE),
    ),
    *[
        (f"{search} asks for the card, even with a match", FOUND | {"search": search}, Decision(USE_CARD, search))
        for search in Search
        if search is not Search.OPEN
    ],
    *[
        (f"{trouble} is worth another look", FOUND | {"trouble": trouble}, Decision(RETRY, trouble, another_look=True))
        for trouble in sorted(WORTH_ANOTHER_LOOK)
    ],
    *[
        (f"{trouble} asks for the card", FOUND | {"trouble": trouble}, Decision(USE_CARD, trouble))
        for trouble in sorted(set(Trouble) - WORTH_ANOTHER_LOOK)
    ],
    ("the third trouble is the last", FOUND | {"trouble": Trouble.NO_FACE, "tries": 3}, SPENT),
]


@pytest.mark.parametrize(("facts", "decision"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_table(facts: dict[str, Any], decision: Decision) -> None:
    assert decide(Facts(**facts)) == decision


anything = st.builds(
    Facts,
    card=st.just(Card.NONE),
    identify=st.just(True),
    search=st.sampled_from(Search),
    card_alone=st.sampled_from(CardAlone),
    claim=st.sampled_from(Claim),
    may_compare=st.booleans(),
    face_declined=st.booleans(),
    trouble=st.none() | st.sampled_from(Trouble),
    searched=st.booleans(),
    distance=st.none() | st.floats(0, 2),
    threshold=st.none() | st.floats(0, 2),
    lead=st.none() | st.floats(0, 2),
    margin=st.floats(0, 1),
    tries=st.integers(0, 6),
    failures_in_a_row=st.integers(0, 7),
    seconds_since_failure=st.none() | st.floats(0, 60),
    failures_today=st.integers(0, 60),
)


@given(anything)
def test_nobody_enters_but_by_a_clear_match_that_was_asked_for(facts: Facts) -> None:
    if decide(facts).outcome is GRANTED:
        assert (facts.search, facts.claim, facts.trouble, facts.searched) == (Search.OPEN, Claim.GOOD, None, True)
        assert facts.distance is not None
        assert facts.threshold is not None
        assert facts.distance <= facts.threshold
        assert facts.lead is None or facts.lead >= facts.margin


@given(anything)
def test_nobody_is_sent_to_the_desk_and_every_dead_end_is_the_card(facts: Facts) -> None:
    decision = decide(facts)
    assert decision.outcome in (GRANTED, DENIED, RETRY, LOOK, USE_CARD)
    assert decision.another_look == (decision.outcome in (RETRY, LOOK)) or decision.outcome is DENIED


@given(anything)
def test_no_visit_has_more_looks_than_tries(facts: Facts) -> None:
    if decide(facts).another_look:
        assert facts.tries < TRIES_A_VISIT
        assert facts.search is Search.OPEN


@given(anything)
def test_whoever_leaves_is_never_held(facts: Facts) -> None:
    assert decide(replace(facts, leaving=True)).outcome is GRANTED


@given(anything)
def test_there_is_a_sentence_for_every_reason(facts: Facts) -> None:
    decision = decide(facts)
    assert messages.message(decision.reason, another_look=decision.another_look)
