"""What was not shown of the face reader: a sentence that a school accepts in words before any face is enrolled."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from pytest_django import Settings

from campus.models import AuditEvent, Role, User
from enrollment import acceptance, attempts, calibration, consent, permits, references, sessions
from enrollment.calibration import Calibration
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import Acceptance
from tests.drawn import enroll, measured_as, pictures
from tests.personas import AT, SignIn, World, make_school

PAGE = "/office/faces/"


@pytest.fixture
def officer(world: World) -> User:
    user = User.objects.create_user("protection@hillside.example", name="Dee Po")
    Role.objects.create(school=world.school, user=user, kind=Role.Kind.PROTECTION_OFFICER)
    return user


def measured() -> Calibration:
    found = calibration.of_set("fake")
    assert found is not None
    return found


def accept(world: World, by: User) -> Acceptance:
    read = acceptance.digest(measured())
    return acceptance.accept(school=world.school, measured=measured(), read=read, by=by, at=AT)


def why_not_enrolled(world: World) -> str:
    attempt = attempts.begin(student=world.willing.person, operator=world.office, at=AT)
    return references.enroll(attempt=attempt, images=pictures(), engine=DrawnEngine(), at=AT)


# ------------------------------------------------------------ the sentence


def measured_with(*groups: calibration.Group) -> Calibration:
    return Calibration("dlib", "dlib-1", "1", 1e-4, 0.5, 0.5, 0.05, 0.4, 0.05, groups=groups)


def test_it_names_who_was_measured_for_whom_it_was_shown_and_for_whom_not() -> None:
    found = measured_with(
        calibration.Group("lfw", 310, 47_895, 4, 1e-4), calibration.Group("asian_celebrities", 35, 595, 0)
    )
    assert acceptance.sentence(found) == (
        "This face reader was measured with: mostly Western adults in the news (310 people), "
        "East Asian celebrities (35 people). "
        "It was shown that at most one in 10,000 comparisons of two people is a false match for: "
        "mostly Western adults in the news. "
        "The target, one in 10,000, was not shown for: East Asian celebrities, children. "
        "The gate may take two of them for one. "
        "Nobody was measured at all among: children."
    )


def test_a_group_that_shows_less_than_the_target_is_told_with_what_it_shows() -> None:
    words = acceptance.sentence(measured_with(calibration.Group("lfw", 106, 5_565, 1, 1e-3)))
    assert "at most one in 1,000 comparisons of two people is a false match for: mostly Western adults" in words
    assert "The target, one in 10,000, was not shown for: mostly Western adults in the news, children." in words


def test_it_says_so_if_it_was_shown_for_nobody_and_knows_a_group_without_words_by_its_name() -> None:
    words = acceptance.sentence(measured_with(calibration.Group("Martians", 2, 1, 0)))
    assert "was shown for nobody" in words
    assert "Martians (2 people)" in words


def test_children_who_were_not_measured_are_asked_about_even_where_every_other_group_was_shown() -> None:
    shown = measured_with(calibration.Group("lfw", 310, 47_895, 4, 1e-4))
    assert acceptance.is_asked(shown)
    assert not acceptance.is_asked(measured_with(*shown.groups, calibration.Group("children", 400, 79_800, 3, 1e-4)))


def test_numbers_without_any_group_are_asked_about_too() -> None:
    assert acceptance.is_asked(Calibration("dlib", "dlib-1", "1", 1e-4, 0, 0, 0, 0, 0))


def test_where_every_group_was_shown_nothing_is_asked(world: World) -> None:
    assert not acceptance.is_asked(measured())
    assert acceptance.is_given(world.school, measured())
    assert acceptance.wanted(world.school, AT) == []


@pytest.mark.parametrize("name", ["dlib", "dlib,mobilefacenet"])
def test_every_measured_set_says_that_it_was_not_shown_for_children(name: str) -> None:
    found = calibration.of_set(name)
    assert found is not None
    assert not any(group.name == "children" and acceptance.is_shown(found, group) for group in found.groups)
    assert acceptance.is_asked(found)
    assert "children" in acceptance.sentence(found)


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_it_is_told_in_every_language(language: str) -> None:
    found = calibration.of_set("dlib")
    assert found is not None
    english = acceptance.sentence(found)
    with translation.override(language):
        words = acceptance.sentence(found)
    assert words != english
    assert not any(word in words for word in ("measured", "people", "children", "adults"))


# ------------------------------------------------------------ until it is accepted


def test_until_it_is_accepted_nobody_is_enrolled_and_nothing_is_compared(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    assert permits.comparable(world.willing.person.id, AT)
    settings.FACE_CALIBRATIONS = [measured_as(tmp_path, shown_at="0.1")]
    assert permits.standing(world.willing.person.id, AT) is None
    assert sessions.refusal(world.willing.person, world.office, AT) == "not_accepted"
    assert why_not_enrolled(world) == "not_accepted"


def test_once_it_is_accepted_a_sitting_may_begin(world: World, not_shown: None, officer: User) -> None:
    accepted = accept(world, officer)
    assert (accepted.sentence, accepted.language) == (acceptance.sentence(measured()), "en")
    assert (accepted.engine, accepted.version) == ("drawn-1", "few")
    assert sessions.refusal(world.willing.person, world.office, AT) == ""
    assert why_not_enrolled(world) == ""
    assert permits.comparable(world.willing.person.id, AT)


def test_another_school_accepts_for_itself(world: World, not_shown: None, officer: User) -> None:
    accept(world, officer)
    assert not acceptance.is_given(make_school(name="Seaview").school, measured())


@pytest.mark.parametrize("change", [{"version": '"newer"'}, {"engine": '"drawn-2"'}])
def test_new_numbers_are_asked_about_anew(
    world: World, not_shown: None, officer: User, settings: Settings, tmp_path: Path, change: dict[str, str]
) -> None:
    accept(world, officer)
    settings.FACE_CALIBRATIONS = [measured_as(tmp_path, **{"shown_at": "0.1", "version": '"few"'} | change)]
    assert acceptance.wanted(world.school, AT) == [measured()]


def test_consent_stays_what_it_was(world: World, not_shown: None, officer: User) -> None:
    """What a school accepts makes no family's No a Yes."""
    accept(world, officer)
    student = world.refusing.person
    assert not consent.status_of(student, "gate_access", AT).process
    assert sessions.refusal(student, world.office, AT) == "no_consent"


