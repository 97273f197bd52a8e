"""Choosing a language in a real browser, and pages that hold in every language and under every name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from campus.models import Person
from tests.personas import AT, World, make_school

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = {
    "willing": "محمد عبد الرحمن بن عبد الله آل سعود الطويل جدا جدا",
    "refusing": "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschafers",
    "unanswered": "🦄🌈" * 20,
}
PAGES = [
    ("visitor", "/"),
    ("visitor", "/sign-in/"),
    ("parent", "/"),
    ("parent", "/family/"),
    ("parent", "/family/{student}/"),
    ("parent", "/family/{student}/answer/"),
    ("parent", "/family/address/"),
    ("teacher", "/register/"),
    ("teacher", "/register/week/"),
    ("office", "/office/"),
    ("office", "/office/today/"),
    ("office", "/office/students/{student}/"),
    ("office", "/office/students/{student}/guardians/"),
    ("office", "/office/students/{student}/enroll/"),
    ("office", "/office/cards/"),
    ("office", "/office/gates/add/"),
]


@pytest.fixture
def world(frozen: Callable[..., None]) -> World:
    return make_school(at=AT)


def test_a_visitor_chooses_a_language_and_what_was_typed_stays(world: World, page_for: Callable[..., Page]) -> None:
    page = page_for()
    page.goto("/sign-in/?next=/family/")
    page.get_by_label("Your e-mail address").fill("somebody@example.com")
    page.get_by_role("button", name="繁體中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登入")
    expect(page.get_by_label("你的電郵地址")).to_have_value("somebody@example.com")
    assert page.url.endswith("/sign-in/?next=/family/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_chosen_answer_stays_chosen(world: World, page_for: Callable[..., Page]) -> None:
    page = page_for(world.unanswered.parent)
    page.goto(f"/family/{world.unanswered.person.id}/answer/")
    page.get_by_text("No", exact=True).click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("radio", name="不同意", exact=True)).to_be_checked()


def test_a_language_is_chosen_without_javascript(world: World, page_for: Callable[..., Page]) -> None:
    page = page_for(world.willing.parent, java_script_enabled=False)
    page.goto("/family/")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的孩子")
    assert page.url.endswith("/family/")


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
@pytest.mark.parametrize("pupil", list(NAMES))
def test_no_name_and_no_language_breaks_a_phones_page(
    world: World, page_for: Callable[..., Page], pupil: str, language: str
) -> None:
    about = getattr(world, pupil)
    for key, name in NAMES.items():
        Person.objects.filter(id=getattr(world, key).person.id).update(name=name)
    people = {"visitor": None, "parent": about.parent, "teacher": world.teacher, "office": world.office}
    for who, user in people.items():
        page = page_for(user, viewport={"width": 390, "height": 844}, locale=language)
        for address in (address for owner, address in PAGES if owner == who):
            page.goto(address.format(student=about.person.id))
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address
