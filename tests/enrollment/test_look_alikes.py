"""Two students who look alike are a pair for two of the office to look at, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from campus import people, subjects
from campus.guardians import Refused
from campus.models import AuditEvent, Outbox, Role, School, User
from campus.subjects import Asked
from enrollment import consent, duplicates, identification, look_alikes, permits
from enrollment.faces.distance import Template
from enrollment.look_alikes import Word
from enrollment.models import EnrollmentAttempt, LookAlike, Reference
from tests.drawn import ENGINE, enroll
from tests.galleries import probe_of
from tests.personas import AT, SignIn, World, make_school

ADDRESS = "/office/look-alikes/"


@pytest.fixture
def checking(world: World, gallery_shown: None) -> World:
    """A school that looks for look-alikes when it enrols."""
    School.objects.filter(id=world.school.id).update(checks_duplicates=True)
    world.school.refresh_from_db()
    for pupil in world.pupils.values():
        pupil.person.refresh_from_db()
    return world


@pytest.fixture
def pair(checking: World) -> LookAlike:
    """The pair of two students who were enrolled with one face."""
    for pupil in (checking.willing, checking.latecomer):
        enroll(pupil.person, operator=checking.office, at=AT)
    return LookAlike.objects.select_related("student__school", "other__school").get()


def say(pair: LookAlike, word: LookAlike.Word, by: User) -> LookAlike | None:
    return look_alikes.say(pair=pair, word=word, by=by, at=AT)


def refusal(pair: LookAlike, word: LookAlike.Word, by: User) -> str:
    with pytest.raises(Refused) as refused, transaction.atomic():
        say(pair, word, by)
    return refused.value.reason


def events() -> list[str]:
    return sorted(AuditEvent.objects.filter(kind__startswith="look_alike.").values_list("kind", flat=True))


# ------------------------------------------------------------ found


def test_a_second_enrolment_of_one_face_is_a_pair_and_both_are_enrolled(checking: World, pair: LookAlike) -> None:
    students = {checking.willing.person, checking.latecomer.person}
    assert {pair.student, pair.other} == students
    assert pair.state == "waiting"
    assert Reference.objects.filter(student__in=students).count() == 2
    assert not EnrollmentAttempt.objects.exclude(state="enrolled").exists()
    event = AuditEvent.objects.get(kind="look_alike.found")
    assert (event.actor, event.subject) == (checking.office, pair.student_id)
    assert event.payload.body == {"pair": str(pair.id), "other": str(pair.other_id)}


def test_a_pair_says_nothing_about_how_near_the_two_are() -> None:
    assert not [field.name for field in LookAlike._meta.fields if "distance" in field.name or "engine" in field.name]


def test_two_who_look_different_are_no_pair(checking: World) -> None:
    enroll(checking.willing.person, operator=checking.office, at=AT, face=7)
    enroll(checking.latecomer.person, operator=checking.office, at=AT, face=8)
    assert not LookAlike.objects.exists()


def test_nobody_is_compared_with_others_unless_the_school_allows_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.galleries.opened", None)  # Whoever opens anything fails.
    for pupil in (world.willing, world.latecomer):
        enroll(pupil.person, operator=world.office, at=AT)
    assert not LookAlike.objects.exists()


def found(world: World, template: Template) -> list[object]:
    return [one.student for one in duplicates.like(world.unanswered.person, template, engine=ENGINE, at=AT)]


def test_only_who_may_be_compared_now_is_compared(checking: World) -> None:
    enroll(checking.willing.person, operator=checking.office, at=AT)
    assert found(checking, probe_of()) == [checking.willing.person.id]
    permit = Reference.objects.get(student=checking.willing.person).permit
    type(permit).objects.filter(id=permit.id).update(compare=False)
    assert found(checking, probe_of()) == []
    type(permit).objects.filter(id=permit.id).update(compare=True, compare_until=AT)
    assert found(checking, probe_of()) == []


def test_another_school_s_student_is_never_compared(checking: World) -> None:
    other = make_school(name="Lowland")
    School.objects.update(checks_duplicates=True)
    enroll(other.willing.person, operator=other.office, at=AT)
    assert found(checking, probe_of()) == []


def test_one_s_own_earlier_reference_is_no_look_alike(checking: World) -> None:
    for _ in range(2):
        enroll(checking.willing.person, operator=checking.office, at=AT)
    assert not LookAlike.objects.exists()


def test_an_engine_that_was_never_measured_finds_nobody(checking: World, settings: Settings) -> None:
    enroll(checking.willing.person, operator=checking.office, at=AT)
    settings.FACE_CALIBRATIONS = []
    assert found(checking, probe_of()) == []


def test_whoever_withdrew_meanwhile_is_no_pair(checking: World, monkeypatch: pytest.MonkeyPatch) -> None:
    enroll(checking.willing.person, operator=checking.office, at=AT)
    pupil, like = checking.willing, duplicates.like

    def withdrawn_after(*args: Any, **kwargs: Any) -> Any:
        alike = like(*args, **kwargs)
        assert alike
        consent.withdraw(student=pupil.person, guardian=pupil.parent, at=AT)
        return alike

    monkeypatch.setattr(duplicates, "like", withdrawn_after)
    enroll(checking.latecomer.person, operator=checking.office, at=AT)
    assert not LookAlike.objects.exists()


# ------------------------------------------------------------ two of the office look


def test_two_who_see_two_people_confirm_them(pair: LookAlike, checking: World, colleague: User) -> None:
    said = say(pair, Word.TWO_PEOPLE, checking.office)
    assert said is not None
    assert (said.state, said.said_by) == ("said", checking.office)
    agreed = say(pair, Word.TWO_PEOPLE, colleague)
    assert agreed is not None
    assert (agreed.state, agreed.said_by, agreed.agreed_by) == ("confirmed", checking.office, colleague)
    assert Reference.objects.count() == 2
    assert events() == ["look_alike.agreed", "look_alike.found", "look_alike.said"]


def test_two_who_see_a_mistake_destroy_both_and_the_pair_with_them(
    pair: LookAlike, checking: World, colleague: User
) -> None:
    references = set(Reference.objects.values_list("id", flat=True))
    say(pair, Word.MISTAKE, checking.office)
    assert Reference.objects.count() == 2
    assert say(pair, Word.MISTAKE, colleague) is None
    assert not Reference.objects.exists()
    assert not LookAlike.objects.exists()
    owed = Outbox.objects.filter(topic="vault.destroy_key").values_list("subject", flat=True)
    assert set(owed) == references
    assert refusal(pair, Word.MISTAKE, colleague) == "not_waiting"


def test_one_alone_decides_nothing(pair: LookAlike, checking: World) -> None:
    for word in Word:
        say(pair, word, checking.office)
        assert refusal(pair, word, checking.office) == "same_person"
    pair.refresh_from_db()
    assert (pair.state, pair.word) == ("said", Word.MISTAKE)
    assert Reference.objects.count() == 2


def test_two_who_disagree_wait_for_a_second_who_agrees(pair: LookAlike, checking: World, colleague: User) -> None:
    say(pair, Word.MISTAKE, checking.office)
    now = say(pair, Word.TWO_PEOPLE, colleague)
    assert now is not None
    assert (now.state, now.word, now.said_by) == ("said", Word.TWO_PEOPLE, colleague)
    now = say(pair, Word.TWO_PEOPLE, checking.office)
    assert now is not None
    assert now.state == "confirmed"


def test_a_confirmed_pair_can_turn_out_to_be_a_mistake(pair: LookAlike, checking: World, colleague: User) -> None:
    for who in (checking.office, colleague):
        say(pair, Word.TWO_PEOPLE, who)
    assert refusal(pair, Word.TWO_PEOPLE, checking.office) == "not_waiting"
    said = say(pair, Word.MISTAKE, checking.office)
    assert said is not None
    assert said.agreed_by is None
    assert say(pair, Word.MISTAKE, colleague) is None


@pytest.mark.parametrize("kind", [Role.Kind.TEACHER, Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR])
def test_only_the_office_says(pair: LookAlike, checking: World, kind: Role.Kind) -> None:
    Role.objects.create(school=checking.school, user=checking.staff, kind=kind)
    assert refusal(pair, Word.TWO_PEOPLE, checking.staff) == "not_office"
    assert refusal(pair, Word.TWO_PEOPLE, make_school(name="Lowland").office) == "not_office"


@pytest.mark.parametrize("which", ["student", "other"])
def test_a_guardian_of_either_says_nothing(pair: LookAlike, checking: World, colleague: User, which: str) -> None:
    people.name_guardian(student=getattr(pair, which), guardian=colleague, at=AT)
    assert refusal(pair, Word.TWO_PEOPLE, colleague) == "own_child"


# ------------------------------------------------------------ what it means


def test_neither_of_a_pair_is_looked_for_without_a_card_and_each_is_compared_with_the_own_card(
    pair: LookAlike, checking: World
) -> None:
    for state in ("waiting", "said", "confirmed"):
        assert not identification.members(checking.school, AT).exists(), state
        assert all(permits.comparable(one, AT) for one in (pair.student_id, pair.other_id))


def test_it_goes_with_either_reference_and_the_other_is_looked_for_again(pair: LookAlike, checking: World) -> None:
    pupil = checking.willing
    consent.withdraw(student=pupil.person, guardian=pupil.parent, at=AT)
    assert not LookAlike.objects.exists()
    assert identification.members(checking.school, AT).get().student == checking.latecomer.person


def test_enrolled_again_they_are_found_again(pair: LookAlike, checking: World) -> None:
    at = AT + timedelta(days=1)
    enroll(checking.willing.person, operator=checking.office, at=at)
    assert LookAlike.objects.get().id != pair.id


def test_a_family_reads_that_a_note_is_held_and_not_about_whom(pair: LookAlike, checking: World) -> None:
    student = checking.willing.person
    held = {entry.what: entry.count for entry in subjects.held(student, AT)}
    assert held["Notes of a look-alike"] == 1
    exported = subjects.export(Asked(student, checking.willing.parent))
    (told,) = next(section.rows for section in exported if section.key == "look_alikes")
    assert (told["found_at"], told["state"]) == (AT, "waiting")
    assert checking.latecomer.person.name not in str(exported)


# ------------------------------------------------------------ what the database refuses


def put(pair: LookAlike, **said: object) -> None:
    with transaction.atomic():
        LookAlike.objects.filter(id=pair.id).update(**said)


def test_it_refuses_a_pair_without_two_staff_and_one_of_one_student(
    pair: LookAlike, checking: World, colleague: User
) -> None:
    said = {"word": "two_people", "said_by": checking.office, "said_at": AT}
    with pytest.raises(IntegrityError, match="lookalike_says_who_looked"):
        put(pair, state="confirmed", **said)
    with pytest.raises(IntegrityError, match="lookalike_takes_two_staff"):
        put(pair, state="confirmed", agreed_by=checking.office, agreed_at=AT, **said)
    with pytest.raises(IntegrityError, match="lookalike_says_who_looked"):
        put(pair, state="confirmed", agreed_by=colleague, agreed_at=AT, **(said | {"word": "mistake"}))
    put(pair, state="confirmed", agreed_by=colleague, agreed_at=AT, **said)


def test_it_refuses_another_s_reference_and_the_same_pair_twice(pair: LookAlike, checking: World) -> None:
    with pytest.raises(IntegrityError, match=r"lookalike_(other_)?reference_is_the|lookalike_of_two"):
        put(pair, student=pair.other_id)
    with pytest.raises(IntegrityError, match="lookalike_in_one_order"):
        put(pair, reference=pair.other_reference_id, other_reference=pair.reference_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reference.objects.filter(id=pair.reference_id)._raw_delete("default")


# ------------------------------------------------------------ the page


def test_the_page_lists_names_and_takes_two_words(
    pair: LookAlike, checking: World, colleague: User, signed_in: SignIn
) -> None:
    one, two = signed_in(checking.office), signed_in(colleague)
    page = one.get(ADDRESS).content.decode()
    assert pair.student.name in page
    assert pair.other.name in page
    assert "Look-alikes (1)" in page
    one.post(ADDRESS, {"pair": pair.id, "word": "two_people"})
    assert "A colleague must look at them too." in one.get(ADDRESS).content.decode()
    assert (
        "must be somebody else"
        in one.post(ADDRESS, {"pair": pair.id, "word": "two_people"}, follow=True).content.decode()
    )
    assert "Confirmed." in two.post(ADDRESS, {"pair": pair.id, "word": "two_people"}, follow=True).content.decode()
    assert "Look-alikes (1)" not in one.get(ADDRESS).content.decode()


def test_the_second_of_two_clicks_is_told_so(
    pair: LookAlike, checking: World, colleague: User, signed_in: SignIn
) -> None:
    say(pair, Word.MISTAKE, checking.office)
    browser = signed_in(colleague)
    pages = [browser.post(ADDRESS, {"pair": pair.id, "word": "mistake"}, follow=True) for _ in range(2)]
    assert "Both face templates are destroyed." in pages[0].content.decode()
    assert "This has been decided already." in pages[1].content.decode()


@pytest.mark.parametrize("said", [{}, {"word": "two_people"}, {"pair": "x", "word": "mistake"}])
def test_what_is_no_answer_changes_nothing(
    pair: LookAlike, checking: World, signed_in: SignIn, said: dict[str, str]
) -> None:
    assert signed_in(checking.office).post(ADDRESS, said).status_code == 404
    pair.refresh_from_db()
    assert pair.state == "waiting"


def test_a_word_that_is_none_and_another_school_s_pair_change_nothing(
    pair: LookAlike, checking: World, signed_in: SignIn
) -> None:
    signed_in(checking.office).post(ADDRESS, {"pair": pair.id, "word": "perhaps"})
    signed_in(make_school(name="Lowland").office).post(ADDRESS, {"pair": pair.id, "word": "mistake"})
    pair.refresh_from_db()
    assert pair.state == "waiting"


def test_today_says_that_a_pair_waits(pair: LookAlike, checking: World, signed_in: SignIn) -> None:
    assert "1 pair of students looks alike" in signed_in(checking.office).get("/office/today/").content.decode()
