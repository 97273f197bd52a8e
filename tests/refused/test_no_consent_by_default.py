"""Refused by design: consent that nobody gave, and a picture that nobody took."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import NOT_PROVIDED, Model

from campus import letters, people, roster
from campus.models import Group, Person, School
from campus.tombstones import Line
from enrollment import consent, replays
from enrollment.models import ChildAnswer, ConsentEvent, PaperAnswer, Permit, Purpose
from enrollment.tasks import end_expired, review
from tests.personas import SignIn, World
from tests.refused import sources

ANSWERS: list[type[Model]] = [ConsentEvent, ChildAnswer, PaperAnswer]


def ticked(page: str) -> list[str]:
    """Return the answers that are chosen before anybody chose."""
    inputs = re.findall(r"<input\b[^>]*>", page)
    return [one for one in inputs if re.search(r'type="(radio|checkbox)"', one) and re.search(r"\bchecked\b", one)]


# ------------------------------------------------------------ files


@pytest.mark.parametrize("path", sources.pages())
def test_no_page_takes_a_file(path: str) -> None:
    """LAW 12: pictures come from a camera that is on, never from a disk, by any way that browsers know.

    Two pages of the office take the scan of a signed paper, which nothing opens (`campus.scans`).
    """
    text = re.sub(r"type=\W?file\W?\], \[autocomplete", "", sources.pages()[path])  # What a kept form leaves out.
    found = re.findall(TAKES_FILES, text, re.IGNORECASE)
    assert len(found) == (path in OF_PAPERS), found
    assert all('name="scan"' in one for one in re.findall(r"<input[^>]*type=.?file[^>]*>", text))


OF_PAPERS = {"templates/office/paper.html", "templates/protection/disclosure.html"}


TAKES_FILES = (
    r"""type\s*=\s*["']?file|showOpenFilePicker|FileReader|dataTransfer|clipboardData\.(files|items)|webkitGetAsEntry"""
)


@pytest.mark.parametrize(
    "added", ['<input type="file" name="photo">', "input.type = 'file'", "new FileReader()", "event.dataTransfer.files"]
)
def test_one_that_does_is_noticed(added: str) -> None:
    assert re.search(TAKES_FILES, added, re.IGNORECASE)


# ------------------------------------------------------------ no Yes before somebody says it


@pytest.mark.parametrize("model", ANSWERS, ids=lambda model: model.__name__)
def test_an_answer_has_no_default(model: type[Model]) -> None:
    """LAW 3: neither in Python nor in Postgres."""
    field = model._meta.get_field("kind")
    assert getattr(field, "default", None) is NOT_PROVIDED
    assert getattr(field, "db_default", NOT_PROVIDED) is NOT_PROVIDED
    assert not getattr(field, "null", True)


def test_no_column_of_an_answer_has_a_default_in_postgres(db: None) -> None:
    """LAW 3."""
    with connection.cursor() as cursor:
        for model in ANSWERS:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND column_default IS NOT NULL",
                [model._meta.db_table],
            )
            assert cursor.fetchall() == []


def test_what_loosens_the_rules_is_off_until_somebody_switches_it_on() -> None:
    """LAW 3, 16."""
    school = School()
    assert (school.identifies, school.checks_duplicates) == (False, False)


@pytest.mark.parametrize("model", ANSWERS, ids=lambda model: model.__name__)
def test_answers_are_written_in_one_place_each(model: type[Model]) -> None:
    """LAW 3, 9: whoever writes one somewhere else has to put the module here by hand."""
    assert {path for path, tree in sources.product().items() if model.__name__ in set(_made(tree))} == {
        "ConsentEvent": {"enrollment/consent.py", REPLAYS},
        "ChildAnswer": {"enrollment/assent.py", REPLAYS},
        "PaperAnswer": {"enrollment/paper.py", REPLAYS},
    }[model.__name__]


REPLAYS = "enrollment/replays.py"
"""After a restore it writes again what ended something: a No, from a log that holds no Yes."""


@pytest.mark.parametrize("again", [replays.say_no_again, replays.let_a_paper_wait_again])
def test_what_a_restore_writes_again_can_t_be_a_yes(world: World, again: Callable[[Line, datetime], None]) -> None:
    """LAW 3, 26: whatever a line of the log says, Postgres refuses a Yes that names no notice."""
    pupil = world.unanswered
    ids = {"purpose": "gate_access", "method": "web", "guardian": str(pupil.parent.id), "by": str(world.office.id)}
    line = Line(1, uuid4(), "", world.school.id, pupil.person.id, world.at, {**ids, "paper": str(uuid4())}, b"")
    yes, no = (replace(line, ids={**line.ids, "answer": kind}) for kind in ("given", "refused"))
    with pytest.raises(IntegrityError), transaction.atomic():
        again(yes, world.at)
    again(no, world.at)
    assert not consent.status_of(pupil.person, Purpose.GATE_ACCESS, world.at).hold


