"""The way to the pictures: the student's own card, a witness, the student's answer, two minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from campus import cards, people
from campus.models import AuditEvent, Person, Role
from enrollment import assent, consent, sessions, standings
from enrollment.facts import Answer, Facts
from enrollment.models import ChildAnswer, ConsentEvent, EnrollmentSession, Permit, Reference
from enrollment.policies import Policy
from enrollment.standings import Standing
from tests.drawn import enroll
from tests.enrollment.sitting import Desk, desk_of, url
from tests.personas import AT, SignIn, World, make_school, name_parent, own_answers, sittings

State = EnrollmentSession.State
Freeze = Callable[[datetime], None]


@pytest.fixture
def desk(world: World, signed_in: SignIn) -> Desk:
    return desk_of(world, signed_in)


def state() -> str:
    return sittings().latest("opened_at").state


def kinds(prefix: str) -> list[str]:
    events = AuditEvent.objects.filter(kind__startswith=prefix).order_by("at", "id")
    return sorted(events.values_list("kind", flat=True))


def test_the_whole_way_leads_to_the_camera(world: World, desk: Desk) -> None:
    assert "Scan Willing Pupil’s card" in desk.page(world.willing)
    desk.begin(world.willing)
    assert "Now the witness" in desk.page(world.willing)
    assert "You are the witness for Willing Pupil, with Office." in desk.confirm(world.willing).content.decode()
    asked = desk.page(world.willing)
    assert "May the gate learn your face?" in asked
    assert "<video" not in asked
    desk.answer(world.willing, "yes")
    page = desk.page(world.willing)
    assert "<video" in page
    assert 'type="file"' not in page
    session = sittings().get()
    assert (session.operator, session.witness, session.state) == (world.office, world.teacher, State.ASSENTED)
    assert kinds("sitting.") == ["sitting.opened", "sitting.witnessed"]
    assert kinds("child.")[len(world.pupils) :] == ["child.assented"]


def test_yes_and_no_are_the_same_button_with_another_word(world: World, desk: Desk) -> None:
    desk.begin(world.willing)
    desk.confirm(world.willing)
    page = desk.page(world.willing)
    assert '<button class="answer" name="answer" value="yes">Yes</button>' in page
    assert '<button class="answer" name="answer" value="no">No</button>' in page


@pytest.mark.parametrize("whose", ["another", "none of ours", "half", "nothing", "revoked"])
def test_no_other_card_opens_a_sitting(world: World, desk: Desk, whose: str) -> None:
    own = world.willing.card
    shown = {
        "another": world.latecomer.card,
        "none of ours": str(cards.Card(bytes(16), bytes(32))),
        "half": own[:40],
        "nothing": "",
        "revoked": own,
    }[whose]
    if whose == "revoked":
        cards.revoke(person=world.willing.person, by=None, at=AT)
    response = desk.begin(world.willing, shown)
    assert response.status_code == 422
    assert not sittings().exists()
    assert own not in response.content.decode()
    assert kinds("sitting.") == ["sitting.not_opened"]


@pytest.mark.parametrize("name", ["refusing", "withdrawn", "unanswered"])
def test_without_the_familys_yes_nobody_is_asked(world: World, desk: Desk, name: str) -> None:
    pupil = world.pupils[name]
    assert desk.begin(pupil).status_code == 409
    assert not sittings().exists()


def test_nobody_sits_with_their_own_child(world: World, desk: Desk) -> None:
    people.name_guardian(student=world.willing.person, guardian=world.office, at=AT)
    assert desk.begin(world.willing).status_code == 403
    assert not sittings().exists()


def test_the_operator_is_no_witness(world: World, desk: Desk) -> None:
    desk.begin(world.willing)
    response = desk.operator.post("/office/witness/", {"code": desk.code(world.willing)})
    assert "Another member of staff must be the witness" in response.content.decode()
    assert state() == State.WAITING


def test_a_guardian_is_no_witness(world: World, desk: Desk) -> None:
    name_parent(world.willing.person, world.teacher)
    desk.begin(world.willing)
    assert desk.confirm(world.willing).status_code == 422
    assert state() == State.WAITING


def test_staff_of_another_school_are_no_witnesses(world: World, desk: Desk, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    desk.begin(world.willing)
    response = signed_in(other.office).post("/office/witness/", {"code": desk.code(world.willing)})
    assert "No sitting waits under this code" in response.content.decode()
    assert state() == State.WAITING


@pytest.mark.parametrize("code", ["", "BCDF-GHJK", "''; --"])
def test_a_code_that_is_nobodys_says_so(world: World, desk: Desk, code: str) -> None:
    desk.begin(world.willing)
    assert desk.witness.post("/office/witness/", {"code": code}).status_code == 422


def test_a_code_is_read_in_small_letters_and_without_its_dash(world: World, desk: Desk) -> None:
    desk.begin(world.willing)
    code = desk.code(world.willing).lower().replace("-", " ")
    assert desk.witness.post("/office/witness/", {"code": code}).status_code == 200


def test_a_code_works_once(world: World, desk: Desk, signed_in: SignIn) -> None:
    desk.begin(world.willing)
    code = desk.code(world.willing)
    desk.confirm(world.willing)
    assert signed_in(world.other_teacher).post("/office/witness/", {"code": code}).status_code == 422
    assert sittings().get().witness == world.teacher


def test_the_witness_has_five_minutes(world: World, desk: Desk, frozen: Freeze) -> None:
    desk.begin(world.willing)
    code = desk.code(world.willing)
    frozen(AT + timedelta(minutes=5))
    assert desk.witness.post("/office/witness/", {"code": code}).status_code == 422
    assert "Scan Willing Pupil’s card" in desk.page(world.willing)


def test_the_sitting_has_two_minutes_from_the_witnesss_word(world: World, desk: Desk, frozen: Freeze) -> None:
    desk.begin(world.willing)
    frozen(AT + timedelta(minutes=4))
    desk.confirm(world.willing)
    frozen(AT + timedelta(minutes=5, seconds=59))
    assert desk.answer(world.willing, "yes").status_code == 302
    frozen(AT + timedelta(minutes=6))
    assert "Scan Willing Pupil’s card" in desk.page(world.willing)


def test_a_yes_that_comes_too_late_or_too_early_is_not_taken(world: World, desk: Desk, frozen: Freeze) -> None:
    desk.begin(world.willing)
    assert desk.answer(world.willing, "yes").status_code == 409
    desk.confirm(world.willing)
    frozen(AT + timedelta(minutes=2))
    assert desk.answer(world.willing, "yes").status_code == 409
    assert not own_answers().exists()


def test_a_no_ends_the_sitting_and_is_the_last_word(world: World, desk: Desk) -> None:
    desk.begin(world.willing)
    desk.confirm(world.willing)
    page = desk.answer(world.willing, "no").content.decode()
    assert "Thank you for telling us, Willing Pupil." in page
    assert state() == State.DECLINED
    assert kinds("child.")[len(world.pupils) :] == ["child.refused"]
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()
    assert standings.of([world.willing.person], AT) == {world.willing.person.id: Standing.CHILD_NO}
    assert desk.begin(world.willing).status_code == 409
    assert "has said no. Only the student can change that." in desk.begin(world.willing).content.decode()


def test_a_no_after_the_yes_counts_and_takes_the_reference_along(world: World, desk: Desk) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    desk.sit(world.willing)
    desk.answer(world.willing, "no")
    assert state() == State.DECLINED
    assert not Reference.objects.exists()


def test_a_no_counts_even_when_the_sitting_is_over(world: World, desk: Desk, frozen: Freeze) -> None:
    desk.sit(world.willing)
    frozen(AT + timedelta(minutes=9))
    for _ in range(2):
        assert "Thank you for telling us" in desk.answer(world.willing, "no").content.decode()
    answers = list(own_answers().order_by("id").values_list("kind", flat=True))
    assert answers == [ChildAnswer.Kind.YES, ChildAnswer.Kind.NO]


def test_a_student_who_comes_back_may_be_asked_again(world: World, desk: Desk) -> None:
    assent.refuse(student=world.willing.person, by=world.office, at=AT)
    assert desk.begin(world.willing, came="yes").status_code == 302
    desk.confirm(world.willing)
    desk.answer(world.willing, "yes")
    assert Permit.objects.filter(student=world.willing.person, live=True).exists()


def test_the_office_writes_a_no_down_at_any_time(world: World, desk: Desk) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    for _ in range(2):
        page = desk.operator.post(f"/office/students/{world.willing.person.id}/child-said-no/", follow=True)
        assert "The student’s no is written down." in page.content.decode()
    assert own_answers().count() == 1
    assert not Reference.objects.exists()


def test_a_guardians_yes_after_it_changes_nothing(world: World) -> None:
    """Only the child lifts the child's No, whoever says Yes again."""
    student = world.willing.person
    assent.refuse(student=student, by=world.office, at=AT)
    consent.give(student=student, guardian=world.willing.parent, notice=world.notice, at=AT)
    assert not Permit.objects.filter(student=student, live=True).exists()


