"""The scan of a reply slip: a Yes on paper needs one, and whoever confirms it has opened it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from campus import people, scans
from campus.models import AuditEvent, Role, User
from enrollment.models import ConsentEvent, PaperAnswer, PaperScan
from tests.enrollment.slips import decide, open_scan, page_of, print_letter, type_in
from tests.papers import SCAN
from tests.personas import AT, SignIn, World, make_school


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
