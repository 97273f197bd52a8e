"""The audit log: every act leaves an event, and the chain shows if anybody rewrote one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campus import audit
from campus.models import AuditEvent, AuditPayload, AuditSeal
from tests.personas import World


def record(world: World, kind: str = "test.done", *, minutes: int = 0, **body: Any) -> AuditEvent:
    at = world.at + timedelta(minutes=minutes)
    return audit.record(kind, school=world.school, subject=uuid4(), actor=world.office, at=at, **body)


def found() -> list[tuple[int, str]]:
    """Return the flaws of the chain."""
    return [(flaw.number, flaw.what) for flaw in audit.flaws()]


@contextmanager
def as_a_superuser_who_switched_triggers_off() -> Iterator[Any]:
    """Do what nobody but a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def chain(world: World) -> list[AuditSeal]:
    """Ten events of our own among those of the world, all sealed."""
    for number in range(10):
        record(world, figure=number, minutes=number)
    while audit.seal():
        pass
    return list(AuditSeal.objects.select_related("event").order_by("number"))


# ------------------------------------------------------------ sealing


def test_a_sealed_chain_holds(chain: list[AuditSeal]) -> None:
    assert len(chain) == AuditEvent.objects.count() > 10
    assert [seal.number for seal in chain] == list(range(1, len(chain) + 1))
    assert bytes(chain[0].previous) == audit.GENESIS
    assert [bytes(seal.previous) for seal in chain[1:]] == [bytes(seal.link) for seal in chain[:-1]]
    assert found() == []


def test_an_empty_log_holds(db: None) -> None:
    assert audit.seal() == 0
    assert found() == []


def test_events_are_sealed_in_order_of_time(world: World) -> None:
    second, first = record(world, minutes=-400_000), record(world, minutes=-400_001)
    audit.seal()
    assert list(AuditSeal.objects.order_by("number").values_list("event", flat=True))[:2] == [first.id, second.id]


def test_an_event_that_was_committed_late_is_sealed_after_those_before(chain: list[AuditSeal], world: World) -> None:
    late = record(world, minutes=-60)
    assert audit.seal() == 1
    assert AuditSeal.objects.get(event=late).number == len(chain) + 1
    assert found() == []


def test_sealing_goes_on_where_it_stopped(world: World) -> None:
    for number in range(7):
        record(world, figure=number)
    total = AuditEvent.objects.count()
    assert [audit.seal(limit=4) for _ in range(total // 4 + 2)] == [4] * (total // 4) + [total % 4, 0]
    assert found() == []


def test_an_event_without_a_school_a_subject_or_an_actor_is_sealed_too(db: None, world: World) -> None:
    audit.record("system.started", school=None, subject=None, actor=None, at=world.at)
    audit.seal()
    assert found() == []


def test_an_event_is_there_only_if_its_act_is(world: World) -> None:
    before = AuditEvent.objects.count()
    with transaction.atomic():
        record(world)
        transaction.set_rollback(True)
    assert AuditEvent.objects.count() == before


bodies = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(0, 1e9)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
    | st.lists(st.uuids().map(str), max_size=3),
    max_size=4,
)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies.filter(lambda body: not {"kind", "school", "subject", "actor", "at", "\0"} & set(body)))
def test_whatever_identifiers_and_figures_an_event_carries_the_chain_holds(world: World, body: dict[str, Any]) -> None:
    with transaction.atomic():
        record(world, **{key.replace("\0", ""): value for key, value in body.items()})
        audit.seal()
        assert found() == []
        transaction.set_rollback(True)


# ------------------------------------------------------------ tampering


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "'nothing'"), ("subject", "gen_random_uuid()"), ("at", "at + interval '1 second'"), ("actor_id", "NULL")],
)
def test_a_rewritten_event_is_found(chain: list[AuditSeal], column: str, value: str) -> None:
    victim = chain[-5]
    with as_a_superuser_who_switched_triggers_off() as cursor:
        cursor.execute(f"UPDATE campus_auditevent SET {column} = {value} WHERE id = %s", [victim.event_id])
    assert found() == [(victim.number, "rewritten")]


