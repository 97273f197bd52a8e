"""The stories of the people at the gate, each walked in a real browser from page to page.

The student who passes by face has a story on the whole product, with its workers: `tests/stack/test_kiosk_page.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from campus import registers, staff
from campus.models import AttendanceMark, AuditEvent, Credential, Register, Role, School, User
from enrollment import reviewing
from enrollment.models import ConsentEvent, EnrollmentSession, PaperAnswer, Permit, Reference
from gates.models import Passage
from tests import half_a_minute
from tests.browser.cast import PHONE, Office, Parent, Somebody, Teacher, Witness, listen, mails_to
from tests.browser.kiosk_screen import see, show_card
from tests.drawn import enroll
from tests.personas import AT, Pupil, World, sittings

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY_OBJECTED = AT + timedelta(days=9)
"""More than five school days after the guardians of these stories were named, and told."""
PageFor = Callable[..., Page]
Freeze = Callable[[datetime], None]


@pytest.fixture
def colleague(world: World) -> User:
    role = staff.give_role(
        school=world.school, email="colleague@hillside.example", name="Ms Tam", kind="office", by=None, at=AT
    )
    return role.user


def answers(pupil: Pupil) -> list[str]:
    return list(ConsentEvent.objects.filter(student=pupil.person).order_by("id").values_list("kind", flat=True))


def has_permit(pupil: Pupil) -> bool:
    return Permit.objects.filter(student=pupil.person, live=True, compare=True).exists()


def test_a_tired_parent_says_yes_on_a_phone_and_months_later_takes_it_back(
    world: World, page_for: PageFor, frozen: Freeze
) -> None:
    pupil, email = world.unanswered, "tai.man@home.example"
    office = Office(page_for(world.office))
    office.names_a_guardian(pupil, "Chan Tai Man")
    letter = office.prints_a_letter("Chan Tai Man")

    # An evening, one hand: the letter, a code by mail, the question.
    parent = Parent(page_for(**PHONE))
    parent.joins(letter.lower(), email)
    parent.follows("Answer the school")
    parent.reads("May the school use Unanswered Pupil’s face to open the gate?", "They become a row of numbers")
    assert parent.page.locator("input[type=radio]:checked").count() == 0
    parent.answers("Yes")
    assert answers(pupil) == [], "nothing is sent before it was checked"
    parent.sends()
    parent.reads("Thank you. Your answer is yes.", f"A copy of this receipt is on its way to {email}.")
    assert mails_to(email, at=AT)[-1] == "Receipt for your answer to the school"

    # Five school days later nobody has objected. The office enrols the child; the parent looks at what that means.
    frozen(NOBODY_OBJECTED)
    reviewing.review(NOBODY_OBJECTED)
    enroll(pupil.person, operator=world.office, at=NOBODY_OBJECTED)
    parent.looks_at_the_child()
    parent.reads("The gate opens to Unanswered Pupil’s card and face.")
    parent.sees_held("Face templates", "1")

    # Months later: another evening, another thought.
    later = AT + timedelta(days=90)
    frozen(later)
    parent.takes_the_yes_back()
    parent.reads("The face template is gone.", "just as fast")
    half_a_minute.passes(later)  # The receipt waits for the key.
    assert mails_to(email, at=later).count("Receipt for your answer to the school") == 2
    parent.looks_at_the_child()
    parent.sees_held("Face templates", "None")
    assert answers(pupil) == ["given", "withdrawn"]
    assert not Reference.objects.filter(student=pupil.person).exists()


def test_a_second_guardian_objects_and_only_they_lift_it(world: World, page_for: PageFor, frozen: Freeze) -> None:
    pupil, office = world.willing, Office(page_for(world.office))
    office.names_a_guardian(pupil, "Lau Wai Yee")
    second = Parent(page_for(**PHONE))
    second.joins(office.prints_a_letter("Lau Wai Yee"), "wai.yee@home.example")
    second.reads("Willing Pupil", "You have not answered yet.")
    second.answers("No")
    second.sends()
    second.reads("Thank you. Your answer is no.")
    assert not has_permit(pupil)

    # The first guardian sees that there is a No, and not whose.
    first = Parent(page_for(pupil.parent, **PHONE))
    first.page.goto("/family/")
    first.reads("You said yes on 4 March 2026.", "Another guardian of Willing Pupil says no, so it is not done.")
    first.does_not_read("Lau Wai Yee", "wai.yee@home.example")

    # Who said no may say otherwise.
    frozen(NOBODY_OBJECTED)
    second.answers("Yes")
    second.sends_after_a_new_code("wai.yee@home.example")
    assert has_permit(pupil)
    first.page.reload()
    first.does_not_read("Another guardian")


def test_a_grandmother_answers_on_paper_through_two_of_the_office(
    world: World, page_for: PageFor, colleague: User, frozen: Freeze
) -> None:
    pupil, office = world.unanswered, Office(page_for(world.office))
    office.names_a_guardian(pupil, "Po Po")
    code = office.prints_a_letter("Po Po")
    office.types_in_a_slip(pupil, "Po Po", "Yes", code)
    assert not has_permit(pupil)
    office.page.goto("/office/waiting/")
    office.reads("You typed this in, so a colleague confirms it.")
    expect(office.page.get_by_role("button", name="Confirm")).to_have_count(0)

    second = Office(page_for(colleague))
    second.confirms_the_paper_about(pupil)
    assert not has_permit(pupil), "every guardian has five school days to object"
    frozen(NOBODY_OBJECTED)
    reviewing.review(NOBODY_OBJECTED)
    second.finds(pupil)
    expect(second.page.locator("#consent ~ dl .tag")).to_have_text("Yes")
    assert has_permit(pupil)
    paper = PaperAnswer.objects.get()
    assert (paper.recorded_by, paper.decided_by) == (world.office, colleague)


def test_a_teacher_at_a_quarter_past_eight_sees_who_is_late_corrects_it_and_undoes_that(
    world: World, page_for: PageFor, frozen: Freeze
) -> None:
    student, morning = world.latecomer.person, AT.replace(hour=8, minute=15)
    frozen(morning)
    teacher = Teacher(page_for(world.other_teacher))
    teacher.opens_the_register()
    teacher.sees(student, "Not here yet")

    # The bus comes at 8:34. The row turns by itself.
    frozen(morning + timedelta(minutes=19))
    registers.mark_arrival(school=world.school, student=student, at=morning + timedelta(minutes=19))
    teacher.sees(student, "4 min late")
    expect(teacher.row(student)).to_have_class(re.compile("late"))
    expect(teacher.page.locator(".counts .late dd")).to_have_text("1")

    teacher.corrects(student, "Present", "The school bus was late")
    teacher.sees(student, "Present")
    # It was another bus.
    teacher.undoes(student)
    teacher.sees(student, "4 min late")
    register = Register.objects.get(group=world.late)
    line = [(mark.code, mark.source, mark.reason) for mark in registers.history(register, student)]
    assert line[:2] == [("late", "passage", ""), ("present", "teacher", "The school bus was late")]
    assert line[2][0] == "late"


def test_the_office_enrols_a_child_who_wants_to_and_prints_what_is_needed(
    world: World, camera_page: Page, page_for: PageFor, the_desk_works: None
) -> None:
    pupil, office, witness = world.willing, Office(camera_page), Witness(page_for(world.teacher))
    hosts, complaints = listen(office.page)
    office.finds(pupil)
    card = office.prints_a_card(pupil)
    witness.confirms(office.begins_a_sitting(pupil, card), pupil)
    office.asks_the_child("Yes")
    expect(office.page.get_by_role("heading", name="Five pictures of Willing Pupil")).to_be_visible()
    office.takes_five_pictures()
    office.follows("Back to the student")
    office.reads("Enrolled on 4 March 2026 by Office, from 5 pictures")
    reference, session = Reference.objects.get(), sittings().get()
    assert (reference.student, reference.captures) == (pupil.person, 5)
    assert (session.state, session.witness, session.tries) == (EnrollmentSession.State.ENROLLED, world.teacher, 1)
    assert mails_to(pupil.parent.email, at=AT), "the guardians are told"

    # The card is lost on the way home, and another is printed in the morning.
    office.follows("Revoke the card")
    office.presses("Revoke the card")
    office.reads("The card is revoked.", "No card is in use.")
    office.prints_a_card(pupil, "Issue a card")
    assert Credential.objects.filter(person=pupil.person).count() == 3
    assert Credential.objects.filter(person=pupil.person, revoked_at__isnull=True).count() == 1
    assert hosts <= {"localhost", "data"}
    assert complaints == []


def test_the_browser_that_scanned_the_card_brings_its_key_with_the_pictures_and_forgets_it(
    world: World, camera_page: Page, page_for: PageFor, the_desk_works: None
) -> None:
    """LAW 38."""
    School.objects.update(card_bound=True)
    pupil, office, witness = world.willing, Office(camera_page), Witness(page_for(world.teacher))
    office.finds(pupil)
    witness.confirms(office.begins_a_sitting(pupil, pupil.card), pupil)
    office.asks_the_child("Yes")
    expect(office.page.get_by_role("heading", name="Five pictures of Willing Pupil")).to_be_visible()
    assert "sitting_card" in {cookie["name"] for cookie in office.page.context.cookies()}
    assert "sitting_card" not in office.page.evaluate("document.cookie")
    office.takes_five_pictures()
    office.follows("Back to the student")
    assert Reference.objects.get().card == Credential.objects.get(person=pupil.person)
    assert "sitting_card" not in {cookie["name"] for cookie in office.page.context.cookies()}


def test_a_student_without_a_face_walks_in_by_card_and_is_on_the_roll_call(
    world: World, open_screen: Callable[..., Page], page_for: PageFor
) -> None:
    screen = open_screen()
    show_card(screen, world.refusing.card)
    see(screen, "granted", "Refusing Pupil")
    see(screen, "waiting")
    passage = Passage.objects.get()
    assert (passage.person, passage.outcome, passage.reason) == (world.refusing.person, "granted", "card")
    assert AttendanceMark.objects.get().student == world.refusing.person

    # The fire bell: whoever is inside stands on the list that the office takes along.
    office = Office(page_for(world.office))
    office.page.goto("/office/today/")
    office.follows("Who is inside")
    expect(office.page.get_by_role("heading", name="1 person is inside")).to_be_visible()
    expect(office.page.get_by_role("button", name="Print the roll call")).to_be_visible()
    office.reads("Refusing Pupil")


def test_the_office_admits_a_newcomer_and_lets_somebody_go_and_takes_that_back(world: World, page_for: PageFor) -> None:
    office = Office(page_for(world.office))
    office.page.goto("/office/")
    office.follows("Add a student")
    office.page.get_by_label("Name", exact=True).fill("Ng Siu Fan")
    office.presses("Add to the roll")
    expect(office.page.get_by_role("alert")).to_contain_text("Type the number.")
    expect(office.page.get_by_label("Name", exact=True)).to_have_value("Ng Siu Fan")
    office.page.get_by_label("Number").fill("2026-77")
    office.page.get_by_label("Class").select_option("Class 4A")
    office.page.get_by_role("button", name="Add to the roll").dblclick()
    office.reads("2026-77 · Class 4A", "Nobody is named as a guardian.")

    office.follows("Change name, number or class")
    office.page.get_by_label("Class").select_option("Class 5B")
    office.presses("Save")
    office.reads("2026-77 · Class 5B")

    office.page.get_by_text("Is leaving the school").click()
    office.presses("Note it")
    office.reads("Has left", "No longer here from 4 March 2026 on.")
    office.page.get_by_role("button", name="Take it back").click()
    office.reads("Taken back", "2026-77 · Class 5B")
    office.does_not_read("Has left")


def test_an_administrator_sets_up_a_class_its_times_and_its_teacher(world: World, page_for: PageFor) -> None:
    staff.give_role(
        school=world.school, email="set-up@hillside.example", name="Ms Au", kind="administrator", by=None, at=AT
    )
    administrator = Somebody(page_for())
    administrator.signs_in("set-up@hillside.example")
    page = administrator.page
    administrator.follows("Set-up")
    administrator.follows("Roles")
    administrator.follows("Add role")
    page.get_by_label("E-mail address").fill("yip@hillside.example")
    page.get_by_label("Name").fill("Ms Yip")
    page.get_by_label("Role").select_option("Teacher")
    administrator.presses("Save")
    page.goto("/set-up/campus/group/add/")
    page.get_by_label("Name").fill("Class 6C")
    page.get_by_label("Year").fill("6")
    page.get_by_role("listbox").first.select_option(label="Ms Yip")
    page.get_by_role("button", name=re.compile("Choose selected")).click()
    administrator.presses("Save")
    administrator.reads("was added successfully")
    page.goto("/set-up/campus/registertime/add/")
    page.get_by_label("Class").select_option("Class 6C")
    for name, time in (("Opens", "07:00"), ("Late after", "08:30"), ("Closes", "12:00")):
        page.get_by_label(f"{name}:").fill(time)
    administrator.presses("Save")
    administrator.reads("was added successfully")
    assert Role.objects.filter(user__email="yip@hillside.example", kind=Role.Kind.TEACHER).exists()
    assert AuditEvent.objects.filter(kind="set_up.added", actor__email="set-up@hillside.example").count() == 2

    # The new teacher signs in by code, and finds the class.
    teacher = Somebody(page_for())
    teacher.signs_in("yip@hillside.example")
    teacher.follows("Today’s register")
    expect(teacher.page.get_by_role("heading", name="Class 6C")).to_be_visible()
    teacher.reads("Nobody belongs to this class yet.")
