"""Pictures are looked at only where they were asked for; all others are dropped unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import redis
from pytest_django import Settings

from campus import broker, cards
from enrollment import consent, permits
from enrollment.faces.drawn_engine import draw
from enrollment.models import Reference
from gates import claims, passages
from gates.decision import Claim as Standing
from gates.models import Capture, Claim, Passage
from gates.passages import Finding
from tests.gates.lane import Lane, compared, later, make_lane, picture

Gained = Callable[[], list[bytes]]


def last_capture() -> Capture:
    return Capture.objects.latest("received_at", "frames")


# ------------------------------------------------------------ a claim


def test_a_claim_lets_pictures_through_once(lane: Lane, reference: Reference) -> None:
    claim = lane.claim(lane.world.willing)
    first, second = (lane.send(pictures=1, claim=claim).json() for _ in range(2))
    assert (first["outcome"], first["reason"]) == ("use_card", "timeout")
    assert (second["outcome"], second["reason"]) == ("use_card", "claim_spent")


@pytest.mark.parametrize(("seconds", "reason"), [(0, "timeout"), (9.999, "timeout"), (10, "claim_spent")])
def test_a_claim_lasts_ten_seconds(
    lane: Lane, reference: Reference, frozen: Callable[[datetime], None], seconds: float, reason: str
) -> None:
    claim = lane.claim(lane.world.willing)
    frozen(later(lane.world.at, seconds))
    assert lane.send(pictures=1, claim=claim).json()["reason"] == reason
    assert Capture.objects.filter(frames=1).exists() == (reason == "timeout")


def test_a_claim_of_another_kiosk_is_refused_and_stays_good(lane: Lane, reference: Reference) -> None:
    claim = lane.claim(lane.world.willing)
    response = make_lane(lane.world, name="Side gate").send(pictures=1, claim=claim)
    assert response.status_code == 403
    assert (response.json()["error"], response.json()["field"]) == ("not_this_kiosk", "claim")
    assert Capture.objects.count() == 1
    assert lane.send(pictures=1, claim=claim).json()["reason"] == "timeout"


def test_a_claim_with_its_own_card_is_as_good_as_without(lane: Lane, reference: Reference) -> None:
    claim = lane.claim(lane.world.willing)
    assert lane.send(lane.world.willing, pictures=1, claim=claim).json()["reason"] == "timeout"


@pytest.mark.parametrize("who", ["refusing", "latecomer"])
def test_a_claim_with_another_s_card_is_worth_nothing(lane: Lane, reference: Reference, who: str) -> None:
    claim = lane.claim(lane.world.willing)
    answer = lane.send(lane.world.pupils[who], pictures=1, claim=claim).json()
    assert (answer["outcome"], answer["reason"]) == ("use_card", "claim_spent")
    assert not Capture.objects.filter(frames__gt=0).exists()


def test_a_claim_we_never_gave_is_worth_nothing(lane: Lane, reference: Reference) -> None:
    for claim in ("forged", "0" * 64):
        answer = lane.send(lane.world.willing, pictures=1, claim=claim).json()
        assert (answer["outcome"], answer["reason"]) == ("use_card", "claim_spent")


def test_a_claim_can_t_be_guessed_from_what_is_stored(lane: Lane, reference: Reference) -> None:
    token = lane.claim(lane.world.willing)
    stored = Claim.objects.get()
    assert token.encode() not in bytes(stored.token_digest)
    assert bytes(stored.token_digest).hex() != token


def test_of_two_captures_with_one_claim_one_gets_it(lane: Lane, reference: Reference) -> None:
    token = lane.claim(lane.world.willing)
    one, other = (lane.capture(lane.world.willing, at=lane.world.at) for _ in range(2))
    found = [claims.find(token), claims.find(token)]
    standings = [
        claims.use(found[0], capture=one, at=lane.world.at),
        claims.use(found[1], capture=other, at=lane.world.at),
    ]
    assert standings == [Standing.GOOD, Standing.SPENT]
    assert Claim.objects.get().used_by == one


# ------------------------------------------------------------ pictures nobody asked for


def test_pictures_without_a_claim_are_dropped_unread(lane: Lane, reference: Reference, broker_gained: Gained) -> None:
    for who, pupil in lane.world.pupils.items():
        answer = lane.send(pupil, pictures=3).json()
        assert answer["outcome"] == ("look" if who == "willing" else "granted")
    assert not Capture.objects.filter(frames__gt=0).exists()
    assert broker_gained() == []


def test_pictures_without_a_card_are_dropped_unread(lane: Lane, broker_gained: Gained) -> None:
    assert lane.send(pictures=3).json()["reason"] == "no_card"
    assert broker_gained() == []


def test_what_was_dropped_unread_is_not_in_the_digest_either(lane: Lane) -> None:
    sent: dict[str, Any] = {"capture_id": "0190a5f0-0000-7000-8000-000000000001"}
    sent["captured_at"] = lane.world.at.isoformat()
    first = lane.send(lane.world.refusing, image=[picture(0)], **sent)
    again = lane.send(lane.world.refusing, image=[picture(1, face=99)], **sent)
    assert again.json() == first.json()


def test_pictures_that_were_looked_at_are_in_the_digest(lane: Lane, reference: Reference) -> None:
    sent: dict[str, Any] = {"capture_id": "0190a5f0-0000-7000-8000-000000000001"}
    sent |= {"captured_at": lane.world.at.isoformat(), "claim": lane.claim(lane.world.willing)}
    first = lane.send(image=[picture(0)], **sent)
    assert lane.send(image=[picture(0)], **sent).json() == first.json()
    assert lane.send(image=[picture(1)], **sent).status_code == 409


def test_after_a_withdrawal_the_pictures_that_were_asked_for_are_dropped_and_the_card_opens(
    lane: Lane, reference: Reference, broker_gained: Gained
) -> None:
    claim = lane.claim(lane.world.willing)
    consent.withdraw(student=lane.world.willing.person, guardian=lane.world.willing.parent, at=lane.world.at)
    answer = lane.send(pictures=2, claim=claim).json()
    assert (answer["outcome"], answer["reason"]) == ("granted", "card")
    assert answer["person"]["id"] == str(lane.world.willing.person.id)
    assert not Capture.objects.filter(frames__gt=0).exists()
    assert broker_gained() == []


def test_a_face_declined_after_all_is_decided_by_the_card_of_the_claim(
    lane: Lane, reference: Reference, broker_gained: Gained
) -> None:
    claim = lane.claim(lane.world.willing)
    answer = lane.send(pictures=2, claim=claim, face="declined").json()
    assert (answer["outcome"], answer["reason"]) == ("granted", "card")
    assert broker_gained() == []


def test_pictures_for_a_card_revoked_meanwhile_are_dropped_unread(
    lane: Lane, reference: Reference, broker_gained: Gained
) -> None:
    claim = lane.claim(lane.world.willing)
    cards.revoke(person=lane.world.willing.person, by=None, at=lane.world.at)
    assert lane.send(pictures=1, claim=claim).json()["reason"] == "card_revoked"
    assert broker_gained() == []


# ------------------------------------------------------------ pictures that were asked for


def test_pictures_cross_the_broker_sealed_for_ten_seconds_and_the_message_carries_ids_only(
    lane: Lane, reference: Reference, ticking: None, settings: Settings, broker_gained: Gained
) -> None:
    claim = lane.claim(lane.world.willing)
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        queued = server.llen("extract")
        lane.send(pictures=2, claim=claim)
        capture = last_capture()
        name = f"parcel:frames:{capture.id}"
        parcel, seconds = server.get(name), server.ttl(name)
        assert {name.encode(), b"extract"} <= set(broker_gained())
        message = server.lindex("extract", 0)
        assert server.llen("extract") == queued + 1
        server.lpop("extract")
        server.delete(name)
    assert capture.frames == 2
    assert isinstance(parcel, bytes)
    assert 0 < seconds <= 10
    sent = draw(7, 0, size=(160, 120))
    assert sent[:24] not in parcel
    assert sent[200:224] not in parcel
    assert isinstance(message, bytes)
    assert str(capture.id).encode() in message
    assert str(lane.world.willing.person.id).encode() not in message
    assert len(message) < 2000


def test_when_nobody_decides_in_time_the_card_is_asked_for(lane: Lane, reference: Reference, ticking: None) -> None:
    answer = lane.send(pictures=1, claim=lane.claim(lane.world.willing)).json()
    assert (answer["outcome"], answer["reason"]) == ("use_card", "timeout")
    assert answer["claim"] is answer["person"] is answer["passage_id"] is None
    assert 50 <= answer["timings_ms"]["total"] < 2000
    assert last_capture().state == Capture.State.TIMED_OUT


def test_a_decision_that_comes_too_late_changes_nothing(lane: Lane, reference: Reference, ticking: None) -> None:
    lane.send(pictures=1, claim=lane.claim(lane.world.willing))
    capture = last_capture()
    match = Finding(claim=Standing.GOOD, compared=compared(reference.id, 0.1))
    passages.record(capture.id, match, at=lane.world.at)
    capture.refresh_from_db()
    assert (capture.state, capture.outcome) == (Capture.State.TIMED_OUT, "use_card")
    assert not Passage.objects.exists()


def test_a_time_out_that_comes_too_late_changes_nothing(lane: Lane, reference: Reference) -> None:
    capture = lane.tries(lane.world.willing, distance=0.1, at=lane.world.at)
    assert not passages.time_out(capture.id, at=later(lane.world.at, 2))
    capture.refresh_from_db()
    assert (capture.state, capture.outcome) == (Capture.State.DECIDED, "granted")


@pytest.fixture
def no_broker(settings: Settings, tmp_path: object) -> Iterator[None]:
    """Take the broker away: nobody listens where it is looked for."""
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    broker._client.cache_clear()
    yield
    broker._client.cache_clear()


def test_without_a_broker_the_card_is_asked_for_at_once(lane: Lane, reference: Reference, no_broker: None) -> None:
    answer = lane.send(pictures=1, claim=lane.claim(lane.world.willing)).json()
    assert (answer["outcome"], answer["reason"]) == ("use_card", "broker_unavailable")
    assert last_capture().state == Capture.State.DECIDED


def test_without_a_broker_a_card_alone_opens_as_ever(lane: Lane, no_broker: None) -> None:
    assert lane.send(lane.world.refusing).json()["outcome"] == "granted"


# ------------------------------------------------------------ consent on the way


def test_a_permit_that_ran_out_is_not_compared(
    lane: Lane, reference: Reference, frozen: Callable[[datetime], None]
) -> None:
    expires = Reference.objects.get().permit.compare_until
    assert permits.comparable(lane.world.willing.person.id, later(expires, -1)) is not None
    assert permits.comparable(lane.world.willing.person.id, expires) is None
    frozen(expires)
    assert lane.send(lane.world.willing).json()["outcome"] == "granted"
