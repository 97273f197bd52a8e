"""The data protection officer writes a notice, looks at it, publishes it, and compares versions."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from campus.models import Role, User
from enrollment import notices, publishing
from enrollment.models import NoticeDraft, Section
from enrollment.publishing import LANGUAGES
from tests import noticing
from tests.personas import AT, SignIn, World

PLACE = "/protection/notices/"
CHECK = PLACE + "gate_access/check/"


@pytest.fixture
def officer(world: World, signed_in: SignIn) -> Client:
    user = User.objects.create_user("protection@hillside.example", name="Prue Officer")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.PROTECTION_OFFICER)
    return signed_in(user)


def said(client: Client, language: str, **words: str) -> dict[str, str]:
    """Return what the form of one language holds, with other words in some of it."""
    page = client.get(f"{PLACE}gate_access/{language}/").content.decode()
    held = re.findall(r'<textarea id="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return dict(held) | words


def publish(client: Client) -> int:
    page = client.get(CHECK).content.decode()
    (checked,) = re.findall(r'name="checked" value="(\w+)"', page)
    return client.post(CHECK, {"do": "publish", "checked": checked}).status_code


def test_a_notice_is_written_in_every_language_then_checked_then_published(world: World, officer: Client) -> None:
    """LAW 29."""
    where = f"{PLACE}gate_access/en/"
    for language in LANGUAGES:
        assert where == f"{PLACE}gate_access/{language}/"
        where = officer.post(where, said(officer, language, purpose=f"New, {language}."))["Location"].split("?")[0]
    assert where == CHECK
    page = officer.get(CHECK).content.decode()
    for language in LANGUAGES:
        assert f"New, {language}." in page
    assert notices.last(world.school, "gate_access") == 1
    assert publish(officer) == 302
    for language in LANGUAGES:
        current = notices.current(world.school, language)
        assert current is not None
        assert current.words["purpose"] == f"New, {language}."


def test_the_page_names_every_field_that_is_still_empty(world: World, officer: Client) -> None:
    """LAW 29."""
    officer.post(f"{PLACE}gate_access/zh-hans/", said(officer, "zh-hans", rights=" ", child=""))
    page = officer.get(CHECK).content.decode()
    assert "Your rights, in 简体中文" in page
    assert "For your child, in 简体中文" in page
    assert officer.post(CHECK, {"do": "publish", "checked": "-"}).status_code == 422
    assert notices.last(world.school, "gate_access") == 1


def test_a_text_that_changed_after_it_was_checked_is_not_published(world: World, officer: Client) -> None:
    (checked,) = re.findall(r'name="checked" value="(\w+)"', officer.get(CHECK).content.decode())
    officer.post(f"{PLACE}gate_access/en/", said(officer, "en", purpose="Something else."))
    response = officer.post(CHECK, {"do": "publish", "checked": checked})
    assert response.status_code == 422
    assert "Somebody has changed the draft" in response.content.decode()
    assert notices.last(world.school, "gate_access") == 1


def test_what_it_declares_and_until_when_is_kept_with_the_draft(world: World, officer: Client) -> None:
    said = {"do": "decide", "declares": ["duplicates", "selling"], "material": "no", "sunset": "2026-07-31"}
    assert officer.post(CHECK, said).status_code == 302
    draft = NoticeDraft.objects.get()
    assert (draft.declares, draft.material, str(draft.sunset_on)) == (["duplicates"], False, "2026-07-31")
    assert officer.post(CHECK, said | {"sunset": "soon"}).status_code == 422


def test_a_text_that_nobody_would_read_is_not_kept(world: World, officer: Client) -> None:
    words = said(officer, "en", method="x" * (publishing.LONGEST + 1))
    response = officer.post(f"{PLACE}gate_access/en/", words)
    assert response.status_code == 422
    assert f"at most {publishing.LONGEST} letters" in response.content.decode()
    assert not NoticeDraft.objects.exists()


def test_two_versions_are_compared_word_by_word(world: World, officer: Client) -> None:
    noticing.changed(world.school, AT, recipients="Nobody, and the moon.")
    page = officer.get(PLACE + "gate_access/versions/?before=1&after=2").content.decode()
    assert "From notice 1 to notice 2" in page
    assert re.search(r'<ins><span class="unseen">Added: </span>,? ?and the moon', page) or "moon</ins>" in page
    assert "<del>" in page
    assert officer.get(PLACE + "gate_access/versions/?before=1&after=9").status_code == 404


def test_nobody_else_writes_what_families_are_told(world: World, signed_in: SignIn) -> None:
    for somebody in (world.office, world.teacher, world.willing.parent):
        browser = signed_in(somebody)
        assert browser.get(PLACE).status_code == 403
        assert browser.post(CHECK, {"do": "publish"}).status_code == 403


def test_there_is_no_notice_about_anything_else(officer: Client) -> None:
    assert officer.get(PLACE + "selling/check/").status_code == 404
    assert officer.get(PLACE + "gate_access/tlh/").status_code == 404


def test_the_first_draft_is_our_plain_notice(world: World, officer: Client) -> None:
    page = officer.get(PLACE + "attendance/en/").content.decode()
    for section in Section:
        assert re.search(rf'<textarea id="{section}"[^>]*>[^<]', page), section
    assert "Prue Officer: protection@hillside.example" in page
