"""The enrolment desk over HTTP: what is refused before a picture is read, and what comes of one that is taken."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from pytest_django import Settings

from campus import broker, people
from campus.models import User
from enrollment import desk, messages, office_enroll, sittings
from enrollment.faces.drawn_engine import draw
from enrollment.faces.refusal import Refusal
from enrollment.models import EnrollmentAttempt, Reference
from enrollment.vault import keys
from tests.personas import AT, Pupil, World

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _a_desk_of_its_own(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process the keys of web and desk, drawn figures for faces, and little patience."""
    settings.ENROLLMENT_KEY, settings.FACE_ENGINE = b"f" * 32, "fake"
    monkeypatch.setattr(sittings, "WAIT_SECONDS", 0.05)
    desk.engine.cache_clear()


def url(pupil: Pupil) -> str:
    return f"/office/students/{pupil.person.id}/enroll/"


def pictures(count: int, *, people_in_each: int = 1) -> list[SimpleUploadedFile]:
    drawn = [draw(4, variant, people=people_in_each) for variant in range(count)]
    return [SimpleUploadedFile(f"{number}.jpg", data, "image/jpeg") for number, data in enumerate(drawn)]


def send(client: Client, pupil: Pupil, images: list[SimpleUploadedFile], **extra: object) -> Any:
    """Send pictures as the page's script does."""
    return client.post(url(pupil), {"image": images, **extra}, headers={"Accept": "application/json"})


def finish() -> None:
    """Let the desk worker take what waits for it."""
    keys.make_epoch()
    desk.finish(EnrollmentAttempt.objects.get().id, at=AT)


def test_the_page_has_a_camera_and_no_way_to_choose_a_file(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.office).get(url(world.willing)).content.decode()
    assert "<video" in page
    assert 'type="file"' not in page
    assert "csrfmiddlewaretoken" in page


def test_pictures_of_one_consenting_student_become_a_reference(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    response = send(office, world.willing, pictures(4))
    attempt = EnrollmentAttempt.objects.get()
    assert response.status_code == 200
    assert response.json() == {
        "attempt": str(attempt.id),
        "state": "pending",
        "reason": "",
        "message": "This takes longer than usual. Look at the student’s page in a minute.",
    }
    finish()
    assert Reference.objects.get().student == world.willing.person
    assert "by Office, from 4 pictures" in office.get(f"/office/students/{world.willing.person.id}/").content.decode()


def test_what_crosses_the_broker_is_sealed(world: World, signed_in: SignIn) -> None:
    images = pictures(3)
    sent = [image.read() for image in images]
    for image in images:
        image.seek(0)
    send(signed_in(world.office), world.willing, images)
    parcel = broker.take_parcel(f"enrollment:{EnrollmentAttempt.objects.get().id}", at_most=sittings.PARCEL_BYTES)
    assert parcel is not None
    assert len(parcel) > sum(map(len, sent))
    assert not any(picture[:64] in parcel for picture in sent)


def test_a_refusal_of_the_desk_is_told_on_the_students_page(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    send(office, world.willing, pictures(3, people_in_each=2))
    finish()
    page = office.get(f"/office/students/{world.willing.person.id}/").content.decode()
    assert "more than one face" in page
    assert not Reference.objects.exists()


def test_without_a_broker_nothing_is_kept_and_it_says_so(
    world: World, signed_in: SignIn, settings: Settings, request: pytest.FixtureRequest
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broker._client.cache_clear()
    request.addfinalizer(broker._client.cache_clear)
    said = send(signed_in(world.office), world.willing, pictures(3)).json()
    assert (said["state"], said["reason"]) == ("refused", "not_available")
    assert "Please try again later" in said["message"]


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
    settings.FACE_PAIR_THRESHOLD = None
    response = send(signed_in(world.office), world.willing, pictures(3))
    assert (response.status_code, response.json()["reason"]) == (409, "not_calibrated")


@pytest.mark.parametrize(
    ("count", "reason"), [(0, "too_few_images"), (2, "too_few_images"), (6, "too_many_images"), (9, "too_many_images")]
)
def test_three_to_five_pictures_are_taken(world: World, signed_in: SignIn, count: int, reason: str) -> None:
    response = send(signed_in(world.office), world.willing, pictures(count))
    assert (response.status_code, response.json()["reason"]) == (422, reason)
    assert not EnrollmentAttempt.objects.exists()


def test_one_picture_that_is_too_large_ends_the_call(world: World, signed_in: SignIn, settings: Settings) -> None:
    settings.IMAGE_MAX_BYTES = 1000
    response = send(signed_in(world.office), world.willing, pictures(3))
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


def test_the_check_of_the_token_is_put_off_and_not_left_out(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.office)
    assert send(strict, world.willing, pictures(3)).status_code == 403
    assert not EnrollmentAttempt.objects.exists()
    page = strict.get(url(world.willing)).content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert send(strict, world.willing, pictures(3), csrfmiddlewaretoken=token).status_code == 200


def test_a_token_in_the_header_will_do(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.office)
    strict.get(url(world.willing))
    headers = {"Accept": "application/json", "X-CSRFToken": strict.cookies["csrftoken"].value}
    assert strict.post(url(world.willing), {"image": pictures(3)}, headers=headers).status_code == 200


def test_a_browser_without_the_script_gets_a_page(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.office).post(url(world.willing), {"image": pictures(2)})
    assert response.status_code == 422
    assert response["Content-Type"].startswith("text/html")
    assert "At least three pictures are needed." in response.content.decode()


def test_every_reason_of_the_face_reader_has_its_words() -> None:
    assert set(Refusal) <= set(messages.REASONS)
    assert len(set(map(str, messages.REASONS.values()))) == len(messages.REASONS)
