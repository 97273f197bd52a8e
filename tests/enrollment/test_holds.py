"""What stops comparing for a while, who may write it down, and who may clear it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campus import guardians, people
from campus.guardians import Refused
from campus.models import AuditEvent, Role, SignInAddress, User
from enrollment import holds
from enrollment.models import ChildAnswer, ConsentEvent, Hold, Permit
from tests.personas import AT, Pupil, SignIn, World, make_school

Frozen = Callable[[datetime], None]


@pytest.fixture
def officer(world: World) -> User:
    """The school's data protection officer."""
    user = User.objects.create_user("protection@hillside.example", name="Protection Officer")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.PROTECTION_OFFICER)
    return user


@pytest.fixture
def known(world: World) -> World:
    """The same school, whose parents' addresses were linked a month ago."""
    SignInAddress.objects.update(bound_at=AT - timedelta(days=30), confirmed_at=AT - timedelta(days=30))
    return world


def page_of(pupil: Pupil, page: str = "consent") -> str:
    return f"/office/students/{pupil.person.id}/{page}/"


def hears(client: Client, pupil: Pupil, who: str) -> Any:
    return client.post(page_of(pupil, "said-no"), {"who": who}, follow=True)


def clears(client: Client, hold: Hold, reason: str = "She meant the school trip") -> str:
    said = {"act": "clear", "hold": str(hold.id), "text": reason}
    address = f"/office/students/{hold.student_id}/consent/"
    return str(client.post(address, said, follow=True).content.decode())


def answers(client: Client, world: World, pupil: Pupil, said: str) -> None:
    form = {"answer.gate_access": said, "notice.gate_access": str(world.notice.id)}
    client.post(f"/family/{pupil.person.id}/check/", form)


def status_of(hold: Hold) -> str:
    hold.refresh_from_db()
    return hold.status


@pytest.fixture
def objection(known: World) -> Hold:
    """What a teacher of the child heard the parent say on the telephone."""
    pupil = known.willing
    return holds.record_objection(student=pupil.person, guardian=pupil.parent, by=known.teacher, at=AT)


# ------------------------------------------------------------ a no that was only said


def test_a_teacher_of_the_child_and_the_office_write_down_what_they_hear(world: World, signed_in: SignIn) -> None:
    """LAW 6."""
    pupil = world.willing
    for staff in (world.teacher, world.office):
        page = hears(signed_in(staff), pupil, str(pupil.parent.id)).content.decode()
        assert "From now on no face is compared for this student." in page
    hold = Hold.objects.get()  # Said twice, it stands once.
    assert (hold.guardian, hold.recorded_by, hold.cause) == (pupil.parent, world.teacher, "verbal_objection")
    assert AuditEvent.objects.filter(kind="hold.recorded", subject=pupil.person.id).count() == 1


def test_what_the_student_says_to_a_teacher_is_the_students_no(world: World, signed_in: SignIn) -> None:
    """LAW 6."""
    pupil = world.willing
    hears(signed_in(world.teacher), pupil, "student")
    last = ChildAnswer.objects.get(student=pupil.person)
    assert (last.kind, last.recorded_by) == (ChildAnswer.Kind.NO, world.teacher)
    assert not Permit.objects.filter(student=pupil.person, live=True).exists()


def test_the_teachers_page_of_a_student_leads_there(world: World, signed_in: SignIn) -> None:
    teacher = signed_in(world.teacher)
    register = teacher.get("/register/").content.decode()
    line = next(part for part in register.split('"') if str(world.willing.person.id) in part and "/register/" in part)
    assert page_of(world.willing, "said-no") in teacher.get(line).content.decode()


def test_nobody_else_writes_anything_down(world: World, signed_in: SignIn) -> None:
    """LAW 42."""
    pupil, foreign = world.willing, make_school(name="Seaview")
    strangers = (world.other_teacher, world.staff, pupil.parent, world.refusing.parent, foreign.office, foreign.teacher)
    for stranger in strangers:
        assert hears(signed_in(stranger), pupil, "student").status_code == 404
        with pytest.raises(Refused):
            holds.record_objection(student=pupil.person, guardian=pupil.parent, by=stranger, at=AT)
    assert not Hold.objects.exists()


@pytest.mark.parametrize("who", ["0", "x", "9" * 30, "-1"])
def test_somebody_who_is_no_guardian_of_the_child_says_nothing(world: World, signed_in: SignIn, who: str) -> None:
    office = signed_in(world.office)
    assert hears(office, world.willing, who).status_code == 404
    assert hears(office, world.willing, str(world.refusing.parent.id)).status_code == 404


def test_the_form_is_not_sent_without_saying_who(world: World, signed_in: SignIn) -> None:
    response = hears(signed_in(world.office), world.willing, "")
    assert (response.status_code, "Choose who said no." in response.content.decode()) == (422, True)


def test_another_of_the_office_than_who_wrote_it_down_clears_it_with_a_reason(
    known: World, colleague: User, signed_in: SignIn
) -> None:
    pupil = known.willing
    hold = holds.record_objection(student=pupil.person, guardian=pupil.parent, by=known.office, at=AT)
    assert "The second person must be somebody else." in clears(signed_in(known.office), hold)
    assert "Write down why." in clears(signed_in(colleague), hold, reason="  ")
    assert status_of(hold) == "standing"
    assert "Cleared." in clears(signed_in(colleague), hold)
    assert (status_of(hold), hold.decided_by, hold.reason) == ("cleared", colleague, "She meant the school trip")
    assert "This has ended already." in clears(signed_in(colleague), hold)


