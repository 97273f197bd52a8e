"""What a family does: who may answer, what an answer leaves behind, and what withdrawing destroys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from campus.models import AuditEvent, Guardianship, Outbox
from enrollment import consent, erasure, notices, reviewing
from enrollment.models import ConsentEvent, Notice, Permit, Purpose, Receipt, Reference, ReferenceCiphertext, State
from tests import noticing
from tests.drawn import enroll
from tests.enrollment.family_facts import (
    DAY,
    causes,
    may_compare,
    new_address,
    other_parent,
    own_sign_in,
    publish,
    state,
)
from tests.personas import World, make_school, tell

# ------------------------------------------------------------ who may answer


def test_silence_makes_no_permit(world: World) -> None:
    """LAW 3."""
    assert consent.reconcile(student=world.unanswered.person, at=world.at) is None
    assert state(world.unanswered.person, world.at + 90 * DAY) == State.NOTIFIED
    assert not Permit.objects.filter(student=world.unanswered.person).exists()


@pytest.mark.parametrize("who", ["office", "teacher", "staff"])
def test_nobody_at_the_school_answers_for_a_family(world: World, who: str) -> None:
    """LAW 9."""
    student, user = world.unanswered.person, getattr(world, who)
    with pytest.raises(consent.NotAGuardian):
        consent.give(student=student, guardian=user, notice=world.notice, at=world.at)
    with pytest.raises(consent.NotAGuardian):
        consent.refuse(student=student, guardian=user, notice=world.notice, at=world.at)
    with pytest.raises(consent.NotAGuardian):
        consent.withdraw(student=student, guardian=user, at=world.at)
    assert not ConsentEvent.objects.filter(student=student).exists()


def test_another_family_s_parent_is_a_stranger(world: World) -> None:
    with pytest.raises(consent.NotAGuardian):
        consent.withdraw(student=world.willing.person, guardian=world.refusing.parent, at=world.at)
    assert may_compare(world.willing.person, world.at)


def test_a_guardian_of_the_past_is_a_stranger_and_the_yes_counts_no_more(world: World) -> None:
    Guardianship.objects.filter(student=world.willing.person).update(ended_at=world.at)
    with pytest.raises(consent.NotAGuardian):
        consent.give(student=world.willing.person, guardian=world.willing.parent, notice=world.notice, at=world.at)
    assert consent.reconcile(student=world.willing.person, at=world.at) is None


def test_the_no_of_a_guardian_of_the_past_stays(world: World) -> None:
    other, student = other_parent(world), world.willing.person
    consent.refuse(student=student, guardian=other, notice=None, at=world.at)
    Guardianship.objects.filter(student=student, guardian=other).update(ended_at=world.at)
    assert consent.reconcile(student=student, at=world.at) is None
    assert state(student, world.at) == State.BLOCKED_BY_GUARDIAN


def test_somebody_with_care_and_no_responsibility_can_stop_it_and_can_t_allow_it(world: World) -> None:
    """LAW 5."""
    carer, student = other_parent(world, capacity="carer", told=False), world.willing.person
    consent.refuse(student=student, guardian=carer, notice=None, at=world.at)
    assert not may_compare(student, world.at)
    consent.withdraw(student=student, guardian=world.willing.parent, at=world.at)
    consent.give(student=student, guardian=carer, notice=world.notice, at=world.at)
    assert not may_compare(student, world.at)


def test_the_other_guardian_s_no_stops_it_and_only_they_lift_it(world: World) -> None:
    """LAW 5."""
    other, student = other_parent(world), world.willing.person
    consent.refuse(student=student, guardian=other, notice=world.notice, at=world.at)
    assert not may_compare(student, world.at)
    consent.give(student=student, guardian=world.willing.parent, notice=world.notice, at=world.at)
    assert not may_compare(student, world.at)
    consent.give(student=student, guardian=other, notice=world.notice, at=world.at)
    assert may_compare(student, world.at)


# ------------------------------------------------------------ what an answer is about


def test_a_yes_names_a_notice_of_the_child_s_own_school(world: World) -> None:
    """LAW 4."""
    other, pupil = make_school(name="Lowland"), world.unanswered
    with pytest.raises(consent.NoNotice):
        consent.give(student=pupil.person, guardian=pupil.parent, notice=other.notice, at=world.at)


def test_a_yes_to_marking_the_register_opens_no_gate(world: World) -> None:
    """LAW 4."""
    pupil, about = world.unanswered, publish(world, version=1, purpose=Purpose.ATTENDANCE, at=world.at - 30 * DAY)
    tell(pupil.person, pupil.parent, at=world.at - 30 * DAY, purpose=Purpose.ATTENDANCE)
    consent.give(student=pupil.person, guardian=pupil.parent, notice=about, at=world.at)
    assert not may_compare(pupil.person, world.at)
    assert causes(pupil.person, world.at, Purpose.ATTENDANCE) == ("gate",)


def test_an_answer_is_on_record_with_who_gave_it_to_which_notice_and_by_which_way(world: World) -> None:
    """LAW 9."""
    pupil = world.unanswered
    receipt = consent.give(student=pupil.person, guardian=pupil.parent, notice=world.notice, at=world.at)
    event = ConsentEvent.objects.get(student=pupil.person)
    assert (event.kind, event.guardian, event.notice, event.at) == ("given", pupil.parent, world.notice, world.at)
    assert (event.method, event.receipt) == ("web", receipt)
    assert event.address is not None
    assert event.address.email == pupil.parent.email
    kinds = set(AuditEvent.objects.filter(subject=pupil.person.id, at=world.at).values_list("kind", "actor"))
    assert kinds == {
        ("consent.given", pupil.parent.id),
        ("permit.began", None),
        ("standing.ready", None),
    }


def test_a_notice_is_published_in_versions_and_the_last_one_is_read(world: World) -> None:
    first = world.notice.body
    second = noticing.changed(world.school, world.at, by=world.office, purpose="New.")
    assert (second.version, notices.current(world.school)) == (2, second)
    assert Notice.objects.get(version=1, language="en").body == first
    assert notices.current(world.school, "cy") is None


# ------------------------------------------------------------ what withdrawing does


def test_a_withdrawal_destroys_the_reference_in_the_transaction_that_records_it(world: World) -> None:
    """LAW 8, 25, 28."""
    reference = enroll(world.willing.person, operator=world.office, at=world.at)
    receipt = consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
    assert not Reference.objects.exists()
    assert not ReferenceCiphertext.objects.exists()
    assert not may_compare(world.willing.person, world.at)
    assert Receipt.objects.get(id=receipt.id).destroyed
    owed = Outbox.objects.get(topic=erasure.DESTROY_KEY)
    assert (owed.subject, owed.status) == (reference.id, "owed")
    kinds = set(AuditEvent.objects.filter(subject=world.willing.person.id, at=world.at).values_list("kind", flat=True))
    assert {"consent.withdrawn", "permit.ended", "reference.destroyed"} <= kinds


def test_a_withdrawal_that_is_rolled_back_destroys_nothing(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    with transaction.atomic():
        consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
        transaction.set_rollback(True)
    assert Reference.objects.exists()
    assert ReferenceCiphertext.objects.exists()
    assert may_compare(world.willing.person, world.at)
    assert not Outbox.objects.filter(topic=erasure.DESTROY_KEY).exists()


def test_withdrawing_twice_changes_nothing_more(world: World) -> None:
    for minute in range(2):
        at = world.at + timedelta(minutes=minute)
        consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=at)
    ended = AuditEvent.objects.filter(kind="permit.ended", subject=world.willing.person.id)
    assert ended.count() == 1


def test_a_yes_after_a_withdrawal_is_a_new_permit_and_brings_nothing_back(world: World) -> None:
    enroll(world.willing.person, operator=world.office, at=world.at)
    old = Permit.objects.get(student=world.willing.person, live=True)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
    consent.give(student=world.willing.person, guardian=world.willing.parent, notice=world.notice, at=world.at)
    assert Permit.objects.get(student=world.willing.person, live=True) != old
    assert not Reference.objects.exists()


def test_withdrawing_needs_no_address_that_is_old_enough(world: World) -> None:
    """LAW 8."""
    new_address(world.willing.parent, at=world.at, confirmed=False)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=world.at)
    assert not may_compare(world.willing.person, world.at)


# ------------------------------------------------------------ once old enough


def test_from_the_age_of_the_pack_the_student_s_own_answer_counts_and_the_parents_does_not(world: World) -> None:
    """LAW 7."""
    student, born_on = world.willing.person, world.at.date().replace(year=world.at.year - 18)
    own = own_sign_in(world, student, born_on=born_on)
    assert state(student, world.at) == State.EXPIRED
    assert not may_compare(student, world.at)
    consent.refuse(student=student, guardian=world.willing.parent, notice=None, at=world.at)
    consent.give(student=student, guardian=own, notice=world.notice, at=world.at)
    assert may_compare(student, world.at)
    consent.withdraw(student=student, guardian=own, at=world.at + DAY)
    assert state(student, world.at + DAY) == State.BLOCKED_BY_CHILD


def test_a_day_before_the_student_s_own_yes_is_not_enough(world: World) -> None:
    """LAW 7."""
    student = world.unanswered.person
    own = own_sign_in(world, student, born_on=(world.at + DAY).date().replace(year=world.at.year - 18))
    consent.give(student=student, guardian=own, notice=world.notice, at=world.at)
    assert not may_compare(student, world.at)
    midnight = (world.at + DAY).replace(hour=0, minute=0)
    reviewing.review(midnight)
    assert may_compare(student, midnight)


def test_the_student_s_no_through_the_own_sign_in_stops_it_at_any_age(world: World) -> None:
    """LAW 6."""
    student = world.willing.person
    own = own_sign_in(world, student, born_on=world.at.date().replace(year=world.at.year - 9))
    assert may_compare(student, world.at)
    consent.refuse(student=student, guardian=own, notice=None, at=world.at)
    assert (state(student, world.at), may_compare(student, world.at)) == (State.BLOCKED_BY_CHILD, False)


# ------------------------------------------------------------ by which address


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_yes_through_a_new_address_counts_after_five_school_days_if_it_is_confirmed(
    world: World, confirmed: bool
) -> None:
    pupil = world.unanswered
    new_address(pupil.parent, at=world.at, confirmed=confirmed)
    consent.give(student=pupil.person, guardian=pupil.parent, notice=world.notice, at=world.at)
    assert causes(pupil.person, world.at) == ("address_too_new",)
    sixth_day = (world.at + 6 * DAY).replace(hour=0, minute=0)
    reviewing.review(sixth_day - timedelta(seconds=1))
    assert not may_compare(pupil.person, sixth_day - timedelta(seconds=1))
    reviewing.review(sixth_day)
    assert may_compare(pupil.person, sixth_day) is confirmed


def test_a_no_through_a_new_address_counts_at_once(world: World) -> None:
    new_address(world.willing.parent, at=world.at)
    consent.refuse(student=world.willing.person, guardian=world.willing.parent, notice=None, at=world.at)
    assert not may_compare(world.willing.person, world.at)


def test_a_no_is_not_lifted_through_a_new_address_before_five_school_days(world: World) -> None:
    pupil = world.refusing
    new_address(pupil.parent, at=world.at)
    consent.give(student=pupil.person, guardian=pupil.parent, notice=world.notice, at=world.at)
    assert state(pupil.person, world.at) == State.BLOCKED_BY_GUARDIAN
    assert state(pupil.person, world.at + 6 * DAY) == State.READY
