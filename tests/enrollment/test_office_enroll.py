"""The enrolment desk over HTTP: what is refused before a picture is read, and what comes of one that is taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from pytest_django import Settings

from campus import broker, mail, outbox, people
from campus.models import AuditEvent, Outbox
from enrollment import consent, desk, messages, office_enroll
from enrollment import sittings as bursts
from enrollment.faces.drawn_engine import draw
from enrollment.faces.refusal import Refusal
from enrollment.models import EnrollmentAttempt, EnrollmentSession, Reference
from enrollment.vault import keys
from tests.enrollment.sitting import Desk, desk_of, marked, url
from tests.personas import AT, Pupil, SignIn, World, name_parent
from tests.personas import sittings as opened_sittings


@pytest.fixture(autouse=True)
def _a_desk_of_its_own(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process the keys of web and desk, drawn figures for faces, and little patience."""
    settings.ENROLLMENT_KEY = b"f" * 32
    monkeypatch.setattr(bursts, "WAIT_SECONDS", 0.05)
    desk.engine.cache_clear()


def pictures(count: int, *, people_in_each: int = 1) -> list[SimpleUploadedFile]:
    drawn = [draw(4, variant, people=people_in_each) for variant in range(count)]
    return [SimpleUploadedFile(f"{number}.jpg", data, "image/jpeg") for number, data in enumerate(drawn)]


def send(client: Client, pupil: Pupil, images: list[SimpleUploadedFile], nonce: str = "", **extra: object) -> Any:
    """Send pictures as the page's script does."""
    headers = {"Accept": "application/json", "Enrollment-Nonce": nonce}
    return client.post(url(pupil), {"image": images, **extra}, headers=headers)


@pytest.fixture
def sitting(world: World, signed_in: SignIn) -> Desk:
    return desk_of(world, signed_in)


def settle() -> None:
    """Let the desk worker do what is owed."""
    import_module("enrollment.tasks")
    outbox.settle(at=AT)


def finish() -> None:
    """Let the desk worker take what waits for it."""
    keys.make_epoch()
    desk.finish(EnrollmentAttempt.objects.get().id, at=AT)


def test_the_page_has_a_camera_and_no_way_to_choose_a_file(world: World, sitting: Desk) -> None:
    sitting.sit(world.willing)
    page = sitting.page(world.willing)
    assert "<video" in page
    assert 'type="file"' not in page
    assert "csrfmiddlewaretoken" in page


def test_pictures_of_one_consenting_student_become_a_reference(world: World, sitting: Desk) -> None:
    response = send(sitting.operator, world.willing, pictures(4), sitting.sit(world.willing))
    attempt = EnrollmentAttempt.objects.get()
    assert response.status_code == 200
    assert response.json() == {
        "attempt": str(attempt.id),
        "state": "pending",
        "reason": "",
        "message": "This takes longer than usual. Look at the student’s page in a minute.",
        "nonce": None,
    }
    finish()
    assert Reference.objects.get().student == world.willing.person
    assert opened_sittings().get().state == EnrollmentSession.State.ENROLLED
    page = sitting.operator.get(f"/office/students/{world.willing.person.id}/").content.decode()
    assert "by Office, from 4 pictures" in page


def test_every_guardian_is_told_by_whom_and_when(world: World, sitting: Desk, mailoutbox: list[Any]) -> None:
    name_parent(world.willing.person, world.staff)
    send(sitting.operator, world.willing, pictures(3), sitting.sit(world.willing))
    finish()
    settle()
    assert sorted(letter.to for letter in mailoutbox) == [[world.staff.email], [world.willing.parent.email]]
    for letter in mailoutbox:
        for body in (letter.body, letter.alternatives[0][0]):
            assert "Willing Pupil’s face was enrolled at Hillside School on 4 March 2026 at 09:30." in body
            assert "Office took the pictures." in body
            assert "Teacher was there as a witness." in body
            assert "Take my yes back" in body
        assert "Willing" not in letter.subject
    settle()
    assert len(mailoutbox) == 2


def test_a_mail_server_that_refuses_one_guardian_costs_the_other_no_second_mail(
    world: World, sitting: Desk, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    name_parent(world.willing.person, world.staff)
    send(sitting.operator, world.willing, pictures(3), sitting.sit(world.willing))
    finish()
    whole = mail.send

    def refuse(topic: str, *, to: str, language: str, context: dict[str, object]) -> None:
        if to == world.staff.email:
            raise OSError
        whole(topic, to=to, language=language, context=context)

    with monkeypatch.context() as broken:
        broken.setattr(mail, "send", refuse)
        for seconds in range(5):
            outbox.settle(at=AT + timedelta(seconds=seconds))
    assert [letter.to for letter in mailoutbox] == [[world.willing.parent.email]]
    outbox.settle(at=AT + timedelta(seconds=10))
    assert [letter.to for letter in mailoutbox] == [[world.willing.parent.email], [world.staff.email]]


def test_the_mail_names_the_witness_of_the_sitting_that_enrolled(
    world: World, sitting: Desk, signed_in: SignIn, frozen: Callable[[datetime], None], mailoutbox: list[Any]
) -> None:
    send(sitting.operator, world.willing, pictures(3), sitting.sit(world.willing))
    finish()
    frozen(AT + timedelta(minutes=1))
    Desk(sitting.operator, signed_in(world.other_teacher)).sit(world.willing)
    settle()
    assert "Teacher was there as a witness." in mailoutbox[0].body
    assert "Other Teacher" not in mailoutbox[0].body


def test_who_has_withdrawn_meanwhile_is_told_nothing_that_is_not_so(
    world: World, sitting: Desk, mailoutbox: list[Any]
) -> None:
    send(sitting.operator, world.willing, pictures(3), sitting.sit(world.willing))
    finish()
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=AT)
    settle()
    assert not [letter for letter in mailoutbox if "enrolled" in letter.subject]
    assert not Outbox.objects.filter(topic="enrollment.tell_guardian", status="owed").exists()


