"""The front page and the teacher's register of today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campus import people, registers
from campus.models import AttendanceMark, AuditEvent, Closure, Group, Membership, Person, Register, Role, User
from tests.personas import AT, SignIn, World, make_school


def register(client: Client, **query: str) -> str:
    response = client.get("/register/", query)
    assert response.status_code == 200
    return response.content.decode()


def reads(kind: str, viewer: User) -> int:
    return AuditEvent.objects.filter(kind=f"read.{kind}", actor=viewer).count()


def test_a_visitor_is_told_what_this_is_and_where_to_sign_in(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    assert "only where the family said yes" in page
    assert 'href="/sign-in/"' in page


def test_everybody_finds_the_way_to_their_own_pages_and_no_others(world: World, signed_in: SignIn) -> None:
    doors = {
        world.willing.parent: {"/family/"},
        world.teacher: {"/register/"},
        world.office: {"/register/", "/office/"},
        world.staff: set(),
    }
    for user, expected in doors.items():
        page = signed_in(user).get("/").content.decode()
        assert {door for door in ("/family/", "/register/", "/office/") if f'href="{door}"' in page} == expected


def test_a_page_carries_its_policy_and_nothing_inline(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.office).get(f"/office/students/{world.willing.person.id}/enroll/")
    page = response.content.decode()
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "style=" not in page
    assert "<script>" not in page
    assert "onclick" not in page


def test_nobody_keeps_a_copy_of_a_page_about_people(world: World, signed_in: SignIn) -> None:
    for page in ("/", "/register/", "/office/", f"/office/students/{world.willing.person.id}/"):
        assert "no-store" in signed_in(world.office).get(page)["Cache-Control"], page


def test_the_register_shows_who_is_here_late_and_not_here_yet(world: World, signed_in: SignIn) -> None:
    registers.mark_arrival(school=world.school, student=world.willing.person, at=AT)
    registers.mark_arrival(school=world.school, student=world.refusing.person, at=AT + timedelta(minutes=72))
    response = signed_in(world.teacher).get("/register/")
    lines = {
        line.student.name: (line.state, line.mark and line.mark.minutes_late) for line in response.context["lines"]
    }
    assert lines == {
        "Willing Pupil": ("present", None),
        "Refusing Pupil": ("late", 12),
        "Withdrawn Pupil": ("not_yet", None),
        "Unanswered Pupil": ("not_yet", None),
    }
    assert "12 min late" in response.content.decode()


def test_nobody_becomes_absent_by_not_having_been_seen(
    world: World, signed_in: SignIn, frozen: Callable[..., None]
) -> None:
    frozen(AT + timedelta(hours=9))
    page = signed_in(world.teacher).get("/register/")
    assert {line.state for line in page.context["lines"]} == {"not_yet"}
    assert not AttendanceMark.objects.exists()


def test_a_corrected_mark_is_the_one_that_is_shown(world: World, signed_in: SignIn) -> None:
    first = registers.mark_arrival(school=world.school, student=world.willing.person, at=AT)
    assert first is not None
    AttendanceMark.objects.create(
        school=world.school,
        register=first.register,
        student=first.student,
        code=AttendanceMark.Code.ABSENT,
        source=AttendanceMark.Source.TEACHER,
        precedence=30,
        replaces=first,
        reason="went home",
        recorded_by=world.teacher,
        recorded_at=AT,
    )
    response = signed_in(world.teacher).get("/register/")
    states = [line.state for line in response.context["lines"] if line.student == world.willing.person]
    assert states == ["absent"]


def test_a_teacher_sees_the_own_class_and_asks_for_no_other(world: World, signed_in: SignIn) -> None:
    teacher = signed_in(world.teacher)
    assert "Class 5B" not in register(teacher)
    assert teacher.get(f"/register/?group={world.late.id}").status_code == 404
    assert teacher.get("/register/?group=class-5B").status_code == 404


def test_the_office_sees_every_class_of_its_own_school(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    office = signed_in(world.office)
    assert "Latecomer Pupil" in register(office, group=str(world.late.id))
    assert "Willing Pupil" in register(office, group=str(world.on_time.id))
    assert office.get(f"/register/?group={other.late.id}").status_code == 404


def test_teaching_ends_with_the_role(world: World, signed_in: SignIn) -> None:
    Role.objects.filter(user=world.teacher).delete()
    assert signed_in(world.teacher).get("/register/").status_code == 403


def test_a_teacher_without_a_class_is_told_so(world: World, signed_in: SignIn) -> None:
    world.on_time.teachers.clear()
    assert "No class is yours yet" in register(signed_in(world.teacher))


def test_a_student_who_has_left_the_class_is_not_in_its_register(world: World, signed_in: SignIn) -> None:
    Membership.objects.filter(student=world.willing.person).update(ended_on=AT.date())
    assert "Willing Pupil" not in register(signed_in(world.teacher))


def test_there_is_no_register_on_a_day_without_school(world: World, signed_in: SignIn) -> None:
    Closure.objects.create(school=world.school, date=AT.date(), reason="storm")
    assert "No register is taken" in register(signed_in(world.teacher))


def test_times_are_the_schools_own(db: None, signed_in: SignIn, frozen: Callable[..., None]) -> None:
    at = AT - timedelta(hours=8)
    frozen(at)
    harbour = make_school(at=at, timezone="Asia/Hong_Kong", name="Harbour")
    page = register(signed_in(harbour.teacher))
    assert "09:30" in page
    assert "opens 07:00, late after 10:30" in page


def test_looking_is_written_down_once_in_a_quarter_of_an_hour(
    world: World, signed_in: SignIn, frozen: Callable[..., None]
) -> None:
    teacher = signed_in(world.teacher)
    register(teacher)
    frozen(AT + timedelta(minutes=14))
    register(teacher)
    assert reads("register", world.teacher) == 1
    assert AuditEvent.objects.get(kind="read.register").subject == Register.objects.get(group=world.on_time).id
    frozen(AT + timedelta(minutes=15))
    register(teacher)
    assert reads("register", world.teacher) == 2


@pytest.fixture
def class_of_40(world: World) -> Group:
    for number in range(36):
        student = people.admit(
            school=world.school,
            name=f"Student {number}",
            kind=Person.Kind.STUDENT,
            number=f"n{number}",
            at=AT,
            group=world.on_time,
        )
        registers.mark_arrival(school=world.school, student=student, at=AT)
    return world.on_time


def test_a_class_of_forty_takes_few_queries(
    world: World,
    class_of_40: Group,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    teacher, office = signed_in(world.teacher), signed_in(world.office)
    register(teacher)
    register(office)
    with django_assert_max_num_queries(10):
        assert register(teacher).count('<li class="') == 40
    with django_assert_max_num_queries(10):
        register(office)
