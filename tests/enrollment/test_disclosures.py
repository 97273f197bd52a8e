"""Nothing leaves the school but by an order on paper, by two people, off a closed list, with the family's knowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from campus import outbox, people, subjects
from campus.models import AuditEvent, Person, Role, School, User
from enrollment import disclosures
from enrollment.disclosures import Asked
from enrollment.models import Disclosable, Disclosure, DisclosureStudent, Instrument
from enrollment.refusals import Refused
from tests.personas import AT, World, make_school

SCAN = b"%PDF-1.7 an order"
LATER = AT + timedelta(hours=1)
Status = Disclosure.Status


def asked(world: World, **more: Any) -> Asked:
    ask = Asked(
        asker="police",
        asked_by="Harbour Police, Sgt Lam",
        asked_on=AT.date(),
        wish="Was Willing Pupil at school on Monday? The face template, too.",
        basis="Order 12/2026",
        kinds=("passages", "roll"),
        scope="2 March 2026",
        students=(world.willing.person,),
    )
    return replace(ask, **more)


@pytest.fixture
def order(world: World, officer: User) -> Disclosure:
    """A request with its scan, that nobody has allowed yet."""
    found = disclosures.record(school=world.school, asked=asked(world), by=officer, at=AT)
    disclosures.attach(disclosure=found, scan=SCAN, by=officer, at=AT)
    found.refresh_from_db()
    return found


def allow(found: Disclosure, *allowing: User) -> None:
    for one in allowing:
        disclosures.allow(disclosure=found, by=one, at=AT)


def test_no_kind_that_may_leave_the_school_is_made_of_a_face() -> None:
    """LAW 37: a reference can't be attached, by type."""
    assert set(Disclosable) == {"roll", "guardians", "marks", "passages", "cards", "answers"}


@pytest.mark.parametrize("kind", ["reference", "template", "enrollment.Reference", "ciphertext", "photograph", ""])
def test_a_template_cannot_be_given(world: World, officer: User, order: Disclosure, kind: str) -> None:
    """LAW 37: neither the action nor the database takes it."""
    with pytest.raises(Refused, match="no_kind"):
        disclosures.record(school=world.school, asked=asked(world, kinds=("roll", kind)), by=officer, at=AT)
    with pytest.raises(IntegrityError, match="disclosure_of_no_face"), transaction.atomic():
        Disclosure.objects.filter(id=order.id).update(kinds=["roll", kind])


def test_no_row_of_the_register_can_point_at_a_template() -> None:
    """LAW 37: what its tables refer to is people, the school, and each other."""
    register = (Disclosure, DisclosureStudent, Instrument)
    refers = {field.related_model for model in register for field in model._meta.fields if field.is_relation}
    assert refers == {School, User, Person, Disclosure, Instrument}


def test_it_is_given_when_head_and_officer_have_allowed_it(order: Disclosure, head: User, officer: User) -> None:
    """LAW 37."""
    allow(order, head)
    with pytest.raises(Refused, match="not_both"):
        disclosures.give(disclosure=order, by=officer, at=LATER)
    allow(order, officer)
    disclosures.give(disclosure=order, by=officer, at=LATER)
    order.refresh_from_db()
    assert (order.status, order.head, order.officer, order.decided_at) == (Status.GIVEN, head, officer, LATER)


def test_nobody_allows_it_twice_with_two_roles(world: World, order: Disclosure, officer: User) -> None:
    """LAW 37: different people."""
    Role.objects.create(school=world.school, user=officer, kind=Role.Kind.ADMINISTRATOR)
    allow(order, officer)
    with pytest.raises(Refused, match="same_person"):
        allow(order, officer)
    with pytest.raises(IntegrityError, match="disclosure_takes_two_people"), transaction.atomic():
        Disclosure.objects.filter(id=order.id).update(head=officer)


def test_two_heads_are_not_head_and_officer(order: Disclosure, head: User, deputy: User) -> None:
    """LAW 37."""
    allow(order, head)
    with pytest.raises(Refused, match="already"):
        allow(order, deputy)