def test_a_childs_yes_is_no_familys_yes(world: World) -> None:
    student = world.refusing.person
    session = session_of(world, world.refusing.person)
    assent.record(student=student, kind=ChildAnswer.Kind.YES, by=world.office, at=AT, session=session)
    assert not Permit.objects.filter(student=student, live=True).exists()


def test_a_withdrawal_closes_the_desk(world: World, desk: Desk) -> None:
    desk.sit(world.willing)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=AT)
    page = desk.page(world.willing)
    assert "The family’s yes is not in force." in page
    assert "<video" not in page


def test_a_new_sitting_stops_the_one_before(world: World, desk: Desk) -> None:
    desk.begin(world.willing)
    code = desk.code(world.willing)
    desk.begin(world.willing)
    assert desk.code(world.willing) != code
    assert desk.witness.post("/office/witness/", {"code": code}).status_code == 422
    states = sittings().values_list("state", flat=True)
    assert sorted(states) == [State.STOPPED, State.WAITING]


def test_a_colleagues_sitting_is_the_colleagues(world: World, desk: Desk, signed_in: SignIn) -> None:
    Role.objects.create(school=world.school, user=world.staff, kind=Role.Kind.OFFICE)
    desk.sit(world.willing)
    page = signed_in(world.staff).get(url(world.willing)).content.decode()
    assert "Scan Willing Pupil’s card" in page


