"""The kiosk's HTTP contract, as a kiosk meets it: what is refused, by which number, naming which field."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from pytest_django import Settings

from gates import intake, kiosks
from gates.models import Capture
from gates.views import MAX_BODY_BYTES
from tests.gates.lane import ADDRESS, Lane, later, make_lane, picture

ANSWER = {
    *("capture_id", "outcome", "reason", "message", "claim", "person", "attendance"),
    *("passage_id", "distance", "timings_ms"),
}
FIELDS = {"capture_id", "captured_at", "direction", "credential", "face", "claim", "challenge", "identify", "image"}


class Unreadable(io.RawIOBase):
    """A body that fails whoever reads it."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body was read")


def call_without_reading(lane: Lane, *, length: str | None, header: str | None = None) -> Any:
    """Make a call whose body must not be read, with any Content-Length or none."""
    extra: dict[str, Any] = {"wsgi.input": Unreadable()} | ({} if length is None else {"CONTENT_LENGTH": length})
    headers = {"Authorization": header or f"Kiosk {lane.key}"}
    return lane.client.generic("POST", ADDRESS, b"", "multipart/form-data; boundary=x", headers=headers, **extra)


def file(size: int, name: str = "a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, bytes(size), "image/jpeg")


# ------------------------------------------------------------ who may call


def test_a_kiosk_that_is_not_known_is_told_so(lane: Lane) -> None:
    key, digest = lane.key, bytes(lane.kiosk.key_digest).hex()
    for header in ("", key, f"Bearer {key}", f"Basic {key}", "Kiosk", "Kiosk ", "Kiosk nobody", f"Kiosk {digest}"):
        headers = {"Authorization": header} if header else {}
        response = lane.client.post(ADDRESS, {"capture_id": "1"}, headers=headers)
        assert response.status_code == 401, header
        assert response["WWW-Authenticate"] == "Kiosk"
        assert response.json()["error"] == "unknown_kiosk"


def test_an_unknown_kiosk_is_refused_before_its_body_is_read(lane: Lane) -> None:
    assert call_without_reading(lane, length="1000", header="Kiosk nobody").status_code == 401


def test_a_revoked_kiosk_is_unknown_from_its_next_call_on(lane: Lane) -> None:
    assert lane.send(lane.world.refusing).status_code == 200
    assert kiosks.revoke(kiosk=lane.kiosk, by=lane.world.office, at=lane.world.at)
    assert lane.send(lane.world.refusing).status_code == 401
    assert not kiosks.revoke(kiosk=lane.kiosk, by=lane.world.office, at=lane.world.at)


def test_a_new_key_makes_the_old_one_worthless(lane: Lane) -> None:
    new = kiosks.new_key(kiosk=lane.kiosk, by=None, at=lane.world.at)
    assert lane.send(lane.world.refusing).status_code == 401
    assert lane.send(lane.world.refusing, key=new).status_code == 200


def test_a_key_is_not_kept(lane: Lane) -> None:
    lane.kiosk.refresh_from_db()
    assert lane.key.encode() not in bytes(lane.kiosk.key_digest)


def test_only_posting_is_allowed(lane: Lane) -> None:
    assert lane.client.get(ADDRESS, headers={"Authorization": f"Kiosk {lane.key}"}).status_code == 405


# ------------------------------------------------------------ how much may be sent


def test_a_body_that_says_it_is_too_long_is_not_read(lane: Lane) -> None:
    response = call_without_reading(lane, length=str(MAX_BODY_BYTES + 1))
    assert response.status_code == 413
    assert response.json()["error"] == "too_large"


def test_a_body_of_unsaid_length_is_not_read(lane: Lane) -> None:
    for length in (None, "", "many", "-1", "1e3", "²"):
        assert call_without_reading(lane, length=length).status_code == 411, length


def test_a_picture_of_more_than_a_megabyte_is_refused(lane: Lane, settings: Settings) -> None:
    response = lane.send(lane.world.refusing, image=[file(settings.IMAGE_MAX_BYTES + 1)])
    assert response.status_code == 413
    assert response.json()["field"] == "image"
    assert not Capture.objects.exists()


def test_three_pictures_of_a_megabyte_are_taken(lane: Lane, settings: Settings) -> None:
    images = [file(settings.IMAGE_MAX_BYTES) for _ in range(3)]
    assert lane.send(lane.world.refusing, image=images).status_code == 200


@pytest.mark.parametrize("pictures", [4, 20])
def test_a_fourth_picture_is_refused(lane: Lane, pictures: int) -> None:
    response = lane.send(lane.world.willing, image=[file(10) for _ in range(pictures)])
    assert response.status_code == 422
    assert response.json()["field"] == "image"


def test_a_database_that_takes_too_long_is_told_in_words(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(intake, "receive", hang)
    answer = lane.send(lane.world.refusing)
    assert (answer.status_code, answer.json()["error"]) == (503, "busy")
    assert answer["Retry-After"] == "5"


def test_a_kiosk_that_floods_is_told_to_wait(
    lane: Lane, settings: Settings, frozen: Callable[[datetime], None]
) -> None:
    settings.CAPTURES_PER_KIOSK_IN_10_SECONDS = 3
    answers = [lane.send(lane.world.refusing) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1]["Retry-After"] == "5"
    assert lane.send(lane.world.refusing, direction="out").json()["outcome"] == "granted"
    assert make_lane(lane.world, name="Side gate").send(lane.world.refusing).status_code == 200
    frozen(later(lane.world.at, 10))
    assert lane.send(lane.world.refusing).status_code == 200


# ------------------------------------------------------------ what may be said

WRONG: list[tuple[str, Any]] = [
    ("capture_id", None),
    ("capture_id", ""),
    ("capture_id", "the first"),
    ("captured_at", None),
    ("captured_at", "just now"),
    ("captured_at", "2026-03-04"),
    ("captured_at", "2026-03-04T09:30:00"),
    ("captured_at", "1772616600"),
    ("captured_at", "0001-01-01T00:00:00+14:00"),
    ("captured_at", "9999-12-31T23:59:59-14:00"),
    ("direction", "sideways"),
    ("direction", ""),
    ("face", "hidden"),
    ("credential", "x" * 129),
    ("claim", "x" * 129),
    ("challenge", "x" * 129),
    ("person", "Ann"),
    ("distance", "0.1"),
    ("image", "not a file"),
    ("photo", file(10)),
]


def test_a_wrong_field_is_refused_by_name(lane: Lane) -> None:
    for name, value in WRONG:
        response = lane.send(lane.world.refusing, **{name: value})
        assert (response.status_code, response.json()["field"]) == (422, name), value
        assert response.json().keys() == {"error", "field", "message"}
    assert not Capture.objects.exists()


def test_a_field_that_is_sent_twice_is_refused_by_name(lane: Lane) -> None:
    right: dict[str, Any] = {"direction": "in", "face": "declined", "credential": lane.world.refusing.card}
    right |= {"capture_id": str(uuid4()), "captured_at": lane.world.at.isoformat(), "claim": "x", "challenge": "x"}
    right |= {"identify": "no"}
    assert right.keys() == FIELDS - {"image"}
    for name, value in right.items():
        twice: dict[str, Any] = {name: [value, value]}
        response = lane.send(**twice)
        assert (response.status_code, response.json()["field"]) == (422, name)


def test_a_claim_without_the_pictures_it_asks_for_is_refused(lane: Lane) -> None:
    response = lane.send(lane.world.willing, claim="a" * 64)
    assert response.status_code == 422
    assert response.json()["field"] == "image"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=\u00e9", b"--x\r\n"),
        ("application/json", b'{"capture_id": 1}'),
        ("text/plain", b"open"),
    ],
)
def test_a_body_that_is_no_form_is_refused_in_the_same_shape(lane: Lane, content_type: str, body: bytes) -> None:
    response = lane.client.post(ADDRESS, body, content_type, headers={"Authorization": f"Kiosk {lane.key}"})
    assert response.status_code == 422
    assert response.json().keys() == {"error", "field", "message"}