def test_the_office_allows_nothing(world: World, order: Disclosure) -> None:
    """LAW 37."""
    with pytest.raises(Refused, match="not_allowing"):
        allow(order, world.office)


def test_without_a_scan_nobody_can_allow_it(world: World, officer: User, head: User) -> None:
    """LAW 37: a scanned legal instrument."""
    found = disclosures.record(school=world.school, asked=asked(world), by=officer, at=AT)
    with pytest.raises(Refused, match="no_scan"):
        allow(found, head)
    with pytest.raises(IntegrityError, match="disclosure_allowed_on_paper"), transaction.atomic():
        Disclosure.objects.filter(id=found.id).update(head=head)


def test_the_database_gives_nothing_that_two_have_not_allowed(order: Disclosure, officer: User) -> None:
    """LAW 37."""
    with pytest.raises(IntegrityError, match="disclosure_given_is_allowed"), transaction.atomic():
        Disclosure.objects.filter(id=order.id).update(status="given", decided_by=officer, decided_at=AT)


@pytest.mark.parametrize(
    ("scan", "reason"),
    [
        (b"", "no_scan"),
        (b"<html>", "no_scan"),
        (b"MZ an executable", "no_scan"),
        (b" %PDF-1.7", "no_scan"),
        (b"%PDF-" + bytes(5_000_000), "large_scan"),
    ],
)
def test_only_a_scan_of_at_most_5_mb_is_kept(world: World, officer: User, scan: bytes, reason: str) -> None:
    """LAW 37."""
    found = disclosures.record(school=world.school, asked=asked(world), by=officer, at=AT)
    with pytest.raises(Refused, match=reason):
        disclosures.attach(disclosure=found, scan=scan, by=officer, at=AT)


def test_a_scan_is_kept_as_it_came_and_not_exchanged(order: Disclosure, officer: User) -> None:
    """LAW 37."""
    assert order.instrument is not None
    assert bytes(order.instrument.scan) == SCAN
    with pytest.raises(Refused, match="has_scan"):
        disclosures.attach(disclosure=order, scan=b"%PDF-another", by=officer, at=AT)


def test_a_guardian_decides_nothing_about_the_own_child(world: World, order: Disclosure, head: User) -> None:
    """LAW 9."""
    people.name_guardian(student=world.willing.person, guardian=head, at=AT)
    with pytest.raises(Refused, match="own_child"):
        allow(order, head)


def test_the_family_is_told_when_it_is_given(world: World, order: Disclosure, head: User, officer: User) -> None:
    """LAW 37."""
    allow(order, head, officer)
    assert not disclosures.told_of(world.willing.person).exists()
    disclosures.give(disclosure=order, by=officer, at=LATER)
    import_module("enrollment.tasks")  # It knows the mails.
    outbox.settle(at=LATER)
    assert [message.to for message in mail.outbox] == [[world.willing.parent.email]]
    assert order.number in mail.outbox[0].body
    assert "Police" not in mail.outbox[0].body
    assert list(disclosures.told_of(world.willing.person)) == [order]
    assert not disclosures.told_of(world.refusing.person).exists()


def test_the_family_is_told_when_it_is_refused_too(world: World, order: Disclosure, head: User) -> None:
    """LAW 37."""
    with pytest.raises(Refused, match="no_words"):
        disclosures.refuse(disclosure=order, why="", by=head, at=LATER)
    disclosures.refuse(disclosure=order, why="The order names no child.", by=head, at=LATER)
    assert [one.status for one in disclosures.told_of(world.willing.person)] == [Status.REFUSED]


def test_the_familys_file_says_what_was_given_and_of_a_refused_request_that_it_was_nothing(
    world: World, order: Disclosure, head: User, officer: User
) -> None:
    """LAW 30, 37."""
    refused = disclosures.record(school=world.school, asked=asked(world), by=officer, at=AT)
    disclosures.refuse(disclosure=refused, why="No order.", by=officer, at=AT)
    allow(order, head, officer)
    disclosures.give(disclosure=order, by=officer, at=LATER)
    family = subjects.Asked(world.willing.person, world.willing.parent)
    (told,) = [section.rows for section in subjects.export(family) if section.key == "disclosures"]
    given = {row["disclosure_status"]: row["disclosure_given_in_words"] for row in told}
    assert given == {Status.GIVEN: ["Passages at the gates", "Name, number and class"], Status.REFUSED: []}


