"""Choosing a language: on every page, in a cookie, for the mails as well; and names of any direction in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as post
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from campus import addresses, mail
from campus.models import AuditEvent, Person, Role
from campus.templatetags.names import isolate
from enrollment import paper, receipts
from enrollment.models import Receipt
from tests.personas import AT, World

SignIn = Callable[..., Client]
LANGUAGES = [code for code, _name in settings.LANGUAGES]
ARABIC = "محمد عبد الرحمن"


def choose(client: Client, language: str, page: str = "/") -> Any:
    return client.post("/language/", {"language": language, "next": page})


def html(client: Client, page: str) -> str:
    return client.get(page).content.decode()


@pytest.fixture
def parent(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.willing.parent)


# ------------------------------------------------------------ pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chosen_language_is_remembered_and_the_page_says_which_it_is(db: None, client: Client, language: str) -> None:
    answer = choose(client, language, "/sign-in/?next=/family/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/family/")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    assert cookie["httponly"]
    page = html(client, "/sign-in/")
    assert f'<html lang="{language}">' in page
    assert f'value="{language}" lang="{language}" aria-current="true"' in page
    assert page.count('name="language"') == len(LANGUAGES)


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [("zh-HK,zh;q=0.9", "zh-hant"), ("zh-TW", "zh-hant"), ("zh-CN", "zh-hans"), ("fr", "en"), ("en-GB", "en")],
)
def test_a_browser_is_answered_in_its_own_language_before_anybody_chose(
    db: None, client: Client, accepted: str, spoken: str
) -> None:
    page = client.get("/", headers={"accept-language": accepted}).content.decode()
    assert f'<html lang="{spoken}">' in page


def test_a_language_that_there_is_not_changes_nothing(world: World, parent: Client) -> None:
    choose(parent, "tlh")
    assert settings.LANGUAGE_COOKIE_NAME not in parent.cookies
    assert addresses.language_of(world.willing.parent) == "en"


def test_one_is_not_sent_on_to_another_host(db: None, client: Client) -> None:
    assert choose(client, "zh-hant", "https://elsewhere.example/")["Location"] == "/"


def test_dates_follow_the_language_and_hours_are_counted_to_24(world: World, parent: Client) -> None:
    page = f"/family/{world.willing.person.id}/"
    assert "4 March 2026" in html(parent, page)
    choose(parent, "zh-hant")
    assert "2026年3月4日" in html(parent, page)
    assert "3月4日 星期三 08:30" in html(parent, page)


def test_what_is_shown_once_offers_no_language_that_would_lose_it(world: World, signed_in: SignIn) -> None:
    office = signed_in(world.office)
    shown = office.post(f"/office/students/{world.willing.person.id}/card/").content.decode()
    assert 'name="language"' not in shown


def test_a_notice_in_the_readers_language_is_read_before_answering(world: World, parent: Client) -> None:
    page = f"/family/{world.willing.person.id}/answer/"
    assert '<div class="notice" lang="en">' in html(parent, page)
    choose(parent, "zh-hant")
    assert '<div class="notice" lang="zh-hant">' in html(parent, page)


# ------------------------------------------------------------ mails


def test_a_guardians_mails_follow_the_choice(world: World, parent: Client) -> None:
    guardian = world.willing.parent
    choose(parent, "zh-hans")
    assert addresses.language_of(guardian) == "zh-hans"
    assert AuditEvent.objects.filter(kind="address.language_chosen").count() == 1
    choose(parent, "zh-hans")
    assert AuditEvent.objects.filter(kind="address.language_chosen").count() == 1, "it was so already"
    parent.post(f"/family/{world.willing.person.id}/withdraw/", {"about": "gate_access"})
    receipt = Receipt.objects.filter(guardian=guardian).latest("at")
    receipts.mail_to_guardian(receipt.id, at=AT)
    (sent,) = post.outbox
    assert sent.subject == "你给学校的回复：确认记录"


def test_a_slip_that_two_of_the_office_take_is_receipted_in_the_guardians_language(world: World) -> None:
    pupil = world.willing
    addresses.speak(user=pupil.parent, language="zh-hant", at=AT)
    slip = paper.record(student=pupil.person, guardian=pupil.parent, slip=paper.Slip("refused"), by=world.office, at=AT)
    Role.objects.create(school=world.school, user=world.staff, kind="office")
    paper.confirm(paper=slip, by=world.staff, at=AT)
    assert Receipt.objects.filter(guardian=pupil.parent).latest("at").language == "zh-hant"


def test_a_letter_to_somebody_with_an_address_is_in_their_language(world: World, signed_in: SignIn) -> None:
    pupil = world.willing
    addresses.speak(user=pupil.parent, language="zh-hant", at=AT)
    page = signed_in(world.office).post(
        f"/office/students/{pupil.person.id}/guardians/letter/", {"guardian": pupil.parent.id}
    )
    assert '<article class="letter" lang="zh-hant">' in page.content.decode()
    assert "A letter to print" in page.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", ["code", "address_changed", "receipt", "enrolled", "guardian_named"])
def test_every_mail_is_written_in_the_readers_language(world: World, letter: str, language: str) -> None:
    receipt = Receipt.objects.filter(student=world.withdrawn.person).latest("at")
    context = {"code": "BCDF-GHJK", "purpose": "join", "receipt": receipt, "answers": receipts.answers_on(receipt)}
    context |= {"day": AT.date(), "time": AT.time(), "school": world.school, "student": world.withdrawn.person}
    context |= {"operator": world.office, "witness": world.staff, "guardian": world.withdrawn.parent}
    mail.send(letter, to="somebody@example.com", language=language, context=context)
    (sent,) = post.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    as_html = str(sent.alternatives[0][0])
    assert f'<html lang="{language}">' in as_html
    for text in (str(sent.subject), str(sent.body), as_html):
        chinese = any("\u4e00" <= character <= "\u9fff" for character in text)
        assert chinese == (language != "en")
    assert "http" not in str(sent.body), "a mail has no link that somebody could forge"


# ------------------------------------------------------------ names


def test_a_name_that_runs_from_right_to_left_turns_nothing_around_it(world: World, parent: Client) -> None:
    Person.objects.filter(id=world.willing.person.id).update(name=ARABIC)
    page = html(parent, f"/family/{world.willing.person.id}/answer/")
    assert f"<bdi>{ARABIC}</bdi>" in page
    assert f"May the school use \u2068{ARABIC}\u2069’s face" in page


def test_a_plain_name_is_left_as_it_is() -> None:
    for name in ("Chan Siu Ming", "陳小明", "O’Neill", "🦄 Zoë", ""):
        assert isolate(name) == name


def test_marks_that_turn_a_line_around_end_with_the_name() -> None:
    assert isolate("Ann\u202egnol") == "\u2068Anngnol\u2069"
    assert isolate("a\u2069b") == "\u2068ab\u2069"