def test_what_crosses_the_broker_is_sealed(world: World, sitting: Desk) -> None:
    images = pictures(3)
    sent = [image.read() for image in images]
    for image in images:
        image.seek(0)
    send(sitting.operator, world.willing, images, sitting.sit(world.willing))
    parcel = broker.take_parcel(f"enrollment:{EnrollmentAttempt.objects.get().id}", at_most=bursts.PARCEL_BYTES)
    assert parcel is not None
    assert len(parcel) > sum(map(len, sent))
    assert not any(picture[:64] in parcel for picture in sent)


def test_a_refusal_of_the_desk_is_told_on_the_students_page(world: World, sitting: Desk) -> None:
    send(sitting.operator, world.willing, pictures(3, people_in_each=2), sitting.sit(world.willing))
    finish()
    page = sitting.operator.get(f"/office/students/{world.willing.person.id}/").content.decode()
    assert "more than one face" in page
    assert not Reference.objects.exists()


def test_without_a_broker_nothing_is_kept_and_it_says_so(
    world: World, sitting: Desk, settings: Settings, request: pytest.FixtureRequest
) -> None:
    nonce = sitting.sit(world.willing)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broker._client.cache_clear()
    request.addfinalizer(broker._client.cache_clear)
    said = send(sitting.operator, world.willing, pictures(3), nonce).json()
    assert (said["state"], said["reason"]) == ("refused", "not_available")
    assert "Please try again later" in said["message"]


@pytest.mark.parametrize("nonce", ["", "guessed", "another student's"])
def test_pictures_without_the_sittings_nonce_are_not_taken(world: World, sitting: Desk, nonce: str) -> None:
    if nonce.startswith("another"):
        nonce = sitting.sit(world.latecomer)
    sitting.sit(world.willing)
    response = send(sitting.operator, world.willing, pictures(3), nonce)
    assert (response.status_code, response.json()["reason"]) == (409, "no_session")
    assert not EnrollmentAttempt.objects.exists()


def test_a_nonce_works_once(world: World, sitting: Desk) -> None:
    nonce = sitting.sit(world.willing)
    assert send(sitting.operator, world.willing, pictures(3), nonce).status_code == 200
    assert send(sitting.operator, world.willing, pictures(3), nonce).status_code == 409
    assert EnrollmentAttempt.objects.count() == 1


