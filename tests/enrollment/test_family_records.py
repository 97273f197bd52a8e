"""What a family can look up: every mark and its changes, every passage, and everybody who looked."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.mail import EmailMessage

from campus import audit, people, reads, registers
from campus.models import AttendanceMark, ContactRestriction, Guardianship, User
from campus.registers import Correction
from enrollment import consent, enrolled_mail
from tests.drawn import enroll
from tests.gates.lane import make_lane
from tests.personas import AT, Pupil, SignIn, World

Frozen = Callable[[datetime], None]
PAGES = ("", "marks/", "passages/", "reads/", "download/", "requests/", "requests/ask/")


def page(signed_in: SignIn, user: User, pupil: Pupil, name: str = "") -> str:
    response = signed_in(user).get(f"/family/{pupil.person.id}/{name}")
    assert response.status_code == 200
    return str(response.content.decode())


def restrict(world: World, pupil: Pupil) -> None:
    ContactRestriction.objects.create(
        school=world.school,
        student=pupil.person,
        guardian=pupil.parent,
        order="Family Court 12/2026",
        recorded_by=world.office,
        recorded_at=AT,
    )


# ------------------------------------------------------------ marks and passages


def test_a_mark_is_shown_with_what_it_was_changed_from_by_whom_and_why(world: World, signed_in: SignIn) -> None:
    """LAW 30."""
    child = world.latecomer.person
    mark = registers.mark_arrival(school=world.school, student=child, at=AT)
    assert mark is not None
    wanted = Correction(
        standing=mark.id,
        submission=uuid4(),
        code=AttendanceMark.Code.PRESENT,
        minutes_late=None,
        reason="Was helping in the library",
    )
    registers.correct(register=mark.register, student=child, wanted=wanted, by=world.other_teacher, at=AT)
    found = page(signed_in, world.latecomer.parent, world.latecomer, "marks/")
    assert "60 minutes late" in found
    assert "Was helping in the library" in found
    assert "Other Teacher (Teacher)" in found


def test_marks_and_passages_are_there_month_by_month(world: World, signed_in: SignIn, frozen: Frozen) -> None:
    """LAW 30."""
    pupil, lane = world.willing, make_lane(world)
    lane.passes(pupil, at=AT - timedelta(days=40))
    lane.passes(pupil, at=AT)
    latest = page(signed_in, pupil.parent, pupil, "passages/")
    assert "March 2026" in latest
    assert 'href="?month=2026-01"' in latest
    assert "Main gate" in latest
    assert "Came in" in latest
    january = page(signed_in, pupil.parent, pupil, "passages/?month=2026-01")
    assert 'href="?month=2026-03"' in january
    assert "No passage in this month." in page(signed_in, pupil.parent, pupil, "passages/?month=2026-02")


def test_more_than_ten_are_all_there(world: World, signed_in: SignIn) -> None:
    pupil, lane = world.willing, make_lane(world)
    for minutes in range(14):
        lane.passes(pupil, at=AT + timedelta(minutes=minutes), direction="out")
    assert page(signed_in, pupil.parent, pupil, "passages/").count("Went out") == 14


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "nonsense", "2026-03-01"])
def test_a_month_that_is_none_is_not_there(world: World, signed_in: SignIn, month: str) -> None:
    for name in ("marks", "passages", "reads"):
        address = f"/family/{world.willing.person.id}/{name}/?month={month}"
        assert signed_in(world.willing.parent).get(address).status_code == 404


# ------------------------------------------------------------ who looked


def test_it_tells_who_looked_when_and_on_which_page(world: World, signed_in: SignIn) -> None:
    """LAW 30, 35."""
    pupil = world.willing
    signed_in(world.office).get(f"/office/students/{pupil.person.id}/")
    signed_in(world.office).get("/office/")
    signed_in(world.teacher).get("/register/")
    found = page(signed_in, pupil.parent, pupil, "reads/")
    for words in ("Office (Office)", "The office’s page about the student", "The office’s list of students", "09:30"):
        assert words in found
    assert "Teacher (Teacher)" in found
    assert "The class register" in found


def test_a_list_on_which_the_child_did_not_stand_is_not_told(world: World, signed_in: SignIn) -> None:
    signed_in(world.other_teacher).get("/register/")
    assert "The class register" not in page(signed_in, world.willing.parent, world.willing, "reads/")
    assert "The class register" in page(signed_in, world.latecomer.parent, world.latecomer, "reads/")


def test_what_was_done_with_the_face_stands_there_too(world: World, signed_in: SignIn) -> None:
    """LAW 28."""
    enroll(world.willing.person, operator=world.office, at=AT)
    consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=AT)
    found = page(signed_in, world.willing.parent, world.willing, "reads/")
    assert "The child’s face was enrolled" in found
    assert "The face template was destroyed" in found


def test_another_guardian_is_told_as_another_guardian_on_every_page(world: World, signed_in: SignIn) -> None:
    """LAW 31."""
    pupil, other = world.willing, world.refusing.parent
    people.name_guardian(student=pupil.person, guardian=other, at=AT)
    consent.refuse(student=pupil.person, guardian=other, notice=None, at=AT)
    for name in PAGES:
        page(signed_in, other, pupil, name)
    assert "Another guardian" in page(signed_in, pupil.parent, pupil, "reads/")
    for name in PAGES:
        found = page(signed_in, pupil.parent, pupil, name)
        assert other.name not in found
        assert other.email not in found


def test_a_request_from_outside_is_told_only_once_it_may_be(world: World, signed_in: SignIn) -> None:
    """LAW 37."""
    child, school, officer = world.willing.person, world.school, world.office
    audit.record("disclosure.recorded", school=school, subject=child.id, actor=officer, at=AT)
    audit.record_read("protection.disclosure", school=school, subject=child.id, viewer=officer, at=AT)
    found = page(signed_in, world.willing.parent, world.willing, "reads/")
    assert "Office (Office)" not in found
    response = signed_in(world.willing.parent).post(f"/family/{world.willing.person.id}/download/", {"kind": "json"})
    assert "disclosure." not in response.content.decode()


def test_every_page_that_is_written_down_has_words() -> None:
    """LAW 29."""
    written = set()
    for app in ("campus", "enrollment", "gates"):
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record_read":
                    page_ = node.args[0]
                    if isinstance(page_, ast.Constant) and isinstance(page_.value, str):
                        written.add(f"read.{page_.value}")
    assert len(written) > 15
    untold = {kind for kind in written if kind.startswith(reads.FROM_OUTSIDE)}
    assert written - untold - set(reads.PAGES) - set(reads.NAMELESS) - set(reads.ABOUT_GUARDIANS) == set()


# ------------------------------------------------------------ a court's order


def test_a_restricted_guardian_sees_no_whereabouts_anywhere(world: World, signed_in: SignIn) -> None:
    """A court keeps the guardian from knowing where the child is: pages, download and reads."""
    pupil, lane = world.willing, make_lane(world)
    lane.passes(pupil, at=AT)
    registers.mark_arrival(school=world.school, student=pupil.person, at=AT)
    shown = page(signed_in, pupil.parent, pupil)
    assert "Came in" in shown
    restrict(world, pupil)
    parent = signed_in(pupil.parent)
    for name in PAGES:
        found = page(signed_in, pupil.parent, pupil, name)
        for word in ("Main gate", "Came in", "Present", "Class 4A"):
            assert word not in found, name
    for name in ("", "marks/", "passages/", "reads/", "download/"):
        assert "hidden from you by order of a court" in page(signed_in, pupil.parent, pupil, name)
    for kind in ("html", "json"):
        file = parent.post(f"/family/{pupil.person.id}/download/", {"kind": kind}).content.decode()
        assert "Family Court 12/2026" in file
        for word in ("Main gate", "Class 4A", "passage.", "mark.", '"marks":', '"presence":', '"classes":', '"calls":'):
            assert word not in file, word


def test_a_restricted_guardian_is_not_mailed_that_the_child_sat_at_the_desk_just_now(
    world: World, mailoutbox: list[EmailMessage]
) -> None:
    reference = enroll(world.willing.person, operator=world.office, at=AT)
    enrolled_mail.send(reference.id, world.willing.parent)
    assert len(mailoutbox) == 1
    restrict(world, world.willing)
    enrolled_mail.send(reference.id, world.willing.parent)
    assert len(mailoutbox) == 1


def test_a_restricted_guardian_may_still_answer_withdraw_object_and_complain(world: World, signed_in: SignIn) -> None:
    """LAW 8, 32."""
    pupil = world.willing
    restrict(world, pupil)
    parent, home = signed_in(pupil.parent), f"/family/{pupil.person.id}/"
    assert parent.get(home + "answer/").status_code == 200
    assert parent.post(home + "requests/ask/", {"about": "complaint", "words": "Why?"}).status_code == 302
    assert parent.post(home + "withdraw/").headers["Location"] == home + "receipt/"


# ------------------------------------------------------------ of age


def born(pupil: Pupil, day: date) -> None:
    pupil.person.born_on = day
    pupil.person.save()


def test_a_parents_access_ends_on_the_eighteenth_birthday_but_for_the_own_receipt(
    world: World, signed_in: SignIn
) -> None:
    """LAW 31."""
    pupil = world.willing
    parent, home = signed_in(pupil.parent), f"/family/{pupil.person.id}/"
    born(pupil, date(2008, 3, 5))
    assert parent.get(home).status_code == 200
    born(pupil, date(2008, 3, 4))
    for name in (*PAGES, "answer/", "check/"):
        assert parent.get(home + name).status_code == 404
    assert parent.post(home + "withdraw/").status_code == 404
    assert parent.post(home + "download/", {"kind": "json"}).status_code == 404
    receipt = parent.get(home + "receipt/").content.decode()
    assert "Your answer is yes" in receipt
    assert "What happens next" not in receipt
    listed = parent.get("/family/").content.decode()
    assert "is 18 or older and decides alone now" in listed
    assert home + "receipt/" in listed


def test_the_birthday_is_the_schools_own_date(world: World, signed_in: SignIn, frozen: Frozen) -> None:
    pupil = world.willing
    born(pupil, date(2008, 3, 5))
    world.school.timezone = "Asia/Hong_Kong"
    world.school.save()
    home = f"/family/{pupil.person.id}/"
    assert signed_in(pupil.parent).get(home).status_code == 200
    frozen(datetime(2026, 3, 4, 16, 30, tzinfo=AT.tzinfo))
    assert signed_in(pupil.parent).get(home).status_code == 404


@pytest.mark.parametrize(
    ("born_on", "day", "aged"),
    [
        (date(2008, 3, 4), date(2026, 3, 3), False),
        (date(2008, 3, 4), date(2026, 3, 4), True),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (None, date(2126, 3, 1), False),
    ],
)
def test_an_age_is_reached_on_the_birthday(world: World, born_on: date | None, day: date, aged: bool) -> None:
    world.willing.person.born_on = born_on
    assert people.is_aged(world.willing.person, 18, day) is aged


def test_the_student_sees_everything_at_any_age(world: World, signed_in: SignIn) -> None:
    """LAW 31."""
    pupil = world.willing
    own = User.objects.create_user("willing@students.example", name="Willing Pupil")
    Guardianship.objects.create(
        school=world.school, student=pupil.person, guardian=own, capacity="student", began_at=AT
    )
    born(pupil, date(2008, 3, 4))
    for name in PAGES:
        page(signed_in, own, pupil, name)
    assert "What the school holds about me" in signed_in(own).get("/family/").content.decode()
