"""Answers on paper: the office's pages, two people, and nothing that one of them can do alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campus import guardians, letters, people
from campus.guardians import Refused
from campus.models import AddressChange, AuditEvent, User
from enrollment import consent, paper
from enrollment.models import ConsentEvent, PaperAnswer, Permit, Receipt, Reference
from tests.drawn import enroll
from tests.personas import AT, Pupil, SignIn, World, make_school, tell


@pytest.fixture
def grandmother(world: World) -> User:
    """A guardian without an e-mail address."""
    student, known = world.unanswered.person, AT - timedelta(days=30)
    bond = guardians.name(student=student, name="Po Po", responsible=True, by=world.office, at=known)
    tell(student, bond.guardian, at=known)
    return bond.guardian


SAID = {"responsible": "yes", "works_as": "nobody"}


def page_of(pupil: Pupil, *rest: str) -> str:
    return "/".join(["", "office", "students", str(pupil.person.id), "guardians", *rest, ""])


def print_letter(client: Client, pupil: Pupil, guardian: User) -> str:
    page = client.post(page_of(pupil, "letter"), {"guardian": str(guardian.id)}).content.decode()
    found = re.search(r'id="letter-code">([^<]+)<', page)
    assert found
    return found.group(1)


def type_in(client: Client, pupil: Pupil, guardian: User, answer: str, code: str = "") -> Any:
    said = {"guardian": str(guardian.id), "answer": answer, "letter": code}
    return client.post(page_of(pupil, "paper"), said, follow=True)


def decide(client: Client, decision: str) -> str:
    said = {"paper": str(PaperAnswer.objects.latest("recorded_at").id), "decision": decision}
    return client.post("/office/waiting/", said, follow=True).content.decode()


def has_permit(pupil: Pupil) -> bool:
    return Permit.objects.filter(student=pupil.person, live=True, compare=True).exists()


def test_a_family_without_e_mail_says_yes_on_paper_by_two_of_the_office(
    world: World, grandmother: User, colleague: User, signed_in: SignIn
) -> None:
    office, pupil = signed_in(world.office), world.unanswered
    code = print_letter(office, pupil, grandmother)
    assert "Typed in." in type_in(office, pupil, grandmother, "yes", code.lower()).content.decode()
    assert not ConsentEvent.objects.filter(student=pupil.person).exists()
    assert "The second person must be somebody else." in decide(office, "confirm")
    assert not has_permit(pupil)
    assert "Confirmed." in decide(signed_in(colleague), "confirm")
    event = ConsentEvent.objects.get(student=pupil.person)
    assert (event.kind, event.method, event.guardian, event.notice) == ("given", "paper", grandmother, world.notice)
    assert has_permit(pupil)
    assert Receipt.objects.filter(guardian=grandmother).count() == 1


def test_a_yes_needs_the_code_of_that_guardians_letter(
    world: World, grandmother: User, colleague: User, signed_in: SignIn
) -> None:
    office, pupil = signed_in(world.office), world.unanswered
    other = print_letter(office, pupil, pupil.parent)
    for code in ("", "BCDF-GHJK-LMNP", other):
        assert type_in(office, pupil, grandmother, "yes", code).status_code == 422
    assert not PaperAnswer.objects.exists()
    assert letters.find(other, AT), "somebody else's letter was spent"


def test_a_no_on_paper_needs_no_letter_and_stops_everything_before_a_second_person_has_seen_it(
    world: World, colleague: User, signed_in: SignIn
) -> None:
    office, pupil = signed_in(world.office), world.willing
    enroll(pupil.person, operator=world.office, at=AT)
    page = type_in(office, pupil, pupil.parent, "no").content.decode()
    assert "No face is compared from now on" in page
    assert not has_permit(pupil)
    assert Reference.objects.filter(student=pupil.person).exists(), "what may still be a mistake was destroyed"
    assert "a no on paper" in signed_in(pupil.parent).get("/family/").content.decode().lower()
    decide(signed_in(colleague), "confirm")
    assert not Reference.objects.filter(student=pupil.person).exists()


def test_a_withdrawal_on_paper_stops_everything_too(world: World) -> None:
    pupil = world.willing
    paper.record(student=pupil.person, guardian=pupil.parent, kind="withdrawn", code="", by=world.office, at=AT)
    assert not has_permit(pupil)


def test_a_no_that_was_typed_in_wrongly_and_dropped_stops_nothing_more(world: World, signed_in: SignIn) -> None:
    office, pupil = signed_in(world.office), world.willing
    type_in(office, pupil, pupil.parent, "no")
    assert not has_permit(pupil)
    decide(office, "drop")
    assert has_permit(pupil)


def test_a_yes_on_paper_counts_for_nothing_while_it_waits(world: World, grandmother: User, signed_in: SignIn) -> None:
    office, pupil = signed_in(world.office), world.unanswered
    type_in(office, pupil, grandmother, "yes", print_letter(office, pupil, grandmother))
    assert not has_permit(pupil)


def test_the_office_is_told_on_every_page_that_something_waits(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    assert "Waiting (" not in office.get("/office/").content.decode()
    type_in(office, world.willing, world.willing.parent, "no")
    for page in ("/office/", "/office/today/", "/office/waiting/", page_of(world.willing)):
        assert "Waiting (1)" in office.get(page).content.decode()
    assert "1 paper waits for a second person." in office.get("/office/today/").content.decode()


def test_a_letters_code_is_worth_one_slip(world: World, grandmother: User, signed_in: SignIn) -> None:
    office, pupil = signed_in(world.office), world.unanswered
    code = print_letter(office, pupil, grandmother)
    type_in(office, pupil, grandmother, "yes", code)
    assert "This code is not known." in type_in(office, pupil, grandmother, "no", code).content.decode()


def test_a_slip_that_was_dropped_never_counts(
    world: World, grandmother: User, colleague: User, signed_in: SignIn
) -> None:
    office, pupil = signed_in(world.office), world.unanswered
    type_in(office, pupil, grandmother, "yes", print_letter(office, pupil, grandmother))
    assert "Dropped." in decide(office, "drop")
    assert "decided already" in decide_again(signed_in(colleague))
    assert not ConsentEvent.objects.filter(student=pupil.person).exists()


def decide_again(client: Client) -> str:
    slip = PaperAnswer.objects.get()
    with pytest.raises(Refused) as refused:
        paper.confirm(paper=slip, by=User.objects.get(email="colleague@hillside.example"), at=AT)
    said = {"paper": str(slip.id), "decision": "confirm"}
    assert "decided already" in client.post("/office/waiting/", said, follow=True).content.decode()
    return refused.value.words


def test_neither_of_the_two_may_be_a_guardian_of_the_child(
    world: World, grandmother: User, colleague: User, signed_in: SignIn
) -> None:
    pupil = world.unanswered
    people.name_guardian(student=pupil.person, guardian=colleague, at=AT)
    type_in(signed_in(world.office), pupil, grandmother, "no")
    assert "You are a guardian of this child." in decide(signed_in(colleague), "confirm")
    assert (
        "You are a guardian of this child." in type_in(signed_in(colleague), pupil, grandmother, "no").content.decode()
    )
    assert not ConsentEvent.objects.filter(student=pupil.person).exists()


def test_the_database_itself_refuses_a_slip_confirmed_by_one(world: World, signed_in: SignIn) -> None:
    type_in(signed_in(world.office), world.willing, world.willing.parent, "no")
    event = ConsentEvent.objects.first()
    with pytest.raises(IntegrityError, match="two_staff"), transaction.atomic():
        PaperAnswer.objects.update(status="confirmed", decided_by=world.office, decided_at=AT, event=event)


def test_consent_takes_no_slip_that_two_have_not_seen(world: World) -> None:
    slip = paper.record(
        student=world.willing.person, guardian=world.willing.parent, kind="refused", code="", by=world.office, at=AT
    )
    with pytest.raises(consent.NotDecided):
        consent.take_from_paper(paper=slip, at=AT)


def test_another_schools_office_sees_and_decides_nothing(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    type_in(signed_in(world.office), world.willing, world.willing.parent, "no")
    stranger = signed_in(other.office)
    assert "Willing Pupil" not in stranger.get("/office/waiting/").content.decode()
    slip = PaperAnswer.objects.get()
    assert stranger.post("/office/waiting/", {"paper": str(slip.id), "decision": "confirm"}).status_code == 404
    assert type_in(stranger, world.willing, world.willing.parent, "no").status_code == 404


@pytest.mark.parametrize("guardian", ["", "x", "9" * 30, "-1", "0"])
def test_a_guardian_who_is_none_is_not_found(world: World, signed_in: SignIn, guardian: str) -> None:
    office = signed_in(world.office)
    for rest in ("letter", "paper", "address", "end"):
        assert office.post(page_of(world.willing, rest), {"guardian": guardian}).status_code == 404
    assert office.post("/office/waiting/", {"paper": str(uuid4())}).status_code == 404


def test_the_office_names_a_guardian_and_sees_no_address(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    said = {"name": "Wong Ka Ho 👨‍👧 يوسف", "responsible": "no", "works_as": "nobody"}
    page = office.post(page_of(world.willing), said, follow=True).content.decode()
    assert "Wong Ka Ho 👨‍👧 يوسف" in page
    assert "Without parental responsibility" in page
    assert "No e-mail address linked" in page
    assert world.willing.parent.email not in page


def test_a_name_that_is_known_is_asked_about(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    page = office.post(page_of(world.unanswered), {"name": "willing parent"}).content.decode()
    assert "Is it the same person?" in page
    assert "Willing Pupil" in page
    parent = world.willing.parent
    office.post(page_of(world.unanswered), {"name": "willing parent", "same_as": str(parent.id), **SAID})
    assert people.is_guardian(parent, world.unanswered.person)
    office.post(page_of(world.refusing), {"name": "willing parent", "same_as": "nobody", **SAID})
    assert User.objects.filter(name__iexact="willing parent").count() == 2


def test_a_letter_is_shown_once_and_kept_by_nobody(world: World, grandmother: User, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    response = office.post(page_of(world.unanswered, "letter"), {"guardian": str(grandmother.id)})
    page = response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert "Po Po" in page
    assert "They become a row of numbers" in page
    assert office.get(page_of(world.unanswered, "letter")).status_code == 405


def test_whoever_looks_at_a_familys_papers_is_in_the_audit_log(world: World, signed_in: SignIn) -> None:
    office, guardian = signed_in(world.office), f"?guardian={world.willing.parent.id}"
    office.get("/office/waiting/")
    office.get(page_of(world.willing, "paper") + guardian)
    office.get(page_of(world.willing, "address") + guardian)
    office.get(f"/office/students/{world.willing.person.id}/enroll/")
    kinds = AuditEvent.objects.filter(actor=world.office, kind__startswith="read.").values_list("kind", flat=True)
    assert set(kinds) == {"read.waiting", "read.paper", "read.address", "read.sitting"}


def test_a_new_address_on_paper_goes_the_same_way(world: World, colleague: User, signed_in: SignIn) -> None:
    said = {"guardian": str(world.willing.parent.id), "email": "new@home.example"}
    signed_in(world.office).post(page_of(world.willing, "address"), said)
    change = AddressChange.objects.get()
    confirm = {"change": str(change.id), "decision": "confirm"}
    page = signed_in(world.office).post("/office/waiting/", confirm, follow=True).content.decode()
    assert "must be somebody else" in page
    signed_in(colleague).post("/office/waiting/", confirm)
    world.willing.parent.refresh_from_db()
    assert world.willing.parent.email == "new@home.example"


def test_a_guardianship_that_ends_leaves_no_page(world: World, signed_in: SignIn) -> None:
    signed_in(world.office).post(page_of(world.willing, "end"), {"guardian": str(world.willing.parent.id)})
    assert signed_in(world.willing.parent).get(f"/family/{world.willing.person.id}/").status_code == 404
    assert not has_permit(world.willing)
