"""What two people do about one child at the same moment: each is told what became of it, and a No always wins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from campus import guardians, people, restrictions
from campus.guardians import Refused
from campus.models import AuditEvent, ContactRestriction, Role, SignInAddress, User
from enrollment import answers, bonds, consent, exemptions, holds, paper
from enrollment.answers import Given
from enrollment.models import ConsentEvent, Exemption, Hold, PaperAnswer, Permit, Receipt
from tests.concurrency.conftest import Hall
from tests.concurrency.meeting import Callers
from tests.personas import AT, Pupil


def told(call: Callable[[], object]) -> str:
    """Return in a word what became of a call."""
    try:
        call()
    except Refused as refusal:
        return refusal.reason
    except consent.NotAGuardian:
        return "not a guardian"
    return "done"


def sends(hall: Hall, pupil: Pupil, guardian: User, *, yes: bool, form: UUID | None = None) -> Callable[[], Receipt]:
    given = [Given("gate_access", yes, hall.world.notice)]
    return partial(
        answers.send, student=pupil.person, guardian=guardian, given=given, form=form or uuid4(), at=hall.world.at
    )


def is_live(pupil: Pupil) -> bool:
    return Permit.objects.filter(student=pupil.person, live=True).exists()


@pytest.fixture
def colleague(hall: Hall) -> User:
    """A second member of the school's office."""
    user = User.objects.create_user("colleague@hillside.example", name="Colleague")
    Role.objects.create(school=hall.world.school, user=user, kind=Role.Kind.OFFICE)
    return user


def test_of_two_guardians_who_answer_in_the_same_second_the_no_counts(hall: Hall, callers: Callers) -> None:
    """LAW 5."""
    pupil = hall.world.unanswered
    other = User.objects.create_user("other@home.example", name="Other Parent")
    people.name_guardian(student=pupil.person, guardian=other, at=AT - timedelta(days=60))
    callers.at_once(sends(hall, pupil, pupil.parent, yes=True), sends(hall, pupil, other, yes=False))
    assert set(ConsentEvent.objects.filter(student=pupil.person).values_list("kind", flat=True)) == {"given", "refused"}
    assert not is_live(pupil)


def test_one_form_sent_twice_at_once_is_one_answer(hall: Hall, callers: Callers) -> None:
    pupil, form = hall.world.unanswered, uuid4()
    click = sends(hall, pupil, pupil.parent, yes=True, form=form)
    first, second = callers.at_once(click, click)
    assert first.id == second.id
    assert ConsentEvent.objects.filter(student=pupil.person).count() == 1


def test_a_guardian_who_is_removed_while_answering_leaves_nothing_in_force(hall: Hall, callers: Callers) -> None:
    pupil, office = hall.world.unanswered, hall.world.office
    bond = pupil.person.guardianships.select_related("student__school", "school").get()
    remove = partial(bonds.end_guardianship, bond=bond, by=office, at=hall.world.at)
    answer = sends(hall, pupil, pupil.parent, yes=True)
    words = callers.at_once(partial(told, answer), partial(told, remove))
    assert words in (["done", "done"], ["not a guardian", "done"])
    assert not is_live(pupil)


def test_a_hold_that_two_write_down_at_once_stands_once(hall: Hall, callers: Callers) -> None:
    world, pupil = hall.world, hall.world.willing
    hear = partial(holds.record_objection, student=pupil.person, guardian=pupil.parent, at=world.at)
    first, second = callers.at_once(partial(hear, by=world.office), partial(hear, by=world.teacher))
    assert first.id == second.id
    assert AuditEvent.objects.filter(kind="hold.recorded").count() == 1


def test_a_hold_that_is_cleared_while_the_guardian_says_no_ends_in_a_no(
    hall: Hall, callers: Callers, colleague: User
) -> None:
    """LAW 8."""
    world, pupil = hall.world, hall.world.willing
    SignInAddress.objects.update(bound_at=AT - timedelta(days=30))
    hold = holds.record_objection(student=pupil.person, guardian=pupil.parent, by=world.office, at=world.at)
    clear = partial(holds.clear, hold=hold, reason="A mistake", by=colleague, at=world.at)
    words = callers.at_once(partial(told, clear), partial(told, sends(hall, pupil, pupil.parent, yes=False)))
    assert words[0] in ("done", "not_standing")
    assert words[1] == "done"
    assert Hold.objects.get().status in ("cleared", "confirmed")
    assert not is_live(pupil)


def test_an_exemption_confirmed_and_dropped_at_once_is_one_of_the_two(
    hall: Hall, callers: Callers, colleague: User
) -> None:
    world, pupil = hall.world, hall.world.willing
    about = exemptions.record(
        student=pupil.person, guardian=pupil.parent, reason="Not found", by=world.office, at=world.at
    )
    confirm = partial(exemptions.confirm, exemption=about, by=colleague, at=world.at)
    drop = partial(exemptions.drop, exemption=about, by=world.office, at=world.at)
    words = callers.at_once(partial(told, confirm), partial(told, drop))
    assert sorted(words) == ["done", "not_waiting"]
    assert Exemption.objects.get().status == ("confirmed" if words[0] == "done" else "dropped")


def test_a_restriction_that_two_write_down_at_once_stands_once(hall: Hall, callers: Callers, colleague: User) -> None:
    world, pupil = hall.world, hall.world.willing
    record = partial(
        restrictions.record, student=pupil.person, guardian=pupil.parent, order="Court, 12/2026", at=world.at
    )
    callers.at_once(partial(record, by=world.office), partial(record, by=colleague))
    assert ContactRestriction.objects.count() == 1
    assert guardians.is_restricted(pupil.parent, pupil.person)


def test_a_no_on_paper_confirmed_while_the_guardian_says_yes_is_taken_once(
    hall: Hall, callers: Callers, colleague: User
) -> None:
    world, pupil = hall.world, hall.world.willing
    slip = paper.record(
        student=pupil.person, guardian=pupil.parent, slip=paper.Slip("refused"), by=world.office, at=world.at
    )
    confirm = partial(paper.confirm, paper=slip, by=colleague, at=world.at)
    words = callers.at_once(
        partial(told, confirm), partial(told, confirm), partial(told, sends(hall, pupil, pupil.parent, yes=True))
    )
    assert sorted(words[:2]) == ["done", "not_waiting"]
    assert PaperAnswer.objects.get().status == "confirmed"
    assert ConsentEvent.objects.filter(student=pupil.person, method="paper").count() == 1
