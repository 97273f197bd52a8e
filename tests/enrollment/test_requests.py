"""Families ask, object and complain; the data protection officer answers; nothing is late unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.utils import Error as DatabaseError

from campus import outbox, people
from campus.models import AuditEvent, User
from enrollment import consent, requests
from enrollment.models import ConsentEvent, Permit, RequestMessage, SubjectRequest
from enrollment.refusals import Refused
from enrollment.requests import Asked
from tests.personas import AT, World

Kind, Status, Outcome = requests.Kind, requests.Status, requests.Outcome
LATER = AT + timedelta(days=2)


def ask(world: World, kind: str = Kind.QUESTION, **more: Any) -> SubjectRequest:
    asked = replace(Asked(kind, "Who sees this?"), **more)
    return requests.ask(student=world.willing.person, by=world.willing.parent, asked=asked, at=AT)


def test_a_complaint_is_due_to_be_acknowledged_within_30_days_and_answered_within_30_more(
    world: World, officer: User
) -> None:
    """LAW 32."""
    complaint = ask(world, Kind.COMPLAINT)
    assert complaint.due_on == date(2026, 4, 3)
    requests.acknowledge(request=complaint, by=officer, at=LATER)
    complaint.refresh_from_db()
    assert (complaint.status, complaint.due_on) == (Status.ACKNOWLEDGED, date(2026, 4, 5))


def test_an_access_request_stays_due_on_its_first_day_however_often_it_is_acknowledged(
    world: World, officer: User
) -> None:
    """LAW 30."""
    access = ask(world, Kind.ACCESS)
    requests.acknowledge(request=access, by=officer, at=LATER)
    access.refresh_from_db()
    assert access.due_on == date(2026, 4, 3)
    with pytest.raises(Refused, match="already"):
        requests.acknowledge(request=access, by=officer, at=LATER)


@pytest.mark.parametrize("kind", [Kind.OBJECTION, Kind.ERASURE])
def test_an_objection_about_the_face_is_a_no_at_once(world: World, kind: str) -> None:
    """LAW 5: in writing, whichever page it was written on."""
    objection = ask(world, kind)
    answer = consent.standing_answer(world.willing.person, world.willing.parent)
    assert answer is not None
    assert answer.kind == ConsentEvent.Kind.WITHDRAWN
    assert objection.receipt_id == answer.receipt_id
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()


def test_an_objection_about_something_else_leaves_the_yes(world: World) -> None:
    """LAW 4."""
    assert ask(world, Kind.OBJECTION, about_face=False).receipt is None
    assert Permit.objects.filter(student=world.willing.person, live=True, compare=True).exists()


def test_an_objection_of_a_family_that_said_no_before_needs_no_second_receipt(world: World) -> None:
    family = world.refusing
    objection = requests.ask(student=family.person, by=family.parent, asked=Asked(Kind.OBJECTION, "No."), at=AT)
    assert (objection.about_face, objection.receipt) == (True, None)


def test_taking_an_objection_back_does_not_say_yes_again(world: World) -> None:
    """LAW 3."""
    requests.close(request=ask(world, Kind.OBJECTION), by=world.willing.parent, at=LATER)
    assert not Permit.objects.filter(student=world.willing.person, live=True).exists()


def test_a_question_stops_nothing(world: World) -> None:
    assert not ask(world).about_face
    assert Permit.objects.filter(student=world.willing.person, live=True, compare=True).exists()


def test_only_a_guardian_asks(world: World, officer: User) -> None:
    for stranger in (world.refusing.parent, world.office, officer):
        with pytest.raises(Refused, match="not_a_guardian"):
            requests.ask(student=world.willing.person, by=stranger, asked=Asked(Kind.ACCESS, "All."), at=AT)


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"words": "  "}, "no_words"), ({"words": "x" * 4001}, "long_words"), ({"kind": "wish"}, "no_kind")],
)
def test_what_cannot_be_read_is_not_taken(world: World, said: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        ask(world, **said)
    assert not SubjectRequest.objects.exists()


def test_a_second_click_asks_nothing_more(world: World) -> None:
    form = uuid4()
    assert ask(world, form=form) == ask(world, form=form)
    assert RequestMessage.objects.count() == 1


def test_an_answer_has_an_outcome_and_words_and_is_given_once(world: World, officer: User) -> None:
    """LAW 32: the outcome is recorded."""
    question = ask(world)
    for outcome, words, reason in (("", "So.", "no_outcome"), (Outcome.TAKEN_BACK, "So.", "no_outcome")):
        with pytest.raises(Refused, match=reason):
            requests.answer(request=question, by=officer, outcome=outcome, words=words, at=LATER)
    with pytest.raises(Refused, match="no_words"):
        requests.answer(request=question, by=officer, outcome=Outcome.DONE, words="", at=LATER)
    requests.answer(request=question, by=officer, outcome=Outcome.DONE, words="The office.", at=LATER)
    question.refresh_from_db()
    assert (question.status, question.outcome, question.answered_at) == (Status.ANSWERED, Outcome.DONE, LATER)
    assert not requests.waiting(world.school).exists()
    with pytest.raises(Refused, match="already"):
        requests.answer(request=question, by=officer, outcome=Outcome.REFUSED, words="No.", at=LATER)


def test_what_the_family_writes_after_an_answer_is_due_again(world: World, officer: User) -> None:
    """LAW 32."""
    question = ask(world)
    requests.answer(request=question, by=officer, outcome=Outcome.DONE, words="The office.", at=AT)
    requests.add_words(request=question, by=world.willing.parent, words="And who else?", at=LATER)
    assert [(one.status, one.due_on) for one in requests.waiting(world.school)] == [("acknowledged", date(2026, 4, 5))]
    written = [(message.from_school, message.words) for message in question.messages.order_by("id")]
    assert written == [(False, "Who sees this?"), (True, "The office."), (False, "And who else?")]


def test_the_school_closes_only_what_it_has_answered(world: World, officer: User) -> None:
    """LAW 32."""
    question = ask(world)
    with pytest.raises(Refused, match="not_answered"):
        requests.close(request=question, by=officer, at=LATER)
    requests.answer(request=question, by=officer, outcome=Outcome.PARTLY, words="Some.", at=LATER)
    requests.close(request=question, by=officer, at=LATER)
    question.refresh_from_db()
    assert (question.status, question.outcome) == (Status.CLOSED, Outcome.PARTLY)
    with pytest.raises(Refused, match="closed"):
        requests.add_words(request=question, by=world.willing.parent, words="But", at=LATER)


def test_who_asked_may_take_it_back(world: World) -> None:
    question = ask(world)
    requests.close(request=question, by=world.willing.parent, at=LATER)
    question.refresh_from_db()
    assert (question.status, question.outcome) == (Status.CLOSED, Outcome.TAKEN_BACK)


def test_each_guardian_sees_the_own_requests_only(world: World) -> None:
    """LAW 31."""
    mother, father = world.willing.parent, world.refusing.parent
    people.name_guardian(student=world.willing.person, guardian=father, at=AT)
    mine = ask(world)
    assert list(requests.of(world.willing.person, mother)) == [mine]
    assert not requests.of(world.willing.person, father).exists()
    with pytest.raises(Refused, match="not_theirs"):
        requests.add_words(request=mine, by=father, words="What is this?", at=LATER)
    with pytest.raises(Refused, match="not_theirs"):
        requests.close(request=mine, by=father, at=LATER)


def test_an_officer_does_not_decide_about_the_own_child(world: World, officer: User) -> None:
    """LAW 9."""
    question = ask(world)
    people.name_guardian(student=world.willing.person, guardian=officer, at=AT)
    for act in (
        lambda: requests.acknowledge(request=question, by=officer, at=LATER),
        lambda: requests.answer(request=question, by=officer, outcome=Outcome.DONE, words="So.", at=LATER),
        lambda: requests.add_words(request=question, by=officer, words="So.", at=LATER),
    ):
        with pytest.raises(Refused, match="own_child"):
            act()


def test_the_office_answers_no_request(world: World) -> None:
    question = ask(world)
    with pytest.raises(Refused, match="not_officer"):
        requests.answer(request=question, by=world.office, outcome=Outcome.DONE, words="So.", at=LATER)


def test_officer_and_family_are_mailed_that_there_is_something_to_read_and_not_what(
    world: World, officer: User
) -> None:
    """LAW 32."""
    complaint = ask(world, Kind.COMPLAINT, words="The camera frightens her.")
    requests.answer(request=complaint, by=officer, outcome=Outcome.DONE, words="She has a card.", at=LATER)
    import_module("enrollment.tasks")  # It knows the mails.
    outbox.settle(at=LATER)
    assert [message.to for message in mail.outbox] == [[officer.email], [world.willing.parent.email]]
    for message in mail.outbox:
        assert complaint.number in message.body
        assert "frightens" not in message.body
        assert "card." not in message.body


def test_every_step_is_in_the_log_without_its_words(world: World, officer: User) -> None:
    """LAW 35."""
    question = ask(world, Kind.COMPLAINT)
    requests.acknowledge(request=question, by=officer, at=LATER)
    requests.answer(request=question, by=officer, outcome=Outcome.REFUSED, words="No, because.", at=LATER)
    requests.close(request=question, by=officer, at=LATER)
    events = AuditEvent.objects.filter(kind__startswith="request.").order_by("at", "id")
    steps = {"request.asked", "request.acknowledged", "request.answered", "request.closed"}
    assert {event.kind for event in events} == steps
    assert not any("because" in str(event.payload.body) for event in events)


def test_what_was_written_stays_as_it_was_written(world: World) -> None:
    """LAW 35."""
    ask(world)
    for change in (lambda: RequestMessage.objects.update(words="Nothing."), RequestMessage.objects.all().delete):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            change()


def test_the_database_refuses_an_end_without_an_outcome(world: World) -> None:
    """LAW 32."""
    question = ask(world)
    with pytest.raises(IntegrityError, match="subjectrequest_closed"), transaction.atomic():
        SubjectRequest.objects.filter(id=question.id).update(status=Status.CLOSED, closed_at=AT)
