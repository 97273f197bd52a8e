"""A teacher's morning with the class register, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from campus import registers
from campus.models import AttendanceMark, Person, Register
from campus.registers import Correction
from tests.personas import AT, World

Open = Callable[..., Page]
Morning = tuple[World, Page, Register]
ILL = "Ill, says the family"


@pytest.fixture
def morning(world: World, page_for: Open, frozen: Callable[..., None]) -> Iterator[Morning]:
    """A quarter past eight: the teacher has opened the register and nobody has come."""
    frozen(AT - timedelta(minutes=75))
    page = page_for(world.teacher)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto("/register/")
    ready(page)
    register = Register.objects.get(group=world.on_time)
    yield world, page, register
    assert errors == []
    assert {re.sub(r"^(https?://[^/]+).*", r"\1", url) for url in asked} == {page.url.split("/register")[0]}
    page.close()


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready=register]")


def row(page: Page, student: Person) -> Any:
    return page.locator(f"#s-{student.id}")


def refresh(page: Page) -> None:
    """Ask now instead of at the next poll."""
    page.evaluate("htmx.trigger('#sheet', 'refresh')")


def codes(register: Register, student: Person) -> list[str]:
    return [mark.code for mark in registers.history(register, student)]


def arrives(world: World, student: Person) -> None:
    registers.mark_arrival(school=world.school, student=student, at=AT - timedelta(minutes=74))


def test_a_morning(morning: Morning) -> None:
    world, page, register = morning
    student = world.willing.person
    expect(row(page, student)).to_contain_text("Not here yet")
    expect(page.locator(".counts .present dd")).to_have_text("0")

    # A student comes through the gate: the row turns by itself, the page stays, and so does the focus in it.
    page.evaluate("window.sameDocument = true")
    row(page, student).locator("a").focus()
    arrives(world, student)
    expect(row(page, student)).to_have_class(re.compile("present"))
    expect(page.locator(".counts .present dd")).to_have_text("1")
    expect(row(page, student).locator("a")).to_be_focused()
    assert page.evaluate("window.sameDocument")
    expect(page.locator("#spoken")).to_contain_text("Present: 1")

    # The student is sent home ill: a key, a reason by its number, Enter.
    page.keyboard.press("a")
    expect(page.locator("#editor-name")).to_have_text(student.name)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(row(page, student).locator(".word")).to_have_text("Absent")
    expect(row(page, student).locator("a")).to_be_focused()
    assert codes(register, student) == ["present", "absent"]

    # The line of what was written is one key away.
    page.keyboard.press("Enter")
    line = page.locator("#editor-history li")
    expect(line).to_have_count(2)
    expect(line.first).to_contain_text("at the gate")
    expect(line.last).to_contain_text("Teacher")
    expect(line.last).to_contain_text(ILL)
    page.keyboard.press("Escape")

    # It was the wrong student: undo.
    page.keyboard.press("u")
    expect(row(page, student)).to_have_class(re.compile("present"))
    expect(row(page, student).locator(".mine")).to_have_count(0)
    assert codes(register, student) == ["present", "absent", "present"]


def test_a_correction_without_a_connection_waits_and_is_sent_once(morning: Morning) -> None:
    world, page, register = morning
    student = world.willing.person
    page.context.set_offline(True)
    row(page, student).locator("a").focus()
    page.keyboard.press("p")
    expect(page.locator("#unsaved")).to_contain_text("Not saved yet: 1")
    expect(row(page, student)).to_contain_text("Present · not saved yet")
    kept = page.evaluate("localStorage.getItem(document.getElementById('sheet').dataset.outbox)")
    assert student.name not in kept
    assert codes(register, student) == []

    page.context.set_offline(False)
    expect(page.locator("#unsaved")).to_be_hidden(timeout=8000)
    expect(row(page, student).locator(".word")).to_have_text("Present")
    assert codes(register, student) == ["present"]


def test_what_waits_survives_a_reload_and_a_lost_answer_counts_once(morning: Morning) -> None:
    world, page, register = morning
    student = world.willing.person
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/register/**", lose_the_answer)
    row(page, student).locator("a").focus()
    page.keyboard.press("p")
    expect(page.locator("#unsaved")).to_contain_text("Not saved yet: 1")
    assert lost[0] == 200
    page.unroute("**/register/**")
    page.reload()
    ready(page)
    expect(page.locator("#unsaved")).to_be_hidden(timeout=8000)
    expect(row(page, student).locator(".word")).to_have_text("Present")
    assert codes(register, student) == ["present"]


def test_two_changes_without_a_connection_follow_one_another(morning: Morning) -> None:
    world, page, register = morning
    student = world.willing.person
    page.context.set_offline(True)
    row(page, student).locator("a").focus()
    page.keyboard.press("p")
    page.keyboard.press("a")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#unsaved")).to_contain_text("Not saved yet: 2")
    page.context.set_offline(False)
    expect(row(page, student).locator(".word")).to_have_text("Absent")
    expect(row(page, student).locator(".mine")).to_have_count(0)
    assert codes(register, student) == ["present", "absent"]


def test_somebody_was_quicker_and_nothing_is_lost(morning: Morning) -> None:
    world, page, register = morning
    student = world.willing.person
    page.context.set_offline(True)
    row(page, student).locator("a").focus()
    page.keyboard.press("l")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    expect(page.locator("#unsaved")).to_contain_text("8 min late")
    world.on_time.teachers.add(world.other_teacher)
    wanted = Correction(standing=None, submission=uuid4(), code=AttendanceMark.Code.ABSENT, reason=ILL)
    registers.correct(register=register, student=student, wanted=wanted, by=world.other_teacher, at=AT)

    page.context.set_offline(False)
    expect(page.locator("#unsaved")).to_contain_text("Somebody was quicker")
    expect(page.locator("#unsaved")).to_contain_text("→ Absent")
    assert codes(register, student) == ["absent"]
    # Mine contradicts the newer mark, so it needs a reason; closing the dialog loses nothing.
    page.get_by_role("button", name="Save mine").click()
    expect(page.locator("#minutes")).to_have_value("8")
    page.keyboard.press("Escape")
    expect(page.locator("#unsaved")).to_contain_text("8 min late")
    page.get_by_role("button", name="Save mine").click()
    page.locator("#editor").get_by_role("button", name="Is here").click()
    page.keyboard.press("Enter")
    expect(page.locator("#unsaved")).to_be_hidden()
    expect(row(page, student).locator(".word")).to_have_text("8 min late")
    expect(row(page, student).locator(".mine")).to_have_count(0)
    assert codes(register, student) == ["absent", "late"]


def test_the_page_says_when_it_is_out_of_date(morning: Morning) -> None:
    world, page, _ = morning
    fresh = page.locator("#fresh")
    expect(fresh).to_contain_text("Updated 08:15:00")
    page.context.set_offline(True)
    expect(fresh).to_have_class(re.compile("stale"), timeout=30_000)
    expect(fresh).to_contain_text("Not up to date since 08:15:00")
    arrives(world, world.willing.person)
    page.context.set_offline(False)
    expect(fresh).not_to_have_class(re.compile("stale"))
    expect(row(page, world.willing.person)).to_have_class(re.compile("present"))


def test_an_expired_session_keeps_what_was_typed(morning: Morning) -> None:
    world, page, register = morning
    student = world.willing.person
    cookies = [(cookie["name"], cookie["value"]) for cookie in page.context.cookies()]
    page.context.clear_cookies()
    row(page, student).locator("a").focus()
    page.keyboard.press("p")
    expect(page.locator("#signed-out")).to_contain_text("Sign in again")
    expect(row(page, student)).to_contain_text("not saved yet")
    page.context.add_cookies([{"name": name, "value": value, "url": page.url} for name, value in cookies])
    page.reload()
    ready(page)
    expect(row(page, student).locator(".word")).to_have_text("Present")
    assert codes(register, student) == ["present"]


def test_an_answer_never_moves_the_rows_nor_closes_what_is_open(morning: Morning) -> None:
    world, page, _ = morning
    row(page, world.refusing.person).locator("a").click()
    reason = page.locator("#editor #reason")
    reason.fill("half a sent")
    place = row(page, world.refusing.person).bounding_box()
    arrives(world, world.willing.person)
    refresh(page)
    expect(row(page, world.willing.person)).to_have_class(re.compile("present"))
    expect(page.locator("#editor")).to_be_visible()
    expect(reason).to_have_value("half a sent")
    expect(reason).to_be_focused()
    assert row(page, world.refusing.person).bounding_box() == place


def test_keys_move_and_can_be_switched_off(morning: Morning) -> None:
    _, page, register = morning
    page.keyboard.press("j")
    first = page.locator(".register li a").first
    expect(first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(first).to_be_focused()
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    first.focus()
    page.keyboard.press("p")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    assert not AttendanceMark.objects.filter(register=register).exists()


def test_without_a_script_plain_forms_do_it_all(world: World, page_for: Open) -> None:
    page = page_for(world.teacher, java_script_enabled=False)
    page.goto("/register/")
    assert "Reload the page" in page.content()
    page.get_by_role("link", name="Willing Pupil").click()
    page.get_by_label("Absent").check()
    page.get_by_label("Reason").fill(ILL)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".banner.success")).to_have_text("Willing Pupil: Absent. Saved.")
    page.get_by_role("link", name="Willing Pupil").click()
    page.get_by_role("button", name="Undo the last step").click()
    expect(page.locator(".banner.success")).to_have_text("Willing Pupil: Not here yet. Saved.")