def test_hundreds_of_fields_are_refused_in_the_same_shape(lane: Lane) -> None:
    many: dict[str, Any] = {f"field_{number}": "1" for number in range(300)}
    response = lane.send(**many)
    assert response.status_code == 422
    assert response.json().keys() == {"error", "field", "message"}


def test_any_offset_names_the_same_moment(lane: Lane) -> None:
    for captured_at in ("2026-03-04T09:30:00Z", "2026-03-04T17:30:00.123456+08:00", "2026-03-04T04:00:00-05:30"):
        assert lane.send(lane.world.refusing, captured_at=captured_at).status_code == 200
    assert not Capture.objects.filter(clock_suspect=True).exists()


# ------------------------------------------------------------ what is answered


@pytest.mark.parametrize("who", ["willing", "refusing"])
def test_an_answer_has_the_contract_s_keys_and_no_others(lane: Lane, reference: object, who: str) -> None:
    capture_id = str(uuid4())
    response = lane.send(lane.world.pupils[who], capture_id=capture_id)
    assert response.status_code == 200
    answer = response.json()
    assert answer.keys() == ANSWER
    assert answer["timings_ms"].keys() == {"queue", "extract", "decide", "total"}
    assert answer["capture_id"] == capture_id
    if who == "refusing":
        assert answer["person"].keys() == {"id", "display_name"}
        assert answer["attendance"].keys() == {"session", "code", "minutes_late"}


def test_no_page_and_no_cookie_is_needed(lane: Lane) -> None:
    response = lane.send(lane.world.refusing)
    assert response["Content-Type"].startswith("application/json")
    assert not response.cookies


def test_the_openapi_document_tells_every_field_and_every_refusal(lane: Lane) -> None:
    document = lane.client.get("/api/openapi.json").json()
    call = document["paths"][ADDRESS]["post"]
    form = call["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"].keys() == FIELDS
    assert set(form["required"]) == {"capture_id", "captured_at"}
    assert form["properties"]["captured_at"]["format"] == "date-time"
    assert form["properties"]["direction"]["enum"] == ["in", "out"]
    assert form["properties"]["face"]["enum"] == ["offered", "declined"]
    assert call["responses"].keys() == {"200", "401", "403", "409", "411", "413", "422", "429", "503"}
    assert document["components"]["schemas"]["Answer"]["properties"].keys() == ANSWER
    outcomes = ["look", "granted", "denied", "retry", "use_card", "desk"]
    assert document["components"]["schemas"]["Outcome"]["enum"] == outcomes


def test_it_takes_a_png_as_well(lane: Lane) -> None:
    png = SimpleUploadedFile("capture.png", b"\x89PNG\r\n", "image/png")
    assert lane.send(lane.world.refusing, image=[png, picture()]).status_code == 200
