"""Answers on paper: the office's pages, two people, and nothing that one of them can do alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campus import letters, people, tombstones
from campus.guardians import Refused
from campus.models import AddressChange, AuditEvent, Outbox, User
from enrollment import consent, paper
from enrollment.models import ConsentEvent, PaperAnswer, Receipt, Reference
from tests.drawn import enroll
from tests.enrollment.slips import decide, has_permit, page_of, print_letter, type_in
from tests.personas import AT, SignIn, World, make_school

WRONG = "The slip is of another child."


NO = paper.Slip("refused")


SAID = {"responsible": "yes", "works_as": "nobody"}


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
    paper.record(student=pupil.person, guardian=pupil.parent, slip=paper.Slip("withdrawn"), by=world.office, at=AT)
    assert not has_permit(pupil)


def test_a_no_that_was_typed_in_wrongly_is_dropped_by_a_colleague_with_a_reason(
    world: World, colleague: User, signed_in: SignIn
) -> None:
    """LAW 26."""
    office, second, pupil = signed_in(world.office), signed_in(colleague), world.willing
    type_in(office, pupil, pupil.parent, "no")
    assert "You typed this in, so a colleague confirms or drops it." in office.get("/office/waiting/").content.decode()
    assert "Only a colleague drops a no" in decide(office, "drop", WRONG)
    assert "Write down why." in decide(second, "drop", "  ")
    assert not has_permit(pupil)
    assert "Dropped." in decide(second, "drop", WRONG)
    assert has_permit(pupil)
    slip, event = PaperAnswer.objects.get(), AuditEvent.objects.get(kind="paper.dropped")
    assert (slip.decided_by, slip.reason, event.actor) == (colleague, WRONG, colleague)
    assert Outbox.objects.filter(topic=tombstones.WRITE).exists()


def test_dropping_a_no_needs_a_recent_sign_in_and_keeps_the_reason(
    world: World, colleague: User, signed_in: SignIn, frozen: Callable[[datetime], None]
) -> None:
    """LAW 9."""
    pupil, second = world.willing, signed_in(colleague)
    slip = paper.record(student=pupil.person, guardian=pupil.parent, slip=NO, by=world.office, at=AT)
    frozen(AT + timedelta(minutes=15))
    said = {"paper": str(slip.id), "decision": "drop", "reason": WRONG}
    assert second.post("/office/waiting/", said)["Location"].startswith("/sign-in/again/")
    slip.refresh_from_db()
    assert slip.status == "waiting"
    assert WRONG in second.get("/office/waiting/").content.decode()
    said["decision"] = "confirm"  # Making a No final never needs one.
    assert "/again/" not in second.post("/office/waiting/", said)["Location"]


def test_a_yes_that_is_typed_in_later_leaves_a_no_standing(world: World, colleague: User, signed_in: SignIn) -> None:
    """LAW 5."""
    office, pupil = signed_in(world.office), world.willing
    no = paper.record(student=pupil.person, guardian=pupil.parent, slip=NO, by=world.office, at=AT)
    type_in(office, pupil, pupil.parent, "yes", print_letter(office, pupil, pupil.parent))
    assert set(PaperAnswer.objects.values_list("kind", "status")) == {("refused", "waiting"), ("given", "waiting")}
    second, yes = signed_in(colleague), PaperAnswer.objects.get(kind="given")
    second.get(f"/office/papers/{yes.id}/scan/")
    second.post("/office/waiting/", {"paper": str(yes.id), "decision": "confirm"})
    assert ConsentEvent.objects.filter(student=pupil.person).latest("id").method == "paper"
    no.refresh_from_db()
    assert (no.status, has_permit(pupil)) == ("waiting", False)


def test_a_no_that_is_typed_in_later_drops_a_yes_that_waits_and_says_so_in_the_log(
    world: World, signed_in: SignIn
) -> None:
    office, pupil = signed_in(world.office), world.willing
    type_in(office, pupil, pupil.parent, "yes", print_letter(office, pupil, pupil.parent))
    type_in(office, pupil, pupil.parent, "no")
    assert set(PaperAnswer.objects.values_list("kind", "status")) == {("refused", "waiting"), ("given", "dropped")}
    assert AuditEvent.objects.get(kind="paper.dropped").actor == world.office


def test_a_second_no_on_paper_is_the_first_one_again(world: World, colleague: User) -> None:
    pupil = world.willing
    first, again = (
        paper.record(student=pupil.person, guardian=pupil.parent, slip=NO, by=world.office, at=AT) for _ in range(2)
    )
    assert first == again
    with pytest.raises(Refused, match="no_waits"):
        paper.record(student=pupil.person, guardian=pupil.parent, slip=NO, by=colleague, at=AT)


@pytest.mark.parametrize(("by_another", "reason"), [(False, "Of another child"), (True, "")])
def test_the_database_itself_refuses_to_drop_a_no_alone_or_without_a_reason(
    world: World, colleague: User, by_another: bool, reason: str
) -> None:
    pupil, by = world.willing, colleague if by_another else world.office
    paper.record(student=pupil.person, guardian=pupil.parent, slip=NO, by=world.office, at=AT)
    with pytest.raises(IntegrityError, match="no_is_dropped_by_another"), transaction.atomic():
        PaperAnswer.objects.update(status="dropped", decided_by=by, decided_at=AT, reason=reason)


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
        student=world.willing.person, guardian=world.willing.parent, slip=paper.Slip("refused"), by=world.office, at=AT
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


# ------------------------------------------------------------ the scan of the slip