# ------------------------------------------------------------ who accepts, and how


def test_it_takes_the_protection_officer_or_an_administrator_of_this_school(world: World, not_shown: None) -> None:
    with pytest.raises(acceptance.NotTheirs):
        accept(world, world.office)
    administrator = User.objects.create_user("admin@hillside.example")
    Role.objects.create(school=make_school(name="Seaview").school, user=administrator, kind=Role.Kind.ADMINISTRATOR)
    with pytest.raises(acceptance.NotTheirs):
        accept(world, administrator)
    Role.objects.create(school=world.school, user=administrator, kind=Role.Kind.ADMINISTRATOR)
    assert accept(world, administrator).accepted_by == administrator


def test_it_is_written_down_once_and_in_the_log(world: World, not_shown: None, officer: User) -> None:
    assert accept(world, officer) == accept(world, officer)
    event = AuditEvent.objects.get(kind="faces.accepted")
    assert (event.actor, event.school) == (officer, world.school)
    with pytest.raises(IntegrityError, match="acceptance_once_a_version"), transaction.atomic():
        Acceptance.objects.create(
            school=world.school, engine="drawn-1", version="few", sentence="x", accepted_by=officer, accepted_at=AT
        )


def test_words_that_changed_since_they_were_read_are_not_accepted(
    world: World, not_shown: None, officer: User, settings: Settings, tmp_path: Path
) -> None:
    read = acceptance.digest(measured())
    settings.FACE_CALIBRATIONS = [measured_as(tmp_path, shown_at="0.1", version='"few"', people="12")]
    with pytest.raises(acceptance.Changed):
        acceptance.accept(school=world.school, measured=measured(), read=read, by=officer, at=AT)
    assert not Acceptance.objects.exists()


def form() -> dict[str, str]:
    return {"engine": "drawn-1", "read": acceptance.digest(measured()), "accepted": "yes"}


def test_the_page_shows_the_sentence_and_takes_the_acceptance(
    world: World, not_shown: None, officer: User, signed_in: SignIn
) -> None:
    browser = signed_in(officer)
    assert acceptance.sentence(measured()) in browser.get(PAGE).content.decode()
    wrong = browser.post(PAGE, form() | {"accepted": ""})
    assert wrong.status_code == 422
    assert "Tick the box if the school accepts this." in wrong.content.decode()
    pages = [browser.post(PAGE, form(), follow=True).content.decode() for _ in range(2)]
    assert all("Written down." in page and "Dee Po" in page for page in pages)
    assert Acceptance.objects.count() == 1


def test_the_page_says_so_if_the_words_changed_meanwhile(
    world: World, not_shown: None, officer: User, signed_in: SignIn
) -> None:
    answer = signed_in(officer).post(PAGE, form() | {"read": "what stood there yesterday"})
    assert answer.status_code == 422
    assert "This has changed since you opened the page." in answer.content.decode()


def test_the_office_sees_it_and_can_not_accept_it(world: World, not_shown: None, signed_in: SignIn) -> None:
    browser = signed_in(world.office)
    words = browser.get(PAGE).content.decode()
    assert "Not accepted yet" in words
    assert "Accept this for the school" not in words
    assert browser.post(PAGE, form()).status_code == 403
    assert "Face reader (1)" in browser.get("/office/").content.decode()


def test_the_enrolment_desk_says_why_nobody_is_enrolled(world: World, not_shown: None, signed_in: SignIn) -> None:
    student = f"/office/students/{world.willing.person.id}/"
    assert "nobody has accepted for it" in signed_in(world.office).get(student).content.decode()
    begun = signed_in(world.office).post(f"{student}enroll/begin/", {"card": world.willing.card})
    assert begun.status_code == 409


def test_the_officer_is_shown_the_way_there(world: World, officer: User, signed_in: SignIn) -> None:
    assert PAGE in signed_in(officer).get("/").content.decode()
    assert PAGE not in signed_in(world.teacher).get("/").content.decode()