def test_while_an_order_forbids_it_the_family_is_not_told_and_the_day_after_it_is(
    world: World, officer: User, head: User
) -> None:
    """LAW 37: told unless prohibited."""
    until = AT.date() + timedelta(days=10)
    ask = asked(world, silent_until=until, silent_why="Order 12/2026, paragraph 3")
    found = disclosures.record(school=world.school, asked=ask, by=officer, at=AT)
    disclosures.refuse(disclosure=found, why="No such right.", by=head, at=AT)
    import_module("enrollment.tasks")  # It knows the mails.
    assert disclosures.tell_due(AT + timedelta(days=10)) == 0
    assert not disclosures.told_of(world.willing.person).exists()
    assert disclosures.tell_due(AT + timedelta(days=11)) == 1
    assert disclosures.tell_due(AT + timedelta(days=12)) == 0
    outbox.settle(at=AT + timedelta(days=12))
    assert [message.to for message in mail.outbox] == [[world.willing.parent.email]]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"silent_until": AT.date()}, "silent_why"),
        ({"silent_why": "Because."}, "silent_why"),
        ({"silent_until": AT.date() + timedelta(days=400), "silent_why": "An order."}, "bad_day"),
        ({"asked_on": AT.date() + timedelta(days=1)}, "bad_day"),
        ({"asker": "friend"}, "no_asker"),
        ({"asked_by": " "}, "no_asker"),
        ({"wish": ""}, "no_wish"),
    ],
)
def test_a_request_that_says_too_little_is_not_written_down(
    world: World, officer: User, more: dict[str, object], reason: str
) -> None:
    """LAW 37."""
    with pytest.raises(Refused, match=reason):
        disclosures.record(school=world.school, asked=asked(world, **more), by=officer, at=AT)
    assert not Disclosure.objects.exists()


def test_a_student_of_another_school_is_nobody_here(world: World, officer: User) -> None:
    """LAW 42."""
    other = make_school(name="Seaview").willing.person
    with pytest.raises(Refused, match="foreign_student"):
        disclosures.record(school=world.school, asked=asked(world, students=(other,)), by=officer, at=AT)


def test_a_decision_is_final(order: Disclosure, head: User, officer: User) -> None:
    """LAW 37."""
    disclosures.refuse(disclosure=order, why="No right.", by=officer, at=LATER)
    with pytest.raises(Refused, match="not_open"):
        disclosures.allow(disclosure=order, by=head, at=LATER)
    with pytest.raises(Refused, match="not_open"):
        disclosures.give(disclosure=order, by=officer, at=LATER)
    with pytest.raises(Refused, match="not_open"):
        disclosures.refuse(disclosure=order, why="Again.", by=head, at=LATER)


def test_every_step_is_in_the_log_of_the_child_it_is_about(
    world: World, order: Disclosure, head: User, officer: User
) -> None:
    """LAW 35."""
    allow(order, head, officer)
    disclosures.give(disclosure=order, by=officer, at=LATER)
    events = AuditEvent.objects.filter(kind__startswith="disclosure.", subject=world.willing.person.id)
    assert sorted(events.values_list("kind", flat=True)) == sorted(
        ["disclosure.recorded", "disclosure.scan_added", "disclosure.given", "disclosure.told"]
        + ["disclosure.allowed"] * 2
    )


def test_the_day_of_silence_ends_by_the_schools_own_date(world: World, officer: User, head: User) -> None:
    """LAW 37."""
    ask = asked(world, silent_until=date(2026, 3, 4), silent_why="An order.")
    found = disclosures.record(school=world.school, asked=ask, by=officer, at=AT)
    disclosures.refuse(disclosure=found, why="No right.", by=head, at=AT)
    assert disclosures.tell_due(AT + timedelta(hours=14, minutes=29)) == 0
    assert disclosures.tell_due(AT + timedelta(hours=14, minutes=30)) == 1
