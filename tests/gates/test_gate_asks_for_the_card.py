"""Where one gate compares only what the student's own card opens, at a school that bound nothing until then."""

from __future__ import annotations

from typing import Any

import pytest

from campus.models import School
from enrollment import identification, opening, policies
from enrollment.faces import enrolling
from enrollment.models import Reference
from enrollment.vault.models import DataKey
from gates import lanes, passages
from gates.decision import CardAlone, Claim
from gates.models import Capture
from gates.passages import Finding
from tests.drawn import enroll
from tests.enrollment.sitting import Desk
from tests.gates.bound_desk import looks, sit
from tests.gates.lane import Lane, compared, make_lane
from tests.personas import AT


@pytest.fixture
def asking(lane: Lane, reference: Reference) -> Lane:
    """A gate that compares bound references only, at a school whose references were bound to nothing until now."""
    rules = lanes.Rules(CardAlone.OPEN, card_bound=True)
    assert lanes.change(gate=lane.gate, rules=rules, by=lane.world.office, at=AT)
    lane.kiosk.refresh_from_db()
    return lane


def test_a_gate_that_asks_for_it_compares_nothing_that_opens_without_the_card(asking: Lane) -> None:
    """LAW 38. Who has such a reference passes like everybody with a card, and is asked for no look."""
    willing = asking.world.willing
    assert asking.send(willing).json()["outcome"] == "granted"
    assert Capture.objects.latest("received_at").reason == "card"
    assert looks(asking, willing, willing.card) == ("granted", "card")
    assert opening.open_for_comparison(willing.person.id, AT, only_bound=True) is None
    assert opening.open_for_comparison(willing.person.id, AT) is not None


def test_pictures_that_were_asked_for_before_are_looked_at_no_more(lane: Lane, reference: Reference) -> None:
    claim = lane.claim(lane.world.willing)
    lanes.change(gate=lane.gate, rules=lanes.Rules(CardAlone.OPEN, True), by=lane.world.office, at=AT)
    answer = lane.send(lane.world.willing, pictures=1, claim=claim).json()
    assert answer["outcome"] == "granted"
    assert not Capture.objects.filter(frames__gt=0).exists()


def test_the_other_gates_of_the_school_compare_as_before(asking: Lane) -> None:
    other = make_lane(asking.world, name="Side gate")
    assert other.send(asking.world.willing).json()["outcome"] == "look"


def test_a_school_with_such_a_gate_makes_bound_references_only(asking: Lane) -> None:
    """LAW 38. Students pass any gate; and no face is looked for among all without a card."""
    School.objects.update(identifies=True)
    asking.world.school.refresh_from_db()
    assert policies.of(asking.world.school).card_bound
    assert identification.standing(asking.world.school, AT).search == "identification_off"
    with pytest.raises(AssertionError, match="card_again"):
        enroll(asking.world.willing.person, operator=asking.world.office, at=AT)


def test_pictures_that_are_looked_at_when_a_gate_begins_to_ask_enrol_nobody_unbound(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    combine = enrolling.combine

    def switched_on_meanwhile(*arguments: Any) -> Any:
        lanes.change(gate=lane.gate, rules=lanes.Rules(CardAlone.OPEN, True), by=lane.world.office, at=AT)
        return combine(*arguments)

    monkeypatch.setattr(enrolling, "combine", switched_on_meanwhile)
    with pytest.raises(AssertionError, match="card_again"):
        enroll(lane.world.willing.person, operator=lane.world.office, at=AT)
    assert not Reference.objects.exists()
    assert not DataKey.objects.exists()


def test_a_comparison_that_was_under_way_when_a_gate_begins_to_ask_counts_for_nothing(
    lane: Lane, reference: Reference
) -> None:
    capture = lane.capture(lane.world.willing, at=AT)
    lanes.change(gate=lane.gate, rules=lanes.Rules(CardAlone.OPEN, True), by=lane.world.office, at=AT)
    finding = Finding(claim=Claim.GOOD, compared=compared(reference.id, 0.01))
    decided = passages.record(capture.id, finding, at=AT)
    assert (decided.outcome, decided.reason) == ("granted", "card")
    assert decided.passage.distance is None


@pytest.mark.usefixtures("desk_here")
def test_once_enrolled_again_the_student_is_known_at_such_a_gate(asking: Lane, sitting: Desk) -> None:
    willing = asking.world.willing
    assert sit(sitting, willing) == ""
    assert looks(asking, willing, willing.card) == ("granted", "match")