def test_neither_a_teacher_nor_a_parent_in_the_office_clears_it(
    known: World, objection: Hold, colleague: User, signed_in: SignIn
) -> None:
    people.name_guardian(student=objection.student, guardian=colleague, at=AT)
    assert "You are a guardian of this child." in clears(signed_in(colleague), objection)
    assert signed_in(known.other_teacher).get(page_of(known.willing)).status_code == 404
    assert status_of(objection) == "standing"


def test_the_guardians_own_yes_clears_it(known: World, objection: Hold, signed_in: SignIn) -> None:
    answers(signed_in(known.willing.parent), known, known.willing, "yes")
    assert (status_of(objection), objection.decided_by) == ("cleared", known.willing.parent)


def test_a_yes_through_an_address_that_is_too_new_clears_nothing(
    known: World, objection: Hold, signed_in: SignIn
) -> None:
    """LAW 9."""
    SignInAddress.objects.filter(user=known.willing.parent).update(bound_at=AT - timedelta(days=4))
    answers(signed_in(known.willing.parent), known, known.willing, "yes")
    assert status_of(objection) == "standing"


@pytest.mark.parametrize("how", ["no", "withdrawal"])
def test_the_guardians_own_no_makes_it_final(known: World, objection: Hold, signed_in: SignIn, how: str) -> None:
    """LAW 8."""
    parent, pupil = signed_in(known.willing.parent), known.willing
    if how == "no":
        answers(parent, known, pupil, "no")
    else:
        parent.post(f"/family/{pupil.person.id}/withdraw/")
    assert status_of(objection) == "confirmed"
    assert not Permit.objects.filter(student=pupil.person, live=True).exists()


def test_another_guardians_answer_decides_nothing(known: World, objection: Hold, signed_in: SignIn) -> None:
    """LAW 5."""
    other = User.objects.create_user("other@home.example", name="Other Parent")
    people.name_guardian(student=objection.student, guardian=other, at=AT - timedelta(days=60))
    answers(signed_in(other), known, known.willing, "yes")
    assert ConsentEvent.objects.filter(guardian=other).exists()
    assert status_of(objection) == "standing"


def test_a_parent_on_the_staff_whose_own_no_it_was_takes_it_back_by_a_yes(known: World, signed_in: SignIn) -> None:
    teacher = known.teacher
    people.name_guardian(student=known.unanswered.person, guardian=teacher, at=AT - timedelta(days=60))
    hold = holds.record_objection(student=known.unanswered.person, guardian=teacher, by=teacher, at=AT)
    holds.settle(student=known.unanswered.person, guardian=teacher, kind="given", at=AT)
    assert status_of(hold) == "cleared"


def test_clearing_needs_a_sign_in_of_the_last_quarter_of_an_hour_and_keeps_what_was_typed(
    known: World, objection: Hold, signed_in: SignIn, frozen: Frozen
) -> None:
    """LAW 43."""
    office = signed_in(known.office)
    frozen(AT + timedelta(hours=1))
    asked = office.post(page_of(known.willing), {"act": "clear", "hold": str(objection.id), "text": "A mistake"})
    assert asked["Location"].startswith("/sign-in/again/")
    assert status_of(objection) == "standing"
    assert "A mistake" in office.get(page_of(known.willing)).content.decode()
    assert "no face is compared" in hears(office, known.willing, "student").content.decode()  # A No needs no code.


# ------------------------------------------------------------ a question about a court's order


def test_a_query_is_written_down_by_either_and_cleared_by_the_protection_officer(
    world: World, officer: User, signed_in: SignIn
) -> None:
    for who in (world.office, officer):
        signed_in(who).post(page_of(world.willing), {"act": "query"})
        hold = Hold.objects.get(status="standing")
        assert hold.recorded_by == who
        assert "The data protection officer does this." in clears(signed_in(world.office), hold)
        assert "Cleared." in clears(signed_in(officer), hold, "No such order, says the court")
        assert status_of(hold) == "cleared"


def test_a_parents_yes_does_not_clear_a_query(known: World, signed_in: SignIn) -> None:
    hold = holds.record_query(student=known.willing.person, by=known.office, at=AT)
    answers(signed_in(known.willing.parent), known, known.willing, "yes")
    assert status_of(hold) == "standing"


# ------------------------------------------------------------ the database, and other families


def test_the_database_itself_refuses_a_hold_cleared_by_who_wrote_it_down_or_without_a_reason(
    objection: Hold, world: World
) -> None:
    rows = Hold.objects.filter(id=objection.id)
    with pytest.raises(IntegrityError, match="hold_is_cleared_by_another"), transaction.atomic():
        rows.update(status="cleared", decided_by=objection.recorded_by, decided_at=AT, reason="x")
    with pytest.raises(IntegrityError, match="hold_cleared_says_why"), transaction.atomic():
        rows.update(status="cleared", decided_by=world.office, decided_at=AT)


def test_another_childs_hold_is_not_found_through_this_childs_page(
    known: World, objection: Hold, signed_in: SignIn
) -> None:
    """LAW 42."""
    said = {"act": "clear", "hold": str(objection.id), "text": "x"}
    assert signed_in(known.office).post(page_of(known.refusing), said).status_code == 404
    for hold in ("", "nonsense", "00000000-0000-0000-0000-000000000000"):
        said["hold"] = hold
        assert signed_in(known.office).post(page_of(known.willing), said).status_code == 404


def test_a_guardian_whose_guardianship_ended_in_mid_flow_says_nothing_more(known: World) -> None:
    pupil = known.willing
    bond = pupil.person.guardianships.get()
    guardians.end(bond=bond, by=known.office, at=AT)
    with pytest.raises(Refused):
        holds.record_objection(student=pupil.person, guardian=pupil.parent, by=known.office, at=AT)
