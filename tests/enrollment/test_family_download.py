"""The family's copy of everything: whole, without a template, and without a word about the other parent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model
from django.test import Client
from django.utils import translation

from campus import audit, guardians, people, reads, subjects
from campus.models import AuditEvent, ContactRestriction, Guardianship, Person, User
from campus.subjects import Asked, Told
from campus.told_labels import LABELS
from enrollment import assent, consent, holds, requests
from enrollment.models import ChildAnswer, Exemption, Hold, Notification, Reference, ReferenceCiphertext
from tests.drawn import enroll
from tests.everything import fill
from tests.personas import AT, SignIn, World

Frozen = Callable[[datetime], None]
TOLD = {one.model: one for part in subjects.parts() for one in part.told}
UNTOLD = {model: why for part in subjects.parts() for model, why in part.untold.items()}


@pytest.fixture
def parent(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.willing.parent)


@pytest.fixture
def other(world: World) -> User:
    """The other parent, who has left a trace in every table that can hold one."""
    child, at = world.willing.person, world.at
    made = guardians.name(student=child, name="Zebedee Quillfeather", responsible=True, by=world.office, at=at).guardian
    User.objects.filter(id=made.id).update(email="quillfeather@elsewhere.example")
    made.refresh_from_db()
    consent.refuse(student=child, guardian=made, notice=None, at=at)
    requests.ask(student=child, by=made, asked=requests.Asked("question", "Mulberry"), at=at)
    mine = {"school": world.school, "student": child, "guardian": made}
    Notification.objects.create(purpose="gate_access", version=1, method="mail", at=at, **mine)
    Exemption.objects.create(reason="Mulberry", recorded_by=world.office, recorded_at=at, **mine)
    Hold.objects.create(cause="verbal_objection", recorded_by=world.office, recorded_at=at, **mine)
    ContactRestriction.objects.create(order="Mulberry", recorded_by=world.office, recorded_at=at, **mine)
    return made


def of(pupil: Any) -> str:
    return f"/family/{pupil.person.id}/download/"


def body(client: Client, pupil: Any, kind: str) -> str:
    response = client.post(of(pupil), {"kind": kind})
    assert response.status_code == 200, response.headers
    return str(response.content.decode())


def leading_to_people() -> Iterator[type[Model]]:
    """Yield every model from which keys lead to a person, over whatever other models."""
    reached: set[type[Model]] = {Person}
    while True:
        further = {
            model
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if isinstance(field, ForeignKey) and field.related_model in reached
        }
        if further <= reached:
            return
        yield from further - reached
        reached |= further


def test_every_model_that_leads_to_a_person_is_told_or_has_a_reason_not_to_be() -> None:
    """LAW 30."""
    found = {model._meta.label for model in leading_to_people()}
    assert len(found) > 20
    assert found - set(TOLD) - set(UNTOLD) == set()
    assert set(TOLD) & set(UNTOLD) == set()


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_every_field_of_what_is_told_is_told_or_has_a_reason_not_to_be(told: Told) -> None:
    """LAW 30."""
    model = apps.get_model(told.model)
    fields = {field.name for field in model._meta.concrete_fields}
    columns = {column.split(".")[0].removesuffix("_id") for column in told.columns}
    assert fields - columns - set(told.kept_back) == set()
    assert set(told.kept_back) <= fields
    assert {column.replace(".", "_") for column in told.columns} <= set(LABELS)


def test_no_column_leads_to_a_template() -> None:
    """LAW 37."""
    assert "enrollment.ReferenceCiphertext" in UNTOLD
    assert not [column for told in TOLD.values() for column in told.columns if "ciphertext" in column]


def test_no_row_about_the_child_is_missing(world: World) -> None:
    """LAW 30."""
    fill(world)
    child, told = world.willing.person, Asked(world.willing.person, world.willing.parent)
    sections = {section.key: section.rows for section in subjects.export(told)}
    filled = 0
    for one in TOLD.values():
        model = apps.get_model(one.model)
        people = [field.name for field in model._meta.concrete_fields if field.related_model is Person]
        if people and one.key != "look_alikes":
            there = model._default_manager.filter(**{people[0]: child}).count()
            assert len(sections[one.key]) == there, one.model
            filled += there > 0
    assert len(sections["look_alikes"]) == 1
    assert filled >= 12
    events = AuditEvent.objects.filter(subject=child.id).values_list("kind", flat=True)
    assert len(sections["log"]) >= len([kind for kind in events if not kind.startswith(reads.OF_ONE_GUARDIAN)]) > 5


def test_both_files_are_attachments_with_a_name_and_no_copy_is_kept(world: World, parent: Client) -> None:
    for kind, type_ in (("html", "text/html"), ("json", "application/json")):
        response = parent.post(of(world.willing), {"kind": kind})
        assert response.headers["Content-Disposition"] == f'attachment; filename="Willing Pupil 2026-03-04.{kind}"'
        assert response.headers["Content-Type"].startswith(type_)
        assert "no-store" in response.headers["Cache-Control"]


def test_the_file_for_a_program_is_json_with_codes_and_moments(world: World, parent: Client) -> None:
    """LAW 30."""
    found = json.loads(body(parent, world.willing, "json"))
    assert found["about"]["student"] == "Willing Pupil"
    (answer,) = found["answers"]
    assert (answer["kind"], answer["guardian"], answer["notice_version"]) == ("given", "you", 1)
    assert answer["notice_body"] == world.notice.body
    assert answer["notice_digest"] == bytes(world.notice.digest).hex()
    assert answer["at"].startswith("2026-03-04T08:30")


@pytest.mark.parametrize(("language", "words"), [("en", "Your answers"), ("zh-hant", "你的答覆")])
def test_the_page_is_in_the_readers_language_and_loads_nothing(
    world: World, parent: Client, language: str, words: str
) -> None:
    parent.cookies["django_language"] = language
    with translation.override(language):
        page = body(parent, world.willing, "html")
    assert words in page
    assert "src=" not in page
    assert "http" not in page
    assert "<script" not in page


def test_no_byte_of_the_template_is_in_either_file(world: World, parent: Client) -> None:
    """LAW 37."""
    enroll(world.willing.person, operator=world.office, at=AT)
    blob = bytes(ReferenceCiphertext.objects.get().blob)
    for kind in ("html", "json"):
        page = body(parent, world.willing, kind)
        assert str(Reference.objects.get().engine) in page
        assert blob.hex() not in page


def test_of_another_guardian_it_tells_only_that_there_is_a_no(world: World, parent: Client, other: User) -> None:
    """LAW 31."""
    assert json.loads(body(parent, world.willing, "json"))["no_of_another"] == [
        {"purpose": "gate_access", "another_guardian_says_no": True}
    ]
    for kind in ("html", "json"):
        page = body(parent, world.willing, kind)
        for word in (other.name, "Quillfeather", other.email, "Mulberry"):
            assert word not in page


def test_the_log_in_it_tells_nothing_that_another_guardian_did(world: World, parent: Client, other: User) -> None:
    """LAW 31."""
    people.name_guardian(student=world.willing.person, guardian=world.refusing.parent, by=world.office, at=AT)
    holds.record_query(student=world.willing.person, by=world.office, at=AT)
    audit.record_read("paper", school=world.school, subject=world.willing.person.id, viewer=world.office, at=AT)
    log = json.loads(body(parent, world.willing, "json"))["log"]
    kinds = {(row["what"], row["who"]) for row in log}
    assert ("consent.given", "you") in kinds
    assert ("read.guardians", "Office (Office)") in kinds
    assert not [kind for kind, who in kinds if kind.startswith(reads.OF_ONE_GUARDIAN) and who != "you"]


def test_the_student_is_told_everything_about_the_student(world: World, signed_in: SignIn, other: User) -> None:
    """LAW 31."""
    own = User.objects.create_user("willing@students.example", name="Willing Pupil")
    bond = {"school": world.school, "student": world.willing.person, "guardian": own, "capacity": "student"}
    Guardianship.objects.create(began_at=AT, **bond)
    found = json.loads(body(signed_in(own), world.willing, "json"))
    assert {answer["guardian"] for answer in found["answers"]} == {"another_guardian"}
    assert {answer["kind"] for answer in found["answers"]} == {"given", "refused"}
    assert found["addresses"] == []
    assert other.email not in str(found)


def test_it_asks_for_a_new_code_a_quarter_of_an_hour_after_signing_in(
    world: World, parent: Client, frozen: Frozen
) -> None:
    """LAW 43."""
    frozen(AT + timedelta(minutes=15))
    response = parent.post(of(world.willing), {"kind": "json"})
    assert response.headers["Location"].startswith("/sign-in/again/")
    assert not AuditEvent.objects.filter(kind="subject.exported").exists()


def test_it_is_written_down_who_took_it_along(world: World, parent: Client) -> None:
    """LAW 35."""
    body(parent, world.willing, "html")
    event = AuditEvent.objects.get(kind="subject.exported")
    assert (event.actor, event.subject, event.payload.body) == (
        world.willing.parent,
        world.willing.person.id,
        {"file": "html"},
    )
    assert (
        "Everything that is held was downloaded"
        in parent.get(f"/family/{world.willing.person.id}/reads/").content.decode()
    )


def test_a_file_of_no_kind_is_none(world: World, parent: Client) -> None:
    for kind in ("", "xml"):
        assert parent.post(of(world.willing), {"kind": kind}).status_code == 422


def test_what_the_child_said_is_told(world: World, parent: Client) -> None:
    assent.record(student=world.willing.person, kind=ChildAnswer.Kind.NO, by=world.office, at=AT)
    said = json.loads(body(parent, world.willing, "json"))["own_answers"]
    assert [own["kind"] for own in said] == ["yes", "no"]
    assert {own["recorded_by"] for own in said} == {"Office (Office)"}


def test_why_a_question_about_a_court_was_settled_is_told_to_neither_parent(world: World, parent: Client) -> None:
    """LAW 31: the words may name the other parent; that there was a question, and when it ended, is told."""
    query = {"cause": "court_query", "recorded_by": world.office, "recorded_at": world.at}
    cleared = {"status": "cleared", "decided_by": world.teacher, "decided_at": world.at, "reason": "Mr Quillfeather"}
    Hold.objects.create(school=world.school, student=world.willing.person, **query, **cleared)
    for kind in ("html", "json"):
        assert "Quillfeather" not in body(parent, world.willing, kind)
    assert json.loads(body(parent, world.willing, "json"))["holds"][0]["status"] == "cleared"
