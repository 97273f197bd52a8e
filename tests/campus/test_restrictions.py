"""Contact restrictions: one records what a court ordered, which hides at once; another ends it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from campus import guardians, restrictions
from campus.guardians import Refused
from campus.models import AuditEvent, ContactRestriction, User
from tests.personas import AT, SignIn, World

ORDER = "Family Court, 12/2026"


def page_of(world: World) -> str:
    return f"/office/students/{world.willing.person.id}/consent/"


@pytest.fixture
def restriction(world: World, signed_in: SignIn) -> ContactRestriction:
    """What one of the office wrote down."""
    said = {"act": "restrict", "guardian": str(world.willing.parent.id), "text": ORDER}
    for _ in range(2):  # Two clicks.
        signed_in(world.office).post(page_of(world), said)
    return ContactRestriction.objects.get()


def test_a_restriction_holds_at_once_and_for_that_guardian_and_child_only(
    world: World, restriction: ContactRestriction
) -> None:
    assert restriction.order == ORDER
    assert guardians.is_restricted(world.willing.parent, world.willing.person)
    assert not guardians.is_restricted(world.willing.parent, world.refusing.person)
    assert not guardians.is_restricted(world.refusing.parent, world.willing.person)
    assert AuditEvent.objects.filter(kind="restriction.recorded", actor=world.office).count() == 1


def test_another_than_who_wrote_it_down_ends_it(
    world: World, restriction: ContactRestriction, colleague: User, signed_in: SignIn
) -> None:
    said = {"act": "end_restriction", "restriction": str(restriction.id)}
    page = signed_in(world.office).post(page_of(world), said, follow=True).content.decode()
    assert "must be somebody else" in page
    assert guardians.is_restricted(world.willing.parent, world.willing.person)
    signed_in(colleague).post(page_of(world), said)
    assert not guardians.is_restricted(world.willing.parent, world.willing.person)
    assert "ended already" in signed_in(colleague).post(page_of(world), said, follow=True).content.decode()


def test_withdrawing_and_objecting_stay_possible(
    world: World, restriction: ContactRestriction, signed_in: SignIn
) -> None:
    """LAW 8."""
    parent = signed_in(world.willing.parent)
    assert parent.post(f"/family/{world.willing.person.id}/withdraw/")["Location"].endswith("/receipt/")


@pytest.mark.parametrize(("order", "reason"), [("  ", "no_order"), ("x" * 201, "long_order")])
def test_it_names_the_courts_order(world: World, order: str, reason: str) -> None:
    pupil = world.willing
    with pytest.raises(Refused, match=reason):
        restrictions.record(student=pupil.person, guardian=pupil.parent, order=order, by=world.office, at=AT)


def test_teachers_and_parents_record_none(world: World) -> None:
    pupil = world.willing
    for by in (world.teacher, pupil.parent, world.staff):
        with pytest.raises(Refused, match="not_office"):
            restrictions.record(student=pupil.person, guardian=pupil.parent, order=ORDER, by=by, at=AT)


def test_the_database_itself_refuses_one_that_its_author_ends(world: World, restriction: ContactRestriction) -> None:
    with pytest.raises(IntegrityError, match="contactrestriction_ended_by_another"), transaction.atomic():
        ContactRestriction.objects.update(ended_by=world.office, ended_at=AT)
