"""What the database itself refuses, whoever asks and with whatever SQL: a reference without a live permit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from campus.models import Person
from enrollment.models import ConsentEvent, Permit, Reference, ReferenceCiphertext
from tests.drawn import enroll
from tests.personas import World, make_school


def permit_of(student: Person) -> Permit:
    return Permit.objects.filter(student=student).latest("began_at")


def refuses(constraint: str) -> Any:
    """Expect the database, and no code of ours, to refuse what follows."""
    return pytest.raises(IntegrityError, match=constraint)


def keep(world: World, student: Person, permit: Permit, **fields: Any) -> Reference:
    known = {"engine": "drawn-1", "captures": 3, "enrolled_at": world.at, "enrolled_by": world.office} | fields
    return Reference.objects.create(school=world.school, student=student, permit=permit, **known)


def test_it_takes_a_reference_under_a_live_permit(world: World) -> None:
    keep(world, world.willing.person, permit_of(world.willing.person))


def test_it_refuses_a_reference_under_a_permit_that_ended(world: World) -> None:
    ended = permit_of(world.withdrawn.person)
    assert not ended.live
    with refuses("reference_has_a_live_permit"):
        keep(world, world.withdrawn.person, ended)


def test_it_refuses_a_reference_that_calls_itself_dead_to_fit_a_dead_permit(world: World) -> None:
    with refuses("reference_is_live"):
        keep(world, world.withdrawn.person, permit_of(world.withdrawn.person), live=False)


def test_it_refuses_a_reference_under_somebody_else_s_permit(world: World) -> None:
    with refuses("reference_has_a_live_permit"):
        keep(world, world.unanswered.person, permit_of(world.willing.person))


def test_it_refuses_to_end_a_permit_under_a_reference(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    with refuses("reference_has_a_live_permit"):
        Permit.objects.filter(student=world.willing.person).update(live=False, compare=False)


def test_it_refuses_to_hand_a_permit_under_a_reference_to_another_student(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    with refuses("reference_has_a_live_permit"):
        Permit.objects.filter(student=world.willing.person).update(student=world.unanswered.person)


def test_it_refuses_to_hand_a_reference_to_another_student(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    with refuses("reference_has_a_live_permit"):
        Reference.objects.update(student=world.latecomer.person)


def test_it_refuses_to_delete_a_permit_under_a_reference(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    with refuses("reference"), transaction.atomic():
        Permit.objects.filter(student=world.willing.person)._raw_delete("default")


def test_it_refuses_a_second_live_permit(world: World) -> None:
    with refuses("permit_one_live"):
        Permit.objects.create(
            school=world.school,
            student=world.willing.person,
            compare_until=world.at,
            expires_at=world.at + timedelta(days=1),
            began_at=world.at,
        )


def test_it_refuses_a_dead_permit_that_compares(world: World) -> None:
    with refuses("permit_compares_only_while_live"):
        Permit.objects.filter(student=world.willing.person).update(live=False)


@pytest.mark.parametrize("captures", [2, 6])
def test_it_refuses_a_reference_of_fewer_than_three_or_more_than_five_pictures(world: World, captures: int) -> None:
    with refuses("reference_of_3_to_5"):
        keep(world, world.willing.person, permit_of(world.willing.person), captures=captures)


def test_it_refuses_a_second_reference_of_one_student(world: World) -> None:
    keep(world, world.willing.person, permit_of(world.willing.person))
    with refuses("reference_one_a_purpose"):
        keep(world, world.willing.person, permit_of(world.willing.person))


def test_it_refuses_a_ciphertext_of_another_school_s_reference(world: World) -> None:
    reference = keep(world, world.willing.person, permit_of(world.willing.person))
    other = make_school(name="Lowland")
    with refuses("ciphertext_reference_school"):
        ReferenceCiphertext.objects.create(reference=reference, school=other.school, blob=b"x")


def test_it_refuses_a_yes_without_a_notice(world: World) -> None:
    with refuses("consent_yes_names_its_notice"):
        ConsentEvent.objects.create(
            school=world.school,
            student=world.unanswered.person,
            purpose="gate_access",
            kind="given",
            guardian=world.unanswered.parent,
            at=world.at,
        )


def test_it_refuses_a_yes_to_another_school_s_notice(world: World) -> None:
    other = make_school(name="Lowland")
    with refuses("consent_notice_school"):
        ConsentEvent.objects.create(
            school=world.school,
            student=world.unanswered.person,
            purpose="gate_access",
            kind="given",
            guardian=world.unanswered.parent,
            notice=other.notice,
            at=world.at,
        )
