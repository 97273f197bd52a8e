"""No face is looked at without an assessment that two people answer for, and none is good for longer than a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import Error as DatabaseError

from campus.models import AuditEvent, Role, User
from enrollment import assessments
from enrollment.models import ImpactAssessment
from enrollment.refusals import Refused
from tests.personas import AT, World, make_school

WORDS = {name: f"About {name}." for name in assessments.WRITTEN}
LAST_DAY = date(2027, 3, 4)


def advise(found: ImpactAssessment, officer: User) -> None:
    found.refresh_from_db()
    assessments.advise(
        assessment=found, read=assessments.digest(found), advice="Look at it again in spring.", by=officer, at=AT
    )


def approve(found: ImpactAssessment, by: User, last_day: date = LAST_DAY) -> None:
    found.refresh_from_db()
    assessments.approve(assessment=found, read=assessments.digest(found), last_day=last_day, by=by, at=AT)


@pytest.fixture
def world(world: World) -> World:
    """A school that has weighed nothing yet."""
    ImpactAssessment.objects.filter(school=world.school).delete()
    return world


@pytest.fixture
def draft(world: World, deputy: User, officer: User) -> ImpactAssessment:
    """One whole draft, with advice, by the deputy."""
    found = assessments.write(school=world.school, words=WORDS, by=deputy, at=AT)
    advise(found, officer)
    return found


def test_without_an_approved_one_none_is_in_force(world: World, draft: ImpactAssessment) -> None:
    """LAW 34."""
    assert assessments.in_force(world.school, AT) is None


def test_an_approved_one_is_in_force_to_the_end_of_its_last_day(
    world: World, draft: ImpactAssessment, head: User
) -> None:
    """LAW 34."""
    approve(draft, head)
    found = assessments.in_force(world.school, AT)
    assert found == draft
    assert found.valid_until is not None
    assert assessments.in_force(world.school, found.valid_until - timedelta(seconds=1)) == draft
    assert assessments.in_force(world.school, found.valid_until) is None
    assert assessments.in_force(world.school, AT - timedelta(seconds=1)) is None


@pytest.mark.parametrize("part", assessments.WRITTEN)
def test_it_is_not_approved_while_a_part_is_empty(
    world: World, deputy: User, head: User, officer: User, part: str
) -> None:
    """LAW 34: necessity, alternatives, bias, who was asked."""
    found = assessments.write(school=world.school, words=WORDS | {part: "  "}, by=deputy, at=AT)
    advise(found, officer)
    with pytest.raises(Refused, match="not_whole"):
        approve(found, head)


def test_it_is_not_approved_without_the_officers_advice(world: World, deputy: User, head: User) -> None:
    """LAW 34."""
    found = assessments.write(school=world.school, words=WORDS, by=deputy, at=AT)
    with pytest.raises(Refused, match="not_whole"):
        approve(found, head)


def test_who_wrote_a_part_of_it_does_not_approve_it(
    world: World, draft: ImpactAssessment, deputy: User, officer: User
) -> None:
    """LAW 34: two people."""
    Role.objects.create(school=world.school, user=officer, kind=Role.Kind.ADMINISTRATOR)
    for writer in (deputy, officer):
        with pytest.raises(Refused, match="own_words"):
            approve(draft, writer)


def test_only_an_administrator_approves(world: World, draft: ImpactAssessment, second_officer: User) -> None:
    """LAW 34."""
    for stranger in (second_officer, world.office, world.willing.parent):
        with pytest.raises(Refused, match="not_administrator"):
            approve(draft, stranger)


@pytest.fixture
def second_officer(world: World) -> User:
    user = User.objects.create_user("second.officer@hillside.example", name="Second Officer")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.PROTECTION_OFFICER)
    return user


@pytest.mark.parametrize("last_day", [date(2027, 3, 5), date(2026, 3, 3)])
def test_it_holds_for_twelve_months_at_most(draft: ImpactAssessment, head: User, last_day: date) -> None:
    """LAW 34: in date."""
    with pytest.raises(Refused, match="bad_day"):
        approve(draft, head, last_day)


def test_what_is_approved_is_what_was_read(draft: ImpactAssessment, deputy: User, head: User, world: World) -> None:
    """LAW 34."""
    read = assessments.digest(draft)
    assessments.write(school=world.school, words=WORDS | {"bias": "For nobody."}, by=deputy, at=AT)
    with pytest.raises(Refused, match="changed"):
        assessments.approve(assessment=draft, read=read, last_day=LAST_DAY, by=head, at=AT)


def test_changed_words_await_new_advice(draft: ImpactAssessment, deputy: User, world: World) -> None:
    """LAW 34."""
    found = assessments.write(school=world.school, words=WORDS, by=deputy, at=AT)
    assert found.advice
    found = assessments.write(school=world.school, words=WORDS | {"bias": "For nobody."}, by=deputy, at=AT)
    assert (found.advice, found.advised_by) == ("", None)


def test_only_who_began_a_draft_changes_it(draft: ImpactAssessment, head: User, world: World) -> None:
    """LAW 34: otherwise the last to touch a comma would be its one writer."""
    with pytest.raises(Refused, match="not_your_draft"):
        assessments.write(school=world.school, words=WORDS, by=head, at=AT)


def test_taking_an_approval_back_needs_one_person_and_a_reason(
    world: World, draft: ImpactAssessment, head: User, officer: User
) -> None:
    """LAW 34."""
    approve(draft, head)
    with pytest.raises(Refused, match="no_words"):
        assessments.revoke(assessment=draft, why=" ", by=officer, at=AT)
    assessments.revoke(assessment=draft, why="The measures were not taken.", by=officer, at=AT)
    assert assessments.in_force(world.school, AT) is None
    with pytest.raises(Refused, match="already"):
        assessments.revoke(assessment=draft, why="Again.", by=officer, at=AT)


def test_the_next_one_ends_the_one_before_and_taking_it_back_revives_nothing(
    world: World, draft: ImpactAssessment, head: User, deputy: User, officer: User
) -> None:
    """LAW 34."""
    approve(draft, head)
    later = AT + timedelta(days=1)
    following = assessments.write(school=world.school, words=WORDS, by=deputy, at=later)
    advise(following, officer)
    following.refresh_from_db()
    read = assessments.digest(following)
    assessments.approve(assessment=following, read=read, last_day=LAST_DAY, by=head, at=later)
    assert assessments.in_force(world.school, later) == following
    assessments.revoke(assessment=following, why="Too early.", by=head, at=later)
    assert assessments.in_force(world.school, later) is None
    assert list(assessments.history(world.school)) == [following, draft]


def test_the_database_keeps_an_approved_one_as_it_is(draft: ImpactAssessment, head: User, deputy: User) -> None:
    """LAW 34, 35."""
    approve(draft, head)
    row = ImpactAssessment.objects.filter(id=draft.id)
    for change in ({"bias": "For nobody."}, {"advice": "All is well."}, {"approved_by": deputy}):
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
            row.update(**change)
    with pytest.raises(IntegrityError, match="assessment_holds_a_year"), transaction.atomic():
        row.update(valid_until=AT + timedelta(days=400))


def test_the_database_wants_two_people_and_every_part(draft: ImpactAssessment, deputy: User, head: User) -> None:
    """LAW 34."""
    row = ImpactAssessment.objects.filter(id=draft.id)
    approved = {"status": "approved", "approved_at": AT, "valid_until": AT + timedelta(days=1)}
    with pytest.raises(IntegrityError, match="assessment_takes_two_people"), transaction.atomic():
        row.update(approved_by=deputy, **approved)
    with pytest.raises(IntegrityError, match="assessment_approved_is_whole"), transaction.atomic():
        row.update(approved_by=head, summary="", **approved)


def test_every_step_is_in_the_log(draft: ImpactAssessment, head: User, officer: User) -> None:
    """LAW 35."""
    approve(draft, head)
    assessments.revoke(assessment=draft, why="The measures were not taken.", by=officer, at=AT)
    kinds = set(AuditEvent.objects.filter(kind__startswith="assessment.").values_list("kind", flat=True))
    assert kinds == {f"assessment.{step}" for step in ("written", "advised", "approved", "revoked")}


def test_another_schools_assessment_is_not_this_ones(draft: ImpactAssessment) -> None:
    """LAW 42."""
    assert assessments.in_force(make_school(name="Seaview").school, AT) != draft
    assert assessments.in_force(draft.school, AT) is None