def test_the_page_may_ask_how_it_stands(world: World, desk: Desk) -> None:
    def step() -> dict[str, object]:
        told: dict[str, object] = desk.operator.get(url(world.willing), headers={"Accept": "application/json"}).json()
        return told

    assert step() == {"step": "card", "seconds": 0}
    desk.begin(world.willing)
    assert step() == {"step": "waiting", "seconds": 300}
    desk.confirm(world.willing)
    assert step() == {"step": "witnessed", "seconds": 120}


def test_what_is_over_is_swept_away(world: World, desk: Desk) -> None:
    desk.begin(world.willing)
    assert sessions.stop_expired(AT + timedelta(minutes=4)) == 0
    assert sessions.stop_expired(AT + timedelta(minutes=5)) == 1
    assert state() == State.STOPPED


def session_of(world: World, student: Person, **fields: object) -> EnrollmentSession:
    card = student.credentials.get(revoked_at=None)
    known: dict[str, object] = {
        "school": world.school,
        "student": student,
        "credential": card,
        "operator": world.office,
        "witness": world.teacher,
        "code_digest": b"code",
        "state": State.ASSENTED,
        "opened_at": AT,
        "expires_at": AT,
    }
    return EnrollmentSession.objects.create(**known | fields)


@pytest.mark.parametrize(
    "wrong",
    [{"witness": None}, {"witness": "office"}, {"tries": 1, "state": State.WITNESSED}, {"school": "other"}],
    ids=["no witness", "the operator as witness", "pictures before the answer", "two schools"],
)
def test_the_database_refuses_a_sitting_that_can_not_be(world: World, wrong: dict[str, object]) -> None:
    stands_for = {"office": world.office, "other": make_school(name="Seaview").school}
    fields = {name: stands_for.get(str(value), value) for name, value in wrong.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        session_of(world, world.willing.person, **fields)


def test_the_database_refuses_a_yes_outside_a_sitting_and_in_somebody_elses(world: World) -> None:
    said = {"school": world.school, "student": world.willing.person, "recorded_by": world.office, "at": AT}
    with pytest.raises(IntegrityError), transaction.atomic():
        ChildAnswer.objects.create(kind=ChildAnswer.Kind.YES, **said)
    theirs = session_of(world, world.latecomer.person)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChildAnswer.objects.create(kind=ChildAnswer.Kind.YES, session=theirs, **said)


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(list(ConsentEvent.Kind))), max_size=6))
def test_no_history_of_guardians_outweighs_a_childs_no(history: list[tuple[int, str]]) -> None:
    answers = tuple(Answer(who, what, AT, counts_from=AT, ends_at=AT + timedelta(days=365)) for who, what in history)
    refused = Facts(answers, exempted=frozenset({1, 2, 3}), assessed_until=AT + timedelta(days=365), assent="no")
    assert not consent.may_hold(refused, Policy(), AT)
    assert not consent.may_process(refused, Policy(), AT)


def test_a_guardian_s_answers_are_not_touched_by_the_child_s(world: World) -> None:
    before = list(ConsentEvent.objects.values_list("id", "kind"))
    assent.refuse(student=world.willing.person, by=world.office, at=AT)
    assert list(ConsentEvent.objects.values_list("id", "kind")) == before
