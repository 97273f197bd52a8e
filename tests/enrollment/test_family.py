"""A family's pages: the question, the answer, what is held, and taking the Yes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campus import people, registers
from campus.models import AuditEvent, Guardianship, Person, School
from enrollment import consent
from enrollment.models import ConsentEvent, Permit, Reference
from tests import noticing
from tests.drawn import enroll
from tests.personas import AT, Pupil, SignIn, World, make_school


def page_of(pupil: Pupil, *rest: str) -> str:
    return "/".join(["", "family", str(pupil.person.id), *rest, ""])


def send(client: Client, pupil: Pupil, answer: str | None, notice: object = "") -> Any:
    """Answer the question, send what the page to check shows, and return the page that comes of it."""
    said = {"notice": str(notice)} | ({"answer": answer} if answer else {})
    response = client.post(page_of(pupil, "answer"), said, follow=True)
    if not response.redirect_chain or response.redirect_chain[-1][0] != page_of(pupil, "check"):
        return response
    return client.post(page_of(pupil, "check"), shown(response), follow=True)


def shown(response: Any) -> dict[str, str]:
    """Return what the form on a page to check carries."""
    return dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">', response.content.decode()))


def answers(pupil: Pupil) -> list[str]:
    return list(ConsentEvent.objects.filter(student=pupil.person).order_by("id").values_list("kind", flat=True))


def has_permit(pupil: Pupil) -> bool:
    return Permit.objects.filter(student=pupil.person, live=True, compare=True).exists()


def test_the_question_is_asked_with_the_notice_and_nothing_chosen(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.unanswered.parent).get(page_of(world.unanswered, "answer"))
    page = response.content.decode()
    assert "May the school use Unanswered Pupil’s face to open the gate?" in page
    assert "They become a row of numbers" in page
    assert f'value="{world.notice.id}"' in page
    assert page.count('type="radio"') == 2
    assert "checked" not in page
    assert answers(world.unanswered) == []


def test_a_yes_names_the_notice_and_allows_comparing(world: World, signed_in: SignIn) -> None:
    response = send(signed_in(world.unanswered.parent), world.unanswered, "yes", world.notice.id)
    assert "Your answer is yes" in response.content.decode()
    event = ConsentEvent.objects.get(student=world.unanswered.person)
    assert (event.kind, event.notice, event.guardian, event.at) == ("given", world.notice, world.unanswered.parent, AT)
    assert has_permit(world.unanswered)


def test_a_no_is_taken_and_allows_nothing(world: World, signed_in: SignIn) -> None:
    response = send(signed_in(world.unanswered.parent), world.unanswered, "no", world.notice.id)
    assert "Your answer is no." in response.content.decode()
    assert "No face template was held." in response.content.decode()
    assert answers(world.unanswered) == ["refused"]
    assert not has_permit(world.unanswered)


@pytest.mark.parametrize("answer", [None, "", "maybe"])
def test_no_answer_is_no_answer(world: World, signed_in: SignIn, answer: str | None) -> None:
    response = send(signed_in(world.unanswered.parent), world.unanswered, answer, world.notice.id)
    assert response.status_code == 422
    assert "Choose yes or no." in response.content.decode()
    assert answers(world.unanswered) == []


def test_a_yes_to_a_notice_that_has_changed_is_asked_again(world: World, signed_in: SignIn) -> None:
    newer = noticing.changed(world.school, AT, purpose="We changed our mind.")
    parent = signed_in(world.unanswered.parent)
    response = send(parent, world.unanswered, "yes", world.notice.id)
    assert response.status_code == 409
    assert "We changed our mind." in response.content.decode()
    assert "has changed this notice" in response.content.decode()
    assert answers(world.unanswered) == []
    send(parent, world.unanswered, "yes", newer.id)
    assert answers(world.unanswered) == ["given"]


@pytest.mark.parametrize("notice", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_yes_needs_the_notice_that_was_read(world: World, signed_in: SignIn, notice: str) -> None:
    assert send(signed_in(world.unanswered.parent), world.unanswered, "yes", notice).status_code == 409
    assert answers(world.unanswered) == []


def test_a_yes_to_another_schools_notice_is_not_taken(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    assert send(signed_in(world.unanswered.parent), world.unanswered, "yes", other.notice.id).status_code == 409
    assert answers(world.unanswered) == []


def test_a_no_needs_no_notice_at_all(world: World, signed_in: SignIn) -> None:
    noticing.changed(world.school, AT, purpose="We changed our mind.")
    parent = signed_in(world.unanswered.parent)
    for notice in (world.notice.id, "nonsense"):
        assert send(parent, world.unanswered, "no", notice).status_code == 200
    assert answers(world.unanswered) == ["refused", "refused"]


def test_withdrawing_takes_one_click_and_says_what_was_destroyed(world: World, signed_in: SignIn) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    parent = signed_in(world.willing.parent)
    assert "Take my yes back" in parent.get(page_of(world.willing)).content.decode()
    page = parent.post(page_of(world.willing, "withdraw"), follow=True).content.decode()
    assert "You have taken your yes back." in page
    assert "The face template is gone." in page
    assert not Reference.objects.filter(student=world.willing.person).exists()
    assert not has_permit(world.willing)


def test_withdrawing_twice_is_withdrawing_once(world: World, signed_in: SignIn) -> None:
    parent = signed_in(world.willing.parent)
    pages = [parent.post(page_of(world.willing, "withdraw"), follow=True).content.decode() for _ in range(2)]
    assert "No face template was held." in pages[0]
    assert "Your answer was no already." in pages[1]
    assert answers(world.willing) == ["given", "withdrawn"]


def test_withdrawing_by_a_guardian_who_never_answered_stops_the_others_yes(world: World, signed_in: SignIn) -> None:
    second = world.refusing.parent
    people.name_guardian(student=world.willing.person, guardian=second, at=AT)
    page = signed_in(second).post(page_of(world.willing, "withdraw"), follow=True).content.decode()
    assert "Your answer is no." in page
    assert not has_permit(world.willing)


def test_a_no_after_enrolling_destroys_the_template_too(world: World, signed_in: SignIn) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    response = send(signed_in(world.willing.parent), world.willing, "no")
    assert "The face template is gone." in response.content.decode()
    assert not Reference.objects.exists()


def test_the_childs_page_says_what_is_held_and_the_attendance(world: World, signed_in: SignIn) -> None:
    enroll(world.latecomer.person, operator=world.office, at=AT)
    registers.mark_arrival(school=world.school, student=world.latecomer.person, at=AT)
    response = signed_in(world.latecomer.parent).get(page_of(world.latecomer))
    held = {entry.what: entry.count for entry, _ in response.context["held"]}
    assert held["Face templates"] == held["Attendance marks"] == held["Cards"] == held["Answers about consent"] == 1
    assert held["Passages at the gates"] == 0
    assert "60 minutes late" in response.content.decode()
    assert "The gate opens to Latecomer Pupil’s card and face." in response.content.decode()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("willing", "You said yes on 4 March 2026."),
        ("refusing", "You said no on 4 March 2026."),
        ("withdrawn", "You took your yes back on 4 March 2026."),
        ("unanswered", "You have not answered yet."),
    ],
)
def test_the_answer_that_stands_is_said_in_words(world: World, signed_in: SignIn, name: str, words: str) -> None:
    pupil = world.pupils[name]
    for page in ("/family/", page_of(pupil)):
        assert words in signed_in(pupil.parent).get(page).content.decode()


def test_a_yes_that_is_not_in_force_says_so_and_not_because_of_whom(world: World, signed_in: SignIn) -> None:
    people.name_guardian(student=world.willing.person, guardian=world.refusing.parent, at=AT)
    consent.refuse(student=world.willing.person, guardian=world.refusing.parent, notice=None, at=AT)
    page = signed_in(world.willing.parent).get(page_of(world.willing)).content.decode()
    assert "Another guardian of Willing Pupil says no" in page
    assert "Refusing Parent" not in page
    assert world.refusing.parent.email not in page


def test_a_guardian_without_parental_responsibility_is_told_what_the_answer_is_worth(
    world: World, signed_in: SignIn
) -> None:
    Guardianship.objects.filter(student=world.unanswered.person).update(capacity="carer")
    parent = signed_in(world.unanswered.parent)
    assert "without holding parental responsibility" in parent.get(page_of(world.unanswered, "answer")).content.decode()
    send(parent, world.unanswered, "yes", world.notice.id)
    assert not has_permit(world.unanswered)


def test_a_school_without_a_notice_can_be_told_no_only(world: World, signed_in: SignIn) -> None:
    bare = School.objects.create(slug="bare", name="Bare School", timezone="UTC")
    child = people.admit(school=bare, name="Bare Pupil", kind=Person.Kind.STUDENT, number="1", at=AT)
    people.name_guardian(student=child, guardian=world.unanswered.parent, at=AT)
    pupil, parent = Pupil(child, world.unanswered.parent, ""), signed_in(world.unanswered.parent)
    assert "has not published" in parent.get(page_of(pupil, "answer")).content.decode()
    assert send(parent, pupil, "yes").status_code == 409
    assert send(parent, pupil, "no").status_code == 200
    assert answers(pupil) == ["refused"]


def test_children_of_two_schools_stand_on_one_page(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    people.name_guardian(student=other.unanswered.person, guardian=world.willing.parent, at=AT)
    page = signed_in(world.willing.parent).get("/family/").content.decode()
    assert "Hillside School" in page
    assert "Seaview School" in page
    assert "Refusing Pupil" not in page


def test_somebody_without_a_child_is_told_whom_to_ask(world: World, signed_in: SignIn) -> None:
    assert "No child is linked" in signed_in(world.teacher).get("/family/").content.decode()


@pytest.mark.parametrize("rest", [(), ("answer",), ("check",), ("receipt",), ("withdraw",)])
def test_a_child_is_there_for_its_guardians_only(world: World, signed_in: SignIn, rest: tuple[str, ...]) -> None:
    for user in (world.refusing.parent, world.teacher, world.office):
        client = signed_in(user)
        assert client.get(page_of(world.willing, *rest)).status_code in (404, 405)
        said = {"answer": "no", "answer.gate_access": "no"}
        assert client.post(page_of(world.willing, *rest), said).status_code in (404, 405)
    assert answers(world.willing) == ["given"]


def test_a_guardian_of_the_past_has_no_page(world: World, signed_in: SignIn) -> None:
    Guardianship.objects.filter(student=world.willing.person).update(ended_at=AT)
    parent = signed_in(world.willing.parent)
    assert parent.get(page_of(world.willing)).status_code == 404
    assert send(parent, world.willing, "no").status_code == 404
    assert answers(world.willing) == ["given"]


def test_following_a_link_changes_nothing(world: World, signed_in: SignIn) -> None:
    parent = signed_in(world.willing.parent)
    assert parent.get(page_of(world.willing, "withdraw")).status_code == 405
    parent.get(page_of(world.willing, "answer"), {"answer": "no"})
    assert answers(world.willing) == ["given"]


def test_answers_need_the_pages_own_token(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.willing.parent)
    assert strict.post(page_of(world.willing, "withdraw")).status_code == 403
    assert strict.post(page_of(world.willing, "answer"), {"answer": "no"}).status_code == 403
    assert strict.post(page_of(world.willing, "check"), {"answer.gate_access": "no"}).status_code == 403
    assert answers(world.willing) == ["given"]


def test_looking_at_a_child_is_written_down(world: World, signed_in: SignIn, frozen: Callable[..., None]) -> None:
    parent = signed_in(world.willing.parent)
    for minutes in (0, 14, 15):
        frozen(AT + timedelta(minutes=minutes))
        parent.get(page_of(world.willing))
    read = AuditEvent.objects.filter(kind="read.child")
    assert {(event.actor, event.subject) for event in read} == {(world.willing.parent, world.willing.person.id)}
    assert read.count() == 2


def test_a_name_is_shown_and_never_believed(world: World, signed_in: SignIn) -> None:
    world.willing.person.name = "<script>alert(1)</script>"
    world.willing.person.save()
    page = signed_in(world.willing.parent).get(page_of(world.willing)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
