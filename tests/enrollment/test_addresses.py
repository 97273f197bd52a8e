"""The address a guardian signs in by: bound by a letter, changed with proof, and what a Yes through it is worth."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from campus import addresses, guardians, letters, outbox, people
from campus.guardians import Refused
from campus.models import AddressChange, AuditEvent, Person, Role, School, SignInAddress, User
from enrollment import bonds, consent, standings
from enrollment.models import ConsentEvent, Permit
from enrollment.standings import Standing
from tests.personas import AT, World, make_school

SignIn = Callable[[User], Client]
CODE = re.compile(r"^[A-Z]{4}-[A-Z]{4}$", re.MULTILINE)
NEW = "new@home.example"


@pytest.fixture
def colleague(world: World) -> User:
    user = User.objects.create_user("colleague@hillside.example", name="Colleague")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.OFFICE)
    return user


def named(world: World, student: Person | None = None, name: str = "Second Parent") -> User:
    student = student or world.unanswered.person
    return guardians.name(student=student, name=name, responsible=True, by=world.office, at=AT).guardian


def letter_for(world: World, guardian: User, at: datetime = AT) -> str:
    return letters.issue(guardian=guardian, school=world.school, by=world.office, at=at)


def codes_sent_to(email: str) -> list[str]:
    return [code for letter in mail.outbox if letter.to == [email.lower()] for code in CODE.findall(str(letter.body))]


def join(client: Client, code: str, email: str) -> str:
    """Go the whole way of the letter and return the last page."""
    response = client.post("/family/join/", {"letter": code, "email": email}, follow=True)
    if "Link my address" not in response.content.decode():
        return response.content.decode()
    return client.post("/family/join/code/", {"code": codes_sent_to(email)[-1]}, follow=True).content.decode()


def has_permit(student: Person) -> bool:
    return Permit.objects.filter(student=student, live=True, compare=True).exists()


def change_on_paper(world: World, guardian: User, colleague: User, email: str = NEW, at: datetime = AT) -> None:
    change = addresses.record_on_paper(guardian=guardian, school=world.school, email=email, by=world.office, at=at)
    addresses.make_on_paper(change=change, by=colleague, at=at)
    guardian.refresh_from_db()


def test_a_letter_binds_an_address_and_signs_its_holder_in(world: World, client: Client) -> None:
    guardian = named(world)
    page = join(client, letter_for(world, guardian), "Second@Home.example")
    assert "Your address is linked." in page
    assert "Unanswered Pupil" in page
    guardian.refresh_from_db()
    assert guardian.email == "second@home.example"
    address = addresses.current(guardian)
    assert address is not None
    assert (address.email, address.how, address.confirmed_at) == (guardian.email, "letter", AT)
    assert AuditEvent.objects.filter(kind="address.bound", school=world.school).exists()


def test_a_letter_binds_once(world: World, client: Client) -> None:
    guardian = named(world)
    code = letter_for(world, guardian)
    join(client, code, "second@home.example")
    assert "This code is not known." in join(Client(), code, "thief@home.example")
    assert "linked already" in join(Client(), letter_for(world, guardian), "thief@home.example")


def test_nothing_is_bound_before_the_mailed_code_has_come_back(world: World, client: Client) -> None:
    guardian = named(world)
    code = letter_for(world, guardian)
    client.post("/family/join/", {"letter": code, "email": "second@home.example"})
    for status in (422, 422, 422):
        assert client.post("/family/join/code/", {"code": "BBBB-BBBB"}).status_code == status
    client.post("/family/join/code/", {"code": codes_sent_to("second@home.example")[-1]})
    guardian.refresh_from_db()
    assert guardian.email == ""
    assert letters.find(code, AT)


def test_the_mailed_code_is_bound_to_its_browser_and_to_three_minutes(
    world: World, client: Client, frozen: Callable[[datetime], None]
) -> None:
    guardian = named(world)
    letter = letter_for(world, guardian)
    client.post("/family/join/", {"letter": letter, "email": "second@home.example"})
    assert letter not in str(dict(client.session)), "only its HMAC is kept"
    (code,) = codes_sent_to("second@home.example")
    assert Client().post("/family/join/code/", {"code": code})["Location"] == "/family/join/"
    frozen(AT + timedelta(seconds=180))
    page = client.post("/family/join/code/", {"code": code}).content.decode()
    assert "That code has ended." in page
    assert "second@home.example" in page


def test_five_codes_an_hour_go_to_an_address_whatever_they_are_for(world: World, signed_in: SignIn) -> None:
    parent = world.willing.parent
    for _ in range(2):
        Client().post("/sign-in/", {"email": parent.email})
    for number in range(3):
        signed_in(parent).post("/family/address/", {"email": f"new{number}@home.example"})
    assert len(codes_sent_to(parent.email)) == 5
    response = signed_in(parent).post("/family/address/", {"email": NEW})
    assert (response.status_code, "Too many codes were sent" in response.content.decode()) == (429, True)
    Client().post("/sign-in/", {"email": parent.email})
    assert len(codes_sent_to(parent.email)) == 5


def test_five_codes_an_hour_go_to_an_address_that_wants_to_join(world: World) -> None:
    letter = letter_for(world, named(world))
    said = {"letter": letter, "email": "second@home.example"}
    assert [Client().post("/family/join/", said).status_code for _ in range(6)] == [302] * 5 + [429]
    assert len(codes_sent_to("second@home.example")) == 5


def test_three_wrong_codes_end_a_change_of_address(world: World, signed_in: SignIn) -> None:
    parent, client = world.willing.parent, signed_in(world.willing.parent)
    client.post("/family/address/", {"email": NEW})
    first, second = codes_sent_to(parent.email)[-1], codes_sent_to(NEW)[-1]
    for _ in range(3):
        client.post("/family/address/codes/", {"old": "BBBB-BBBB", "new": second})
    client.post("/family/address/codes/", {"old": first, "new": second})
    parent.refresh_from_db()
    assert parent.email != NEW


def test_what_was_typed_is_there_after_a_mistake(world: World, client: Client) -> None:
    page = client.post("/family/join/", {"letter": "BCDF", "email": "second@home.example"}).content.decode()
    assert 'value="BCDF"' in page
    assert 'value="second@home.example"' in page
    page = client.post("/family/join/", {"letter": letter_for(world, named(world)), "email": "second"}).content.decode()
    assert "Type an e-mail address" in page
    assert not mail.outbox


def test_an_address_of_staff_of_a_student_or_of_another_guardian_is_not_bound(world: World) -> None:
    Person.objects.filter(id=world.willing.person.id).update(email="pupil@hillside.example")
    people.admit(school=world.school, name="Mr Lau", kind=Person.Kind.STAFF, number="s1", at=AT)
    Person.objects.filter(number="s1").update(email="lau@hillside.example")
    refused = {
        world.teacher.email: "member of staff",
        "lau@hillside.example": "member of staff",
        "Pupil@hillside.example": "student’s address",
        world.unanswered.parent.email: "Another guardian uses this address",
        world.refusing.parent.email: "Another guardian uses this address",
    }
    guardian = named(world)
    for email, words in refused.items():
        assert words in join(Client(), letter_for(world, guardian), email)
    guardian.refresh_from_db()
    assert guardian.email == ""


def test_two_children_in_two_schools_need_one_address(world: World) -> None:
    other = make_school(name="Seaview")
    guardian = named(other, other.unanswered.person, "Willing Parent")
    page = join(Client(), letter_for(other, guardian), world.willing.parent.email)
    assert "Willing Pupil" in page
    assert "Unanswered Pupil" in page
    assert people.is_guardian(world.willing.parent, other.unanswered.person)
    assert not people.is_guardian(guardian, other.unanswered.person)


def test_who_is_signed_in_types_the_letters_code_alone(world: World, signed_in: SignIn) -> None:
    other = make_school(name="Seaview")
    code = letter_for(other, named(other, other.unanswered.person))
    page = signed_in(world.willing.parent).post("/family/join/", {"letter": code}, follow=True).content.decode()
    assert "linked to your address" in page
    assert "Seaview School" in page


def test_a_members_of_staff_own_sign_in_does_not_join(world: World, signed_in: SignIn) -> None:
    code = letter_for(world, named(world))
    page = signed_in(world.teacher).post("/family/join/", {"letter": code}).content.decode()
    assert "member of staff" in page
    assert letters.find(code, AT)


def test_a_shared_address_cannot_say_yes_and_can_say_no(world: World) -> None:
    parent, student = world.unanswered.parent, world.unanswered.person
    Role.objects.create(school=world.school, user=parent, kind=Role.Kind.TEACHER)
    with pytest.raises(Refused, match="shared_staff"):
        consent.give(student=student, guardian=parent, notice=world.notice, at=AT)
    consent.refuse(student=student, guardian=parent, notice=None, at=AT)
    assert ConsentEvent.objects.get(student=student).kind == "refused"


def test_the_page_says_why_a_shared_address_cannot_say_yes(world: World, signed_in: SignIn) -> None:
    Role.objects.create(school=world.school, user=world.unanswered.parent, kind=Role.Kind.TEACHER)
    said = {"answer.gate_access": "yes", "notice.gate_access": str(world.notice.id)}
    response = signed_in(world.unanswered.parent).post(f"/family/{world.unanswered.person.id}/check/", said)
    assert response.status_code == 422
    assert "address of a member of staff" in response.content.decode()
    assert not ConsentEvent.objects.filter(student=world.unanswered.person).exists()


def test_changing_takes_a_code_from_the_old_address_and_one_from_the_new(world: World, signed_in: SignIn) -> None:
    parent, old = world.willing.parent, world.willing.parent.email
    client, elsewhere = signed_in(parent), signed_in(parent)
    client.post("/family/address/", {"email": NEW})
    (first,), (second,) = codes_sent_to(old), codes_sent_to(NEW)
    page = client.post("/family/address/codes/", {"old": second, "new": second})
    assert page.status_code == 422
    parent.refresh_from_db()
    assert parent.email == old
    page = client.post("/family/address/codes/", {"old": first, "new": second}, follow=True)
    assert "Your address is changed." in page.content.decode()
    parent.refresh_from_db()
    assert parent.email == NEW
    assert addresses.is_confirmed(parent)
    assert elsewhere.get("/family/").status_code == 302, "a session that began by the old address goes on"


def test_the_old_address_is_told_and_signs_nobody_in(world: World, signed_in: SignIn) -> None:
    parent, old = world.willing.parent, world.willing.parent.email
    client = signed_in(parent)
    client.post("/family/address/", {"email": NEW})
    client.post("/family/address/codes/", {"old": codes_sent_to(old)[-1], "new": codes_sent_to(NEW)[-1]})
    import_module("campus.tasks")  # As the desk worker does: it knows the effects.
    outbox.settle(at=AT)
    told = mail.outbox[-1]
    assert told.to == [old]
    assert "was changed" in told.subject
    assert NEW not in str(told.body)
    sent = len(mail.outbox)
    Client().post("/sign-in/", {"email": old})
    assert len(mail.outbox) == sent


def test_the_old_address_is_told_the_date_where_the_children_are(world: World) -> None:
    late_in_hong_kong = datetime(2026, 3, 4, 20, 0, tzinfo=AT.tzinfo)
    School.objects.filter(id=world.school.id).update(timezone="Asia/Hong_Kong")
    addresses.change_from_old(guardian=world.willing.parent, email=NEW, at=late_in_hong_kong)
    import_module("campus.tasks")
    outbox.settle(at=late_in_hong_kong)
    assert "5 March 2026" in str(mail.outbox[-1].body)


def test_the_address_of_somebody_else_is_not_taken(world: World, signed_in: SignIn) -> None:
    parent, client = world.willing.parent, signed_in(world.willing.parent)
    for email in (parent.email, "nonsense"):
        assert client.post("/family/address/", {"email": email}).status_code == 422
    assert not mail.outbox
    for email, why in ((world.refusing.parent.email, "Another guardian"), (world.teacher.email, "member of staff")):
        client.post("/family/address/", {"email": email})
        said = {"old": codes_sent_to(parent.email)[-1], "new": codes_sent_to(email)[-1]}
        page = client.post("/family/address/codes/", said)
        assert (page.status_code, why in page.content.decode()) == (422, True)


def test_the_page_tells_nobody_which_addresses_are_known_and_not_even_that_without_end(
    world: World, signed_in: SignIn
) -> None:
    client = signed_in(world.willing.parent)
    asked = (world.refusing.parent.email, world.teacher.email, "nobody@home.example", NEW, "newer@home.example")
    answers = [client.post("/family/address/", {"email": email}) for email in asked]
    assert {(one.status_code, one["Location"]) for one in answers} == {(302, "/family/address/codes/")}
    assert client.post("/family/address/", {"email": world.office.email}).status_code == 429


def test_one_school_changes_no_address_on_paper_that_answers_at_another(world: World, colleague: User) -> None:
    other, parent = make_school(name="Seaview"), world.willing.parent
    change = addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    people.name_guardian(student=other.unanswered.person, guardian=parent, at=AT)
    with pytest.raises(Refused, match="two_schools") as refused:
        addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    assert "a child at another school too" in refused.value.words
    with pytest.raises(Refused, match="two_schools"):
        addresses.make_on_paper(change=change, by=colleague, at=AT)
    parent.refresh_from_db()
    assert parent.email != NEW


def test_an_unconfirmed_address_joins_no_other_school(world: World, colleague: User) -> None:
    other = make_school(name="Seaview")
    change_on_paper(world, world.willing.parent, colleague)
    letter = letters.find(letter_for(other, named(other, other.unanswered.person)), AT)
    with pytest.raises(Refused, match="unconfirmed"):
        addresses.join(letter=letter, email=NEW, at=AT)


def test_a_change_on_paper_takes_two_of_the_office(world: World, colleague: User) -> None:
    parent, old = world.willing.parent, world.willing.parent.email
    change = addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    parent.refresh_from_db()
    assert parent.email == old
    with pytest.raises(Refused, match="same_person"):
        addresses.make_on_paper(change=change, by=world.office, at=AT)
    with pytest.raises(Refused, match="not_office"):
        addresses.make_on_paper(change=change, by=world.teacher, at=AT)
    addresses.make_on_paper(change=change, by=colleague, at=AT)
    parent.refresh_from_db()
    assert parent.email == NEW
    with pytest.raises(Refused, match="not_waiting"):
        addresses.make_on_paper(change=change, by=colleague, at=AT)


def test_neither_of_the_two_may_be_a_guardian_of_the_child(world: World, colleague: User) -> None:
    people.name_guardian(student=world.willing.person, guardian=colleague, at=AT)
    parent = world.willing.parent
    change = addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=world.office, at=AT)
    with pytest.raises(Refused, match="own_child"):
        addresses.make_on_paper(change=change, by=colleague, at=AT)
    with pytest.raises(Refused, match="own_child"):
        addresses.record_on_paper(guardian=parent, school=world.school, email=NEW, by=colleague, at=AT)


def test_the_database_itself_refuses_a_change_by_one(world: World) -> None:
    change = addresses.record_on_paper(
        guardian=world.willing.parent, school=world.school, email=NEW, by=world.office, at=AT
    )
    with pytest.raises(IntegrityError, match="two_staff"), transaction.atomic():
        AddressChange.objects.filter(id=change.id).update(status="made", decided_by=world.office, decided_at=AT)


def test_a_yes_after_a_change_on_paper_counts_only_once_confirmed(world: World, colleague: User) -> None:
    parent, student = world.unanswered.parent, world.unanswered.person
    change_on_paper(world, parent, colleague)
    consent.give(student=student, guardian=parent, notice=world.notice, at=AT)
    assert not has_permit(student)
    assert standings.of([student], AT)[student.id] is Standing.SILENT
    letter = letters.find(letter_for(world, parent), AT)
    bonds.confirm_address(letter=letter, guardian=parent, at=AT)
    assert has_permit(student)
    assert standings.of([student], AT)[student.id] is Standing.YES


def test_an_unconfirmed_address_confirms_no_other(world: World, colleague: User, signed_in: SignIn) -> None:
    parent, student, third = world.unanswered.parent, world.unanswered.person, "third@home.example"
    change_on_paper(world, parent, colleague)
    client = signed_in(parent)
    client.post("/family/address/", {"email": third})
    said = {"old": codes_sent_to(NEW)[-1], "new": codes_sent_to(third)[-1]}
    assert "Your address is changed." in client.post("/family/address/codes/", said, follow=True).content.decode()
    parent.refresh_from_db()
    assert parent.email == third
    assert not addresses.is_confirmed(parent)
    consent.give(student=student, guardian=parent, notice=world.notice, at=AT)
    assert not has_permit(student)
    bonds.confirm_address(letter=letters.find(letter_for(world, parent), AT), guardian=parent, at=AT)
    assert has_permit(student)


def test_an_unconfirmed_yes_lifts_no_no_and_an_unconfirmed_no_counts(world: World, colleague: User) -> None:
    refusing, willing = world.refusing, world.willing
    change_on_paper(world, refusing.parent, colleague)
    consent.give(student=refusing.person, guardian=refusing.parent, notice=world.notice, at=AT)
    assert standings.of([refusing.person], AT)[refusing.person.id] is Standing.NO
    change_on_paper(world, willing.parent, colleague, email="newer@home.example")
    assert has_permit(willing.person), "what was said before the change stands"
    consent.withdraw(student=willing.person, guardian=willing.parent, at=AT)
    assert not has_permit(willing.person)


def test_the_page_says_that_a_yes_waits_and_takes_the_letters_code(
    world: World, colleague: User, signed_in: SignIn
) -> None:
    parent = world.unanswered.parent
    change_on_paper(world, parent, colleague)
    consent.give(student=world.unanswered.person, guardian=parent, notice=world.notice, at=AT)
    client = signed_in(parent)
    page = client.get("/family/").content.decode()
    assert "not confirmed yet" in page
    assert "It does not count yet" in page
    page = client.post("/family/join/", {"letter": letter_for(world, parent)}, follow=True).content.decode()
    assert "Your address is confirmed." in page
    assert "It does not count yet" not in page


def test_somebody_elses_letter_confirms_nothing(world: World, colleague: User) -> None:
    parent = world.unanswered.parent
    change_on_paper(world, parent, colleague)
    letter = letters.find(letter_for(world, named(world)), AT)
    with pytest.raises(Refused, match="letter_of_another"):
        bonds.confirm_address(letter=letter, guardian=parent, at=AT)
    assert not addresses.is_confirmed(parent)


def test_what_signs_in_is_the_address_that_lives(world: World, colleague: User) -> None:
    """`User.email` is a copy of the living `SignInAddress`; whatever happens, the two agree."""
    change_on_paper(world, world.willing.parent, colleague)
    change_on_paper(world, world.willing.parent, colleague, email="third@home.example")
    join(Client(), letter_for(world, named(world)), "second@home.example")
    live = SignInAddress.objects.filter(ended_at__isnull=True).select_related("user")
    assert live.count() >= 6
    assert all(address.email == address.user.email for address in live)


def test_ending_a_guardianship_ends_what_rested_on_its_yes(world: World) -> None:
    bond = world.willing.person.guardianships.get()
    bonds.end_guardianship(bond=bond, by=world.office, at=AT)
    assert not has_permit(world.willing.person)