def _made(tree: ast.AST) -> set[str]:
    """Return the models of which a piece of code makes rows."""
    made = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            text = ast.unparse(node.func)
            found = re.fullmatch(r"(\w+)(\.objects\.(create|bulk_create|get_or_create|update_or_create))?", text)
            made |= {found[1]} if found else set()
    return made


def test_a_row_that_is_made_elsewhere_is_noticed() -> None:
    assert "ConsentEvent" in _made(ast.parse("ConsentEvent.objects.bulk_create(rows)"))
    assert "ConsentEvent" in _made(ast.parse("row = ConsentEvent(kind='given')"))


# ------------------------------------------------------------ pages


def test_no_answer_is_chosen_before_a_parent_chooses(world: World, signed_in: SignIn) -> None:
    """LAW 3: nothing is ticked; sent as it is, the page is an error and no answer."""
    pupil = world.unanswered
    browser, address = signed_in(pupil.parent), f"/family/{pupil.person.id}/answer/"
    page = browser.get(address).content.decode()
    assert 'name="answer" value="yes"' in page
    assert ticked(page) == []
    assert ticked(page.replace('value="yes"', 'value="yes" checked'))
    assert browser.post(address, {"notice": str(world.notice.id), "about": "gate_access"}).status_code == 422
    assert not ConsentEvent.objects.filter(student=pupil.person).exists()


def test_no_answer_is_chosen_before_the_office_types_a_slip_in(world: World, signed_in: SignIn) -> None:
    """LAW 3."""
    pupil = world.unanswered
    browser, address = signed_in(world.office), f"/office/students/{pupil.person.id}/guardians/paper/"
    page = browser.get(address, {"guardian": pupil.parent.id}).content.decode()
    assert 'name="answer" id="answer-yes" value="yes"' in page
    assert ticked(page) == []
    code = letters.issue(guardian=pupil.parent, school=world.school, by=world.office, at=world.at)
    assert browser.post(address, {"guardian": pupil.parent.id, "letter": code}).status_code == 422
    assert not PaperAnswer.objects.exists()


def test_no_template_ticks_a_yes_by_itself() -> None:
    """LAW 3: what is chosen in a template is what somebody chose before, never a word that always stands there."""
    always = re.compile(r"<(?:input|option)\b[^>{]*(?:\{\{[^}]*\}\}[^>{]*)*\s(?:checked|selected)(?=[\s>])[^>]*>")
    found = {path for path, text in sources.pages().items() if path.endswith(".html") and always.search(text)}
    assert found == {"templates/register/_editor.html"}, "there, whether single letters are keys"
    assert always.search('<input type="radio" name="answer" value="yes" checked>')
    assert always.search('<input type="checkbox" checked name="agree" value="{{ yes }}">')


# ------------------------------------------------------------ the roll, and silence


def test_whoever_puts_a_student_on_the_roll_can_t_bring_a_consent(world: World) -> None:
    """LAW 3, 9: nothing of it can be said there, and nothing of it is written."""
    assert [field.name for field in fields(roster.Details)] == [
        "name",
        "number",
        "known_as",
        "email",
        "born_on",
        "group",
    ]
    columns = {field.name for model in (Person, Group) for field in model._meta.get_fields() if field.concrete}
    assert not {name for name in columns if re.search("consent|agree|permi|opt", name)}
    before = ConsentEvent.objects.count(), ChildAnswer.objects.count(), Permit.objects.count()
    details = roster.Details(name="Nora New", number="n-1", group=world.on_time)
    student = roster.add(school=world.school, kind=Person.Kind.STUDENT, details=details, by=world.office, at=world.at)
    people.name_guardian(student=student, guardian=world.willing.parent, at=world.at)
    consent.reconcile(student=student, at=world.at)
    assert (ConsentEvent.objects.count(), ChildAnswer.objects.count(), Permit.objects.count()) == before


def test_silence_never_becomes_consent(world: World, frozen: Callable[[datetime], None]) -> None:
    """LAW 3: a year of saying nothing, with the desk's work done every month."""
    pupil = world.unanswered
    for month in range(13):
        at = world.at + timedelta(days=30 * month)
        frozen(at)
        review()
        end_expired()
        consent.reconcile(student=pupil.person, at=at)
        assert not consent.status_of(pupil.person, Purpose.GATE_ACCESS, at).hold
    assert not Permit.objects.filter(student=pupil.person).exists()
    assert not ConsentEvent.objects.filter(student=pupil.person).exists()


def test_one_purpose_never_stands_for_another() -> None:
    """LAW 4: an answer names its purpose; none is taken for granted."""
    field = ConsentEvent._meta.get_field("purpose")
    assert getattr(field, "default", None) is NOT_PROVIDED
