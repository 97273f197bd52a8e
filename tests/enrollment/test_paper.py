"""Answers on paper: the office's pages, two people, and nothing that one of them can do alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from campus import guardians, letters, people, scans, tombstones
from campus.guardians import Refused
from campus.models import AddressChange, AuditEvent, Outbox, Role, User
from enrollment import consent, paper
from enrollment.models import ConsentEvent, PaperAnswer, PaperScan, Permit, Receipt, Reference
from tests.drawn import enroll
from tests.papers import SCAN
from tests.personas import AT, Pupil, SignIn, World, make_school, tell


@pytest.fixture
def grandmother(world: World) -> User:
    """A guardian without an e-mail address."""
    student, known = world.unanswered.person, AT - timedelta(days=30)
    bond = guardians.name(student=student, name="Po Po", responsible=True, by=world.office, at=known)
    tell(student, bond.guardian, at=known)
    return bond.guardian


WRONG = "The slip is of another child."
NO = paper.Slip("refused")
SAID = {"responsible": "yes", "works_as": "nobody"}


def page_of(pupil: Pupil, *rest: str) -> str:
    return "/".join(["", "office", "students", str(pupil.person.id), "guardians", *rest, ""])


def print_letter(client: Client, pupil: Pupil, guardian: User) -> str:
    page = client.post(page_of(pupil, "letter"), {"guardian": str(guardian.id)}).content.decode()
    found = re.search(r'id="letter-code">([^<]+)<', page)
    assert found
    return found.group(1)


def type_in(
    client: Client, pupil: Pupil, guardian: User, answer: str, code: str = "", scan: bytes = SCAN.content
) -> Any:
    said: dict[str, Any] = {"guardian": str(guardian.id), "answer": answer, "letter": code}
    if scan and answer == "yes":
        said["scan"] = SimpleUploadedFile("slip.pdf", scan, "application/pdf")
    return client.post(page_of(pupil, "paper"), said, follow=True)


def open_scan(client: Client) -> Any:
    return client.get(f"/office/papers/{PaperAnswer.objects.latest('recorded_at').id}/scan/")


def decide(client: Client, decision: str, reason: str = "") -> str:
    open_scan(client)
    said = {"paper": str(PaperAnswer.objects.latest("recorded_at").id), "decision": decision, "reason": reason}
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


@pytest.fixture
def typed_in(world: World, grandmother: User, signed_in: SignIn) -> PaperAnswer:
    """A Yes on paper that waits for a second person."""
    office = signed_in(world.office)
    type_in(office, world.unanswered, grandmother, "yes", print_letter(office, world.unanswered, grandmother))
    return PaperAnswer.objects.get()


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        (b"", "A yes needs the scan of the signed slip."),
        (b"GIF89a", "neither a PDF nor a JPEG or PNG"),
        (b"<script>%PDF-", "neither a PDF nor a JPEG or PNG"),
        (b"%PDF-" + bytes(scans.MOST_BYTES), "larger than 5 MB"),
    ],
)
def test_a_yes_on_paper_needs_a_scan(
    world: World, grandmother: User, signed_in: SignIn, scan: bytes, words: str
) -> None:
    """LAW 9."""
    office, pupil = signed_in(world.office), world.unanswered
    code = print_letter(office, pupil, grandmother)
    page = type_in(office, pupil, grandmother, "yes", code, scan)
    assert (page.status_code, words in page.content.decode()) == (422, True)
    assert code in page.content.decode(), "what was typed is lost"
    assert not PaperAnswer.objects.exists()
    assert "Typed in." in type_in(office, pupil, grandmother, "yes", code).content.decode()


def test_a_no_on_paper_needs_no_scan(world: World, signed_in: SignIn, colleague: User) -> None:
    """LAW 8."""
    type_in(signed_in(world.office), world.willing, world.willing.parent, "no")
    assert PaperAnswer.objects.get().scan is None
    assert "Confirmed." in decide(signed_in(colleague), "confirm")


def test_nobody_confirms_a_yes_without_having_opened_the_scan(
    world: World, typed_in: PaperAnswer, colleague: User, signed_in: SignIn
) -> None:
    """LAW 9."""
    second, said = signed_in(colleague), {"paper": str(typed_in.id), "decision": "confirm"}
    signed_in(world.office).get(f"/office/papers/{typed_in.id}/scan/")  # Whoever typed it in is no second person.
    assert "Open the scan" in second.post("/office/waiting/", said, follow=True).content.decode()
    assert not ConsentEvent.objects.filter(student=typed_in.student).exists()
    open_scan(second)
    assert "Confirmed." in second.post("/office/waiting/", said, follow=True).content.decode()


def test_a_scan_is_a_file_to_be_saved_and_no_page(typed_in: PaperAnswer, colleague: User, signed_in: SignIn) -> None:
    response = open_scan(signed_in(colleague))
    assert response.content == SCAN.content
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]


def test_once_decided_only_the_two_and_the_protection_officer_open_a_scan(
    world: World, typed_in: PaperAnswer, colleague: User, signed_in: SignIn
) -> None:
    """LAW 42."""
    third, officer = (User.objects.create_user(f"{name}@hillside.example") for name in ("third", "officer"))
    Role.objects.create(school=world.school, user=third, kind=Role.Kind.OFFICE)
    Role.objects.create(school=world.school, user=officer, kind=Role.Kind.PROTECTION_OFFICER)
    assert open_scan(signed_in(third)).status_code == 200  # May still be the second of the two.
    decide(signed_in(colleague), "confirm")
    seen = {user: open_scan(signed_in(user)).status_code for user in (world.office, colleague, officer, third)}
    assert seen == {world.office: 200, colleague: 200, officer: 200, third: 404}
    for stranger in (world.teacher, world.unanswered.parent, make_school(name="Seaview").office):
        assert open_scan(signed_in(stranger)).status_code == 404


def test_a_parent_in_the_office_does_not_open_a_scan_about_the_own_child(
    world: World, typed_in: PaperAnswer, colleague: User, signed_in: SignIn
) -> None:
    people.name_guardian(student=typed_in.student, guardian=colleague, at=AT)
    assert open_scan(signed_in(colleague)).status_code == 404


def test_the_audit_log_names_the_scan_by_its_digest_and_whoever_opened_it(
    world: World, typed_in: PaperAnswer, colleague: User, signed_in: SignIn
) -> None:
    """LAW 35."""
    decide(signed_in(colleague), "confirm")
    bodies = [AuditEvent.objects.get(kind=f"paper.{what}").payload.body for what in ("recorded", "confirmed")]
    assert [body["scan"] for body in bodies] == [SCAN.digest.hex()] * 2
    assert AuditEvent.objects.get(kind="read.paper_scan").actor == colleague


def test_the_database_itself_refuses_a_yes_without_a_scan_or_unseen(typed_in: PaperAnswer, colleague: User) -> None:
    """LAW 9."""
    slips = PaperAnswer.objects.filter(id=typed_in.id)
    with pytest.raises(IntegrityError, match="paper_yes_has_a_scan"), transaction.atomic():
        slips.update(scan=None)
    event = ConsentEvent.objects.first()
    with pytest.raises(IntegrityError, match="paper_yes_was_seen_by_who_confirms"), transaction.atomic():
        slips.update(status="confirmed", decided_by=colleague, decided_at=AT, event=event)


def test_one_scan_is_of_one_paper(typed_in: PaperAnswer) -> None:
    assert PaperScan.objects.count() == 1
    with pytest.raises(IntegrityError, match="scan_id"), transaction.atomic():
        PaperAnswer.objects.create(
            school=typed_in.school,
            student=typed_in.student,
            guardian=typed_in.student.guardianships.exclude(guardian=typed_in.guardian).get().guardian,
            purpose=typed_in.purpose,
            kind="refused",
            scan=typed_in.scan,
            recorded_by=typed_in.recorded_by,
            recorded_at=AT,
        )


def test_confirming_a_yes_long_after_signing_in_needs_a_new_code_and_confirming_a_no_does_not(
    world: World, typed_in: PaperAnswer, colleague: User, signed_in: SignIn, frozen: Callable[[datetime], None]
) -> None:
    """LAW 43."""
    second = signed_in(colleague)
    frozen(AT + timedelta(hours=1))
    open_scan(second)
    said = {"paper": str(typed_in.id), "decision": "confirm"}
    assert second.post("/office/waiting/", said)["Location"] == "/sign-in/again/?next=%2Foffice%2Fwaiting%2F"
    type_in(signed_in(world.office), world.willing, world.willing.parent, "no")
    assert "Confirmed." in decide(second, "confirm")


def test_a_body_that_is_far_too_large_is_not_read(world: World, signed_in: SignIn) -> None:
    office, guardian = signed_in(world.office), str(world.willing.parent.id)
    large = SimpleUploadedFile("slip.pdf", b"%PDF-" + bytes(scans.MOST_IN_ALL))
    assert office.post(page_of(world.willing, "paper"), {"guardian": guardian, "scan": large}).status_code == 400


def test_a_form_with_a_scan_needs_its_token_too(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.office)
    said = {"guardian": str(world.willing.parent.id), "answer": "no"}
    assert strict.post(page_of(world.willing, "paper"), said).status_code == 403
    assert not PaperAnswer.objects.exists()
