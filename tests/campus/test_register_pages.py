"""The register's pages: the hints of the gates, forms without a script, the poll, the week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campus import people, registers, sheets
from campus.models import AttendanceMark, AuditEvent, Closure, Group, Person, Register
from gates.decision import Outcome, Reason
from tests.at_the_gate import came
from tests.personas import AT, SignIn, World, make_school

BY_SCRIPT: Any = {"HTTP_HX_REQUEST": "true"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def register(world: World) -> Register:
    return registers.open_registers(school=world.school, day=AT.date(), group=world.on_time)[0]


@pytest.fixture
def teacher(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.teacher)


def states(register: Register) -> dict[str, str]:
    return {line.student.name.split()[0].lower(): line.state for line in sheets.sheet(register, AT).lines}


def form(code: str, **fields: Any) -> dict[str, Any]:
    return {"code": code, "minutes": "5", "reason": "", "standing": "", "submission": str(uuid4())} | fields


def send(client: Client, register: Register, student: Person, fields: dict[str, Any], **more: Any) -> Any:
    return client.post(f"/register/{register.id}/{student.id}/", fields, **more)


# ---------------------------------------------------------------- seen at the gate


@pytest.mark.parametrize(
    ("outcome", "reason"), [(Outcome.DENIED, Reason.NO_MATCH), (Outcome.GRANTED, Reason.CARD_AFTER_NO_MATCH)]
)
def test_who_was_seen_and_has_no_mark_is_to_be_checked_and_nothing_is_written(
    world: World, register: Register, outcome: Outcome, reason: Reason
) -> None:
    came(world.willing.person, AT - MINUTE, outcome=outcome, reason=reason)
    assert states(register)["willing"] == "check"
    assert states(register)["refusing"] == "not_yet"
    assert not AttendanceMark.objects.exists()


def test_a_passage_before_the_register_opened_is_a_hint_and_yesterdays_or_the_way_out_is_none(
    world: World, register: Register
) -> None:
    came(world.willing.person, AT - timedelta(hours=3))
    came(world.refusing.person, AT - timedelta(hours=12))
    came(world.withdrawn.person, AT, direction="out")
    assert states(register) == {
        "willing": "check", "refusing": "not_yet", "withdrawn": "not_yet", "unanswered": "not_yet"
    }  # fmt: skip


def test_who_was_refused_and_then_recognized_is_plainly_present(world: World, register: Register) -> None:
    came(world.willing.person, AT - MINUTE, outcome=Outcome.DENIED, reason=Reason.NO_MATCH)
    came(world.willing.person, AT, mark=registers.mark_arrival(
        school=world.school, student=world.willing.person, at=AT))  # fmt: skip
    line = next(line for line in sheets.sheet(register, AT).lines if line.mark)
    assert (line.state, line.to_check) == ("present", False)


def test_a_card_after_a_refusal_asks_for_a_look_until_a_teacher_confirms(
    world: World, register: Register, teacher: Client
) -> None:
    student = world.willing.person
    mark = registers.mark_arrival(school=world.school, student=student, at=AT)
    assert mark is not None
    came(student, AT, reason=Reason.CARD_AFTER_NO_MATCH, mark=mark)
    assert "please check" in teacher.get("/register/").content.decode()
    send(teacher, register, student, form("present", standing=mark.id))
    assert "please check" not in teacher.get("/register/").content.decode()


def test_the_page_never_says_that_a_face_was_not_recognized(world: World, teacher: Client) -> None:
    came(world.willing.person, AT - MINUTE, outcome=Outcome.DENIED, reason=Reason.NO_MATCH)
    page = teacher.get("/register/").content.decode()
    assert "seen 09:29, check" in page
    assert "match" not in page.replace("data-match", "")
    assert "denied" not in page


def test_who_comes_after_having_been_marked_absent_is_to_be_checked(
    world: World, register: Register, teacher: Client
) -> None:
    send(teacher, register, world.willing.person, form("absent", reason="No word"))
    came(world.willing.person, AT + MINUTE)
    line = next(line for line in sheets.sheet(register, AT).lines if line.mark)
    assert (line.state, line.to_check) == ("absent", True)


# ---------------------------------------------------------------- without a script


def test_a_mark_is_set_and_undone_by_plain_forms(world: World, register: Register, teacher: Client) -> None:
    student, address = world.willing.person, f"/register/{register.id}/{world.willing.person.id}/"
    given = teacher.get(address).context["values"]
    response = teacher.post(address, {**given, "standing": "", "code": "absent", "reason": "Ill"}, follow=True)
    assert "Willing Pupil: Absent. Saved." in response.content.decode()
    page = teacher.get(address)
    assert "Ill" in page.content.decode()
    seen = {"standing": page.context["values"]["standing"], "submission": page.context["undo_submission"]}
    assert "Not here yet. Saved." in teacher.post(f"{address}undo/", seen, follow=True).content.decode()
    assert [mark.code for mark in registers.history(register, student)] == ["absent", "cleared"]


def test_a_form_sent_twice_is_one_mark(world: World, register: Register, teacher: Client) -> None:
    fields = form("late", minutes="4")
    for _ in range(2):
        assert send(teacher, register, world.willing.person, fields).status_code == 302
    assert AttendanceMark.objects.count() == 1


def test_of_two_teachers_at_once_the_second_sees_the_newer_mark_and_keeps_what_was_typed(
    world: World, register: Register, teacher: Client, signed_in: SignIn
) -> None:
    other = signed_in(world.other_teacher)
    world.on_time.teachers.add(world.other_teacher)
    send(other, register, world.willing.person, form("late", minutes="3"))
    response = send(teacher, register, world.willing.person, form("absent", reason="Never seen"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody was quicker" in page
    assert "3 min late" in page
    assert 'value="Never seen"' in page
    again = {**response.context["values"], "standing": response.context["values"]["standing"]}
    assert send(teacher, register, world.willing.person, again).status_code == 302
    assert [mark.code for mark in registers.history(register, world.willing.person)] == ["late", "absent"]


@pytest.mark.parametrize(
    "fields",
    [
        form("gone"),
        form("late", minutes="soon"),
        form("late", minutes="-1"),
        form("absent"),
        form("present", submission="x"),
        form("present", standing="x"),
        form("absent", reason="x" * 201),
        {},
    ],
)
def test_a_form_that_makes_no_sense_is_shown_again(
    world: World, register: Register, teacher: Client, fields: dict[str, Any]
) -> None:
    assert send(teacher, register, world.willing.person, fields).status_code == 422
    assert not AttendanceMark.objects.exists()


def test_a_reason_is_text_whatever_is_in_it(world: World, register: Register, teacher: Client) -> None:
    send(teacher, register, world.willing.person, form("absent", reason="<script>alert(1)</script> ‮🦊"))
    page = teacher.get(f"/register/{register.id}/{world.willing.person.id}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page


def test_other_classes_and_other_schools_are_unknown(
    world: World, register: Register, teacher: Client, signed_in: SignIn
) -> None:
    foreign = make_school(name="Seaview")
    theirs = registers.open_registers(school=foreign.school, day=AT.date(), group=foreign.on_time)[0]
    late = registers.open_registers(school=world.school, day=AT.date(), group=world.late)[0]
    for other in (theirs, late):
        assert teacher.get(f"/register/{other.id}/").status_code == 404
        assert teacher.get(f"/register/{other.id}/live/").status_code == 404
        assert teacher.get(f"/register/week/?group={other.group_id}").status_code == 404
    assert send(teacher, register, foreign.willing.person, form("present")).status_code == 404
    assert send(teacher, register, world.latecomer.person, form("present")).status_code == 404
    assert send(signed_in(foreign.teacher), register, world.willing.person, form("present")).status_code == 404
    assert not AttendanceMark.objects.exists()


# ---------------------------------------------------------------- the poll


def poll(client: Client, register: Register, tag: str = "") -> Any:
    return client.get(f"/register/{register.id}/live/", headers={"HX-Request": "true", "If-None-Match": tag})


def test_an_unchanged_register_costs_no_body_and_a_changed_one_comes_at_once(
    world: World, register: Register, teacher: Client, frozen: Callable[..., None]
) -> None:
    tag = poll(teacher, register)["ETag"]
    frozen(AT + 30 * MINUTE)
    unchanged = poll(teacher, register, tag)
    assert (unchanged.status_code, unchanged.content, unchanged["Register-Time"]) == (304, b"", "10:00:00")
    registers.mark_arrival(school=world.school, student=world.willing.person, at=AT)
    changed = poll(teacher, register, tag)
    assert (changed.status_code, changed["ETag"] != tag) == (200, True)


def test_the_page_and_the_poll_agree_about_the_version(register: Register, teacher: Client) -> None:
    version = teacher.get("/register/").context["sheet"].version
    assert poll(teacher, register, f'"{version}"').status_code == 304


def test_polls_are_no_new_reading(world: World, register: Register, teacher: Client) -> None:
    teacher.get("/register/")
    before = AuditEvent.objects.count()
    for _ in range(3):
        poll(teacher, register)
    assert AuditEvent.objects.count() == before


def test_a_script_gets_the_lines_and_the_reason_for_a_refusal(
    world: World, register: Register, teacher: Client
) -> None:
    done = send(teacher, register, world.willing.person, form("late", minutes="6"), **BY_SCRIPT)
    assert (done.status_code, "6 min late" in done.content.decode()) == (200, True)
    mark = registers.history(register, world.willing.person)[-1]
    assert done["Register-Written"] == str(mark.id)
    refused = send(teacher, register, world.willing.person, form("absent", reason="Ill"), **BY_SCRIPT)
    assert (refused.status_code, "<html" in refused.content.decode()) == (409, False)
    assert "Somebody was quicker" in refused.content.decode()
    assert refused["ETag"]


# ---------------------------------------------------------------- the week


@pytest.fixture
def class_of_40(world: World) -> Group:
    for number in range(36):
        people.admit(
            school=world.school, name=f"Student {number}", kind=Person.Kind.STUDENT, number=f"n{number}",
            at=AT - timedelta(7), group=world.on_time,
        )  # fmt: skip
    return world.on_time


def test_the_week_shows_a_code_a_day_and_blanks_where_there_was_no_school(
    world: World, register: Register, teacher: Client
) -> None:
    Closure.objects.create(school=world.school, date=date(2026, 3, 6), reason="storm")
    send(teacher, register, world.willing.person, form("late", minutes="12"))
    send(teacher, register, world.refusing.person, form("absent", reason="Ill"))
    week = teacher.get("/register/week/").context["week"]
    assert [column.day.day for column in week.columns] == [2, 3, 4, 5, 7, 8]
    cells = {row.student.name.split()[0]: "".join(cell.code for cell in row.cells) for row in week.rows}
    assert cells == {"Willing": "L12", "Refusing": "A", "Withdrawn": "·", "Unanswered": "·"}


def test_a_mark_that_was_taken_back_leaves_no_code(world: World, register: Register, teacher: Client) -> None:
    send(teacher, register, world.willing.person, form("absent", reason="Ill"))
    mark = registers.history(register, world.willing.person)[-1]
    teacher.post(
        f"/register/{register.id}/{world.willing.person.id}/undo/", {"standing": mark.id, "submission": uuid4()}
    )
    row = next(row for row in teacher.get("/register/week/").context["week"].rows if row.student == mark.student)
    assert {cell.code for cell in row.cells} == {"", "·"}


def test_a_week_without_school_and_a_day_that_is_none(teacher: Client) -> None:
    assert "no school in this week" in teacher.get("/register/week/?day=2027-03-03").content.decode()
    for day in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31"):
        assert teacher.get(f"/register/week/?day={day}").status_code == 404


def test_a_class_of_forty_takes_few_queries_on_every_page(
    world: World,
    register: Register,
    class_of_40: Group,
    teacher: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for student in registers.members(class_of_40, AT.date()):
        registers.mark_arrival(school=world.school, student=student, at=AT)
        came(student, AT, reason=Reason.CARD_AFTER_NO_MATCH)
    pages = ["/register/", f"/register/{register.id}/", f"/register/{register.id}/live/", "/register/week/"]
    for page in pages:
        teacher.get(page)
    for page in pages:
        with django_assert_max_num_queries(10):
            assert teacher.get(page).content.decode().count("Student ") >= 36