def test_bad_pictures_may_be_taken_again_three_times_in_all(
    world: World, sitting: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a refusal carries the nonce for the next burst, as long as the sitting takes one."""
    keys.make_epoch()
    monkeypatch.setattr(broker, "wait_done", lambda name, seconds: desk.finish(UUID(name.partition(":")[2]), at=AT))
    nonce = sitting.sit(world.willing)
    used = set()
    for _ in range(3):
        used.add(nonce)
        said = send(sitting.operator, world.willing, pictures(3, people_in_each=2), nonce).json()
        assert said["reason"] == "several_faces"
        nonce = said["nonce"]
    assert nonce is None
    assert len(used) == 3
    assert EnrollmentAttempt.objects.count() == 3


def test_pictures_of_a_sitting_that_is_over_are_not_read(
    world: World, sitting: Desk, frozen: Callable[[datetime], None]
) -> None:
    nonce = sitting.sit(world.willing)
    frozen(AT + timedelta(minutes=2))
    response = send(sitting.operator, world.willing, pictures(3), nonce)
    assert (response.status_code, response.json()["reason"]) == (409, "no_session")


def test_a_no_while_the_pictures_are_measured_wins(world: World, sitting: Desk) -> None:
    send(sitting.operator, world.willing, pictures(3), sitting.sit(world.willing))
    sitting.answer(world.willing, "no")
    finish()
    assert not Reference.objects.exists()
    assert EnrollmentAttempt.objects.get().reason == "no_consent"


def test_the_sitting_can_be_read_in_the_audit_log(world: World, sitting: Desk) -> None:
    send(sitting.operator, world.willing, pictures(3), sitting.sit(world.willing))
    finish()
    events = AuditEvent.objects.filter(subject=world.willing.person.id, at=AT).exclude(kind__startswith="read.")
    told = {event.kind: event.actor for event in events.select_related("actor")}
    assert told.pop("card.issued", None) is None
    assert told == {
        "sitting.opened": world.office,
        "sitting.witnessed": world.teacher,
        "child.assented": world.office,
        "enrollment.begun": world.office,
        "enrollment.enrolled": world.office,
        "reference.enrolled": world.office,
        "standing.enrolled": None,
    }


@pytest.mark.parametrize("name", ["refusing", "withdrawn", "unanswered"])
def test_without_a_yes_in_force_no_picture_is_read(world: World, signed_in: SignIn, name: str) -> None:
    office, pupil = signed_in(world.office), world.pupils[name]
    response = send(office, pupil, pictures(3))
    assert response.status_code == 409
    assert (response.json()["attempt"], response.json()["reason"]) == (None, "no_consent")
    assert not EnrollmentAttempt.objects.exists()
    assert "<video" not in office.get(url(pupil)).content.decode()


def test_nobody_enrols_their_own_child(world: World, signed_in: SignIn) -> None:
    people.name_guardian(student=world.willing.person, guardian=world.office, at=AT)
    office = signed_in(world.office)
    response = send(office, world.willing, pictures(3))
    assert (response.status_code, response.json()["reason"]) == (403, "own_child")
    assert "ask a colleague" in office.get(url(world.willing)).content.decode()


def test_a_school_without_a_calibration_takes_no_pictures(world: World, signed_in: SignIn, settings: Settings) -> None:
    settings.FACE_CALIBRATIONS = []
    response = send(signed_in(world.office), world.willing, pictures(3))
    assert (response.status_code, response.json()["reason"]) == (409, "not_calibrated")


@pytest.mark.parametrize(
    ("count", "reason"), [(0, "too_few_images"), (2, "too_few_images"), (6, "too_many_images"), (9, "too_many_images")]
)
def test_three_to_five_pictures_are_taken(world: World, sitting: Desk, count: int, reason: str) -> None:
    response = send(sitting.operator, world.willing, pictures(count), sitting.sit(world.willing))
    assert (response.status_code, response.json()["reason"]) == (422, reason)
    assert not EnrollmentAttempt.objects.exists()


def test_one_picture_that_is_too_large_ends_the_call(world: World, sitting: Desk, settings: Settings) -> None:
    settings.IMAGE_MAX_BYTES = 1000
    response = send(sitting.operator, world.willing, pictures(3), sitting.sit(world.willing))
    assert (response.status_code, response.json()["reason"]) == (413, "too_large")
    assert not EnrollmentAttempt.objects.exists()


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize(("length", "status"), [(str(office_enroll.MAX_BODY_BYTES + 1), 413), ("", 411), ("-1", 411)])
def test_a_body_that_is_too_long_is_refused_unread(world: World, length: str, status: int) -> None:
    said = raw_post(world, world.willing, length=length, body=Unread())
    assert said.status_code == status


@pytest.mark.parametrize("name", ["refusing", "withdrawn", "unanswered"])
def test_without_a_yes_in_force_the_body_is_not_touched(world: World, name: str) -> None:
    assert raw_post(world, world.pupils[name], length="5000", body=Unread()).status_code == 409


def raw_post(world: World, pupil: Pupil, *, length: str, body: BytesIO) -> Any:
    """Send a body through the whole of the product, CSRF check included."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.office)
    extra = {"wsgi.input": body, "CONTENT_LENGTH": length, "CONTENT_TYPE": MULTIPART_CONTENT, "REQUEST_METHOD": "POST"}
    return client.request(PATH_INFO=url(pupil), HTTP_ACCEPT="application/json", **extra)


def test_the_check_of_the_token_is_put_off_and_not_left_out(world: World, sitting: Desk) -> None:
    nonce = sitting.sit(world.willing)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.office)
    assert send(strict, world.willing, pictures(3), nonce).status_code == 403
    assert not EnrollmentAttempt.objects.exists()
    page = strict.get(url(world.willing)).content.decode()
    token = marked(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert send(strict, world.willing, pictures(3), nonce, csrfmiddlewaretoken=token).status_code == 200


def test_a_token_in_the_header_will_do(world: World, sitting: Desk) -> None:
    nonce = sitting.sit(world.willing)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.office)
    strict.get(url(world.willing))
    token = strict.cookies["csrftoken"].value
    headers = {"Accept": "application/json", "X-CSRFToken": token, "Enrollment-Nonce": nonce}
    assert strict.post(url(world.willing), {"image": pictures(3)}, headers=headers).status_code == 200


def test_a_browser_without_the_script_gets_a_page(world: World, sitting: Desk) -> None:
    sitting.sit(world.willing)
    response = sitting.operator.post(url(world.willing), {"image": pictures(2)})
    assert response.status_code == 422
    assert response["Content-Type"].startswith("text/html")
    assert "At least three pictures are needed." in response.content.decode()


def test_every_reason_of_the_face_reader_has_its_words() -> None:
    assert set(Refusal) <= set(messages.REASONS)
    assert len(set(map(str, messages.REASONS.values()))) == len(messages.REASONS)
