"""docs/consent.md says what the code does, and what the code does is what the law's table asks."""

from __future__ import annotations

import pytest

from enrollment import consent_drawing, policies
from enrollment.management.commands.draw_consent import DOCUMENT
from enrollment.models import State

STEPS = {(step.start, step.words, step.end, step.reference) for step in consent_drawing.walk()}
CLOSED = {"closed", "not_offered"}
BLOCKED = {"blocked_by_child", "blocked_by_guardian"}
NO, BY_CHILD = "a guardian says no, or takes a yes back", "the child says no in any form"

LAW = [
    ("none", "every parent is told", "notified", "none"),
    ("none", "every parent is exempt, by two of the office", "notified", "none"),
    ("notified", "a parent says yes", "consented", "none"),
    ("consented", "the child says yes", "ready", "may be made"),
    ("notified", "the student of age says yes", "ready", "may be made"),
    ("ready", "five pictures at the desk", "enrolled", "made"),
    ("enrolled", "a new parent is named", "suspended", "held, locked"),
    ("enrolled", "the notice changes", "suspended", "held, locked"),
    ("enrolled", "the assessment runs out", "suspended", "held, locked"),
    ("enrolled", "a court’s order is in question", "suspended", "held, locked"),
    ("suspended", "it lasts as long as the pack allows", "notified", "destroyed"),
    ("suspended", "every cause is cleared", "enrolled", "compared"),
    ("enrolled", "the yes runs out", "expired", "destroyed"),
    ("enrolled", "the student comes of age", "expired", "destroyed"),
    ("blocked_by_guardian", "the one who said no lifts it", "notified", "none"),
    ("blocked_by_child", "the one who said no lifts it", "notified", "none"),
    ("expired", "the school begins anew with another notice", "none", "none"),
]
FROM_ANY = [
    (NO, "blocked_by_guardian", CLOSED | BLOCKED),
    (BY_CHILD, "blocked_by_child", CLOSED | {"blocked_by_child"}),
    ("a guardian says no, not in writing", "suspended", CLOSED | BLOCKED | {"suspended"}),
    ("the student leaves", "closed", CLOSED),
]
"""What happens in any state, where it leads, and the states in which it is so already or means nothing."""


@pytest.mark.parametrize("line", LAW, ids=[" ".join(line[:3]) for line in LAW])
def test_the_law_s_table_is_among_the_steps(line: tuple[str, str, str, str]) -> None:
    """LAW, the table of states."""
    assert line in STEPS


@pytest.mark.parametrize(("words", "end", "but"), FROM_ANY, ids=[row[0] for row in FROM_ANY])
def test_what_may_happen_in_any_state_does(words: str, end: str, but: set[str]) -> None:
    """LAW 5, 6, 25, the table of states."""
    found = {start for start, happens, to, _ in STEPS if (happens, to) == (words, end)}
    assert found == {state.value for state in State} - but


@pytest.mark.parametrize("words", [NO, BY_CHILD, "the yes runs out", "the student leaves"])
def test_what_ends_it_leaves_nothing(words: str) -> None:
    """LAW 25."""
    assert {reference for _, happens, _, reference in STEPS if happens == words} == {"destroyed", "none"}


def test_every_state_is_reached() -> None:
    assert {end for _, _, end, _ in STEPS} == {state.value for state in State}


def test_a_reference_is_made_by_nothing_but_a_sitting() -> None:
    """LAW 1, 12."""
    assert {happens for _, happens, _, reference in STEPS if reference == "made"} == {"five pictures at the desk"}


def test_the_page_is_what_the_code_draws() -> None:
    """Run `manage.py draw_consent` where this fails."""
    words = DOCUMENT.read_text()
    assert consent_drawing.drawn_into(words) == words
    assert all(f"(`{name}`)" in words for name in policies.names())
