"""Pairing a screen with its kiosk, what its cookies may do, and who may take the pairing away."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client, override_settings

from campus.models import AuditEvent, User
from gates import kiosk_words, kiosks, messages
from gates.models import Capture, Gate, Kiosk
from tests.personas import World, make_school

ORIGIN = {"Origin": "http://testserver", "X-Kiosk": "1"}


@pytest.fixture
def installed(world: World) -> tuple[Kiosk, str]:
    gate = Gate.objects.create(school=world.school, name="Main gate")
    return kiosks.install(gate=gate, name="Kiosk 1", by=None, at=world.at)


@pytest.fixture
def screen(installed: tuple[Kiosk, str]) -> Client:
    """A browser that has been paired."""
    client = Client()
    client.post("/kiosk/pair/", {"key": installed[1]})
    return client


def send(client: Client, world: World, **headers: str) -> int:
    """Send one capture of a student with a card and return the status."""
    fields = {"capture_id": str(uuid4()), "captured_at": world.at.isoformat(), "credential": world.refusing.card}
    return client.post("/api/v1/captures", fields, headers=headers).status_code


def test_a_key_pairs_a_browser_and_its_cookies_are_locked_down(installed: tuple[Kiosk, str]) -> None:
    client = Client()
    assert client.get("/kiosk/").headers["Location"] == "/kiosk/pair/"
    response = client.post("/kiosk/pair/", {"key": f"  {installed[1]} "})
    assert response.headers["Location"] == "/kiosk/"
    cookies = {name: cookie for name, cookie in response.cookies.items() if name.startswith("kiosk")}
    assert {name: cookie["path"] for name, cookie in cookies.items()} == {
        "kiosk_page": "/kiosk/",
        "kiosk_captures": "/api/v1/captures",
    }
    for cookie in cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
    assert AuditEvent.objects.filter(kind="kiosk.paired").count() == 1


def test_the_cookies_are_secure_wherever_sessions_are(installed: tuple[Kiosk, str]) -> None:
    with override_settings(SESSION_COOKIE_SECURE=True):
        response = Client().post("/kiosk/pair/", {"key": installed[1]})
    assert response.cookies["kiosk_page"]["secure"]
    assert response.cookies["kiosk_captures"]["secure"]


def test_pairing_is_closed_for_a_paired_browser_and_its_page_shows_no_key(screen: Client, world: World) -> None:
    gate = Gate.objects.create(school=world.school, name="Side gate")
    other, key = kiosks.install(gate=gate, name="Kiosk 2", by=None, at=world.at)
    assert screen.get("/kiosk/pair/").headers["Location"] == "/kiosk/"
    assert screen.post("/kiosk/pair/", {"key": key}).headers["Location"] == "/kiosk/"
    assert kiosks.with_key(key) == other, "nothing was exchanged"
    page = screen.get("/kiosk/")
    assert page.status_code == 200
    assert screen.cookies["kiosk_page"].value not in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]


def test_a_typed_key_works_once(installed: tuple[Kiosk, str], screen: Client) -> None:
    assert kiosks.with_key(installed[1]) is None
    again = Client().post("/kiosk/pair/", {"key": installed[1]})
    assert again.status_code == 422
    assert "kiosk_page" not in again.cookies
    assert installed[1] not in again.content.decode()


@pytest.mark.parametrize("key", ["", "   ", "wrong", "x" * 5000, "\x00"])
def test_a_wrong_key_is_refused_in_words(key: str, world: World) -> None:
    response = Client().post("/kiosk/pair/", {"key": key})
    assert response.status_code == 422
    assert "Ask the office for a new key" in response.content.decode()


def test_pairing_needs_the_form_s_own_token(installed: tuple[Kiosk, str]) -> None:
    assert Client(enforce_csrf_checks=True).post("/kiosk/pair/", {"key": installed[1]}).status_code == 403
    assert kiosks.with_key(installed[1]) is not None


def test_a_paired_screen_sends_captures_by_its_cookie(screen: Client, world: World) -> None:
    assert send(screen, world, **ORIGIN) == 200
    assert Capture.objects.get().outcome == "granted"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://testserver"},
        {"X-Kiosk": "1"},
        {"X-Kiosk": "1", "Origin": "null"},
        {"X-Kiosk": "1", "Origin": "https://testserver"},
        {"X-Kiosk": "1", "Origin": "http://elsewhere.example"},
        {"X-Kiosk": "1", "Origin": "http://testserver.elsewhere.example"},
    ],
)
def test_a_cookie_alone_or_from_another_site_sends_nothing(
    screen: Client, world: World, headers: dict[str, str]
) -> None:
    assert send(screen, world, **headers) == 401
    assert not Capture.objects.exists()


def test_a_wrong_key_in_the_header_is_not_saved_by_the_cookie(screen: Client, world: World) -> None:
    assert send(screen, world, Authorization="Kiosk wrong", **ORIGIN) == 401


def test_a_revoked_screen_hears_401_says_so_calmly_and_may_be_paired_again(
    installed: tuple[Kiosk, str], screen: Client, world: World
) -> None:
    kiosks.revoke(kiosk=installed[0], by=None, at=world.at)
    assert send(screen, world, **ORIGIN) == 401
    page = screen.get("/kiosk/")
    assert page.status_code == 200
    assert '"paired": false' in page.content.decode()
    assert "Main gate" not in page.content.decode()
    assert screen.get("/kiosk/pair/").status_code == 200


def test_the_office_of_the_school_unpairs_and_the_cookie_is_worthless_wherever_it_went(
    installed: tuple[Kiosk, str], screen: Client, world: World
) -> None:
    stolen = screen.cookies["kiosk_page"].value
    screen.force_login(world.office)
    assert "Main gate" in screen.get("/kiosk/unpair/").content.decode()
    assert kiosks.with_key(stolen), "looking changes nothing"
    assert screen.post("/kiosk/unpair/").headers["Location"] == "/kiosk/pair/"
    assert kiosks.with_key(stolen) is None
    assert screen.cookies["kiosk_page"].value == screen.cookies["kiosk_captures"].value == ""
    assert AuditEvent.objects.get(kind="kiosk.unpaired").actor == world.office
    assert "_auth_user_id" not in screen.session, "the tablet stands in a corridor"
    assert screen.post("/kiosk/unpair/").headers["Location"].startswith("/sign-in/"), "twice does no harm"
    fresh = kiosks.new_key(kiosk=installed[0], by=world.office, at=world.at)
    assert screen.post("/kiosk/pair/", {"key": fresh}).headers["Location"] == "/kiosk/"


def test_nobody_else_unpairs_a_screen(screen: Client, world: World) -> None:
    foreign = make_school(name="Seaview").office
    assert screen.post("/kiosk/unpair/").headers["Location"].startswith("/sign-in/")
    others: list[User] = [world.willing.parent, world.teacher, world.staff, foreign]
    for user in others:
        screen.force_login(user)
        assert screen.get("/kiosk/unpair/").status_code == 403
        assert screen.post("/kiosk/unpair/").status_code == 403
    assert send(screen, world, **ORIGIN) == 200


def test_every_word_on_the_screen_is_said_in_every_language() -> None:
    words = {language["code"]: language["words"] for language in kiosk_words.languages()}
    assert list(words) == ["en", "zh-hant", "zh-hans"]
    english = words.pop("en")
    for said in words.values():
        assert [key for key, word in said.items() if word == english[key]] == []
        assert [key for key, word in said.items() if ("%n" in word) != ("%n" in english[key])] == []
    assert [key for key in english if key.startswith("said_")] == [
        *(f"said_{reason}" for reason in messages.MESSAGES),
        *(f"said_{reason}_again" for reason in messages.ONCE_MORE),
    ]


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("zh-HK,zh;q=0.9", "zh-hant"), ("zh-CN", "zh-hans"), ("fr,zh-TW;q=0.5", "zh-hant"), ("fr", "en"), ("", "en")],
)
def test_a_screen_begins_in_the_language_of_its_browser(screen: Client, asked: str, spoken: str) -> None:
    page = screen.get("/kiosk/", headers={"Accept-Language": asked}).content.decode()
    assert f'<html lang="{spoken}">' in page
    assert f'"language": "{spoken}"' in page


def test_a_screen_is_paired_in_chinese_too(db: None) -> None:
    page = Client().get("/kiosk/pair/", headers={"Accept-Language": "zh-HK"}).content.decode()
    assert "為此螢幕配對" in page


def test_a_language_without_words_of_its_own_is_not_offered() -> None:
    offered = kiosk_words.languages()
    assert offered[0]["code"] == "en"
    assert len({tuple(language["words"].values()) for language in offered}) == len(offered)