def test_a_rewritten_payload_is_found(chain: list[AuditSeal]) -> None:
    victim = chain[-1]
    AuditPayload.objects.filter(event=victim.event).update(body={"figure": 999})
    assert found() == [(victim.number, "payload changed")]


def test_a_payload_that_retention_emptied_is_no_flaw(chain: list[AuditSeal]) -> None:
    AuditPayload.objects.filter(event__in=[seal.event for seal in chain[:5]])._raw_delete("default")
    assert found() == []


def test_a_seal_that_was_taken_out_is_found(chain: list[AuditSeal]) -> None:
    with as_a_superuser_who_switched_triggers_off() as cursor:
        cursor.execute("DELETE FROM campus_auditseal WHERE number = 3")
    assert found()[:2] == [(3, "missing"), (4, "rewritten")]


def test_two_events_that_changed_places_are_found(chain: list[AuditSeal]) -> None:
    one, other = chain[-2], chain[-1]
    with as_a_superuser_who_switched_triggers_off() as cursor:
        for seal, event in ((one, uuid4()), (other, one.event_id), (one, other.event_id)):
            cursor.execute("UPDATE campus_auditseal SET event_id = %s WHERE number = %s", [event, seal.number])
    assert found() == [(one.number, "rewritten"), (other.number, "rewritten")]


def test_a_chain_mended_from_one_place_on_no_longer_starts_where_it_did(chain: list[AuditSeal]) -> None:
    """Whoever recomputes the links after a rewritten event changes the last one, which others have seen."""
    last = bytes(chain[-1].link)
    with as_a_superuser_who_switched_triggers_off() as cursor:
        cursor.execute("UPDATE campus_auditevent SET kind = 'nothing' WHERE id = %s", [chain[0].event_id])
        cursor.execute("DELETE FROM campus_auditseal")
    while audit.seal():
        pass
    assert found() == []
    assert bytes(AuditSeal.objects.order_by("-number")[0].link) != last


def test_the_command_says_whether_the_chain_holds(chain: list[AuditSeal]) -> None:
    said = StringIO()
    call_command("verify_chain", stdout=said)
    assert said.getvalue().startswith(f"{len(chain)} events, the chain holds; its head is {len(chain)}:")
    AuditPayload.objects.filter(event=chain[0].event).update(body={})
    with pytest.raises(CommandError, match="1 flaws"):
        call_command("verify_chain", stdout=StringIO(), stderr=StringIO())


# ------------------------------------------------------------ reading


def read(world: World, *, minutes: float = 0, page: str = "child", **other: Any) -> int:
    """Look at a page and return how many read events there are now."""
    known: dict[str, Any] = {"school": world.school, "subject": world.willing.person.id, "viewer": world.office} | other
    audit.record_read(page, at=world.at + timedelta(minutes=minutes), **known)
    return AuditEvent.objects.filter(kind__startswith="read.").count()


@pytest.mark.parametrize(("minutes", "events"), [(0, 1), (5, 1), (14.99, 1), (15, 2)])
def test_looking_again_within_a_quarter_of_an_hour_adds_no_event(world: World, minutes: float, events: int) -> None:
    read(world)
    assert read(world, minutes=minutes) == events


def test_another_page_viewer_or_person_is_another_event(world: World) -> None:
    assert read(world) == 1
    assert read(world, page="register") == 2
    assert read(world, viewer=world.teacher) == 3
    assert read(world, subject=world.refusing.person.id) == 4


def test_polling_for_an_hour_adds_four_events(world: World) -> None:
    assert [read(world, minutes=minute) for minute in range(60)][-1] == 4


def test_a_read_says_who_looked_at_whom(world: World) -> None:
    read(world)
    event = AuditEvent.objects.get(kind="read.child")
    assert (event.actor, event.subject, event.school) == (world.office, world.willing.person.id, world.school)
    assert event.payload.body == {}
