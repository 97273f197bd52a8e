"""The retention table: every field of every model is in it, by what it is, and nothing else is."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from campus import retention, retention_page
from campus.keeping import Kept, Then

TABLE = {kept.model: kept for kept in retention.table()}
NAME = attrgetter("name")
MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}


def columns(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.local_fields}


def test_every_model_has_a_row_and_only_one() -> None:
    """LAW 24."""
    assert Counter(kept.model for kept in retention.table()) == Counter(list(MODELS))


@pytest.mark.parametrize("label", MODELS)
def test_every_field_is_named_once_by_what_it_is(label: str) -> None:
    """LAW 24: who adds a field decides what it is and how long it lives."""
    said = [name for names in TABLE[label].fields.values() for name in names]
    assert Counter(said) == Counter(columns(MODELS[label]))


@pytest.mark.parametrize("label", [kept.model for kept in TABLE.values() if kept.personal or kept.biometric])
def test_what_tells_of_somebody_has_an_end(label: str) -> None:
    """LAW 24: three things stay: who holds a role, until it is taken away; the log, and what has ended, by ids."""
    assert TABLE[label].rules or label in ("campus.Role", "campus.AuditEvent", "campus.Tombstone")


@pytest.mark.parametrize("kept", [kept for kept in TABLE.values() if kept.biometric], ids=lambda kept: kept.model)
def test_what_was_made_from_a_face_goes_at_once_or_with_its_passage(kept: Kept) -> None:
    """LAW 25, 36."""
    assert {(rule.then, rule.keep.time.days) for rule in kept.rules} <= {(Then.WATCH, 0), (Then.DELETE, 183)}


@pytest.mark.parametrize("duty", [duty for duty in retention.duties() if duty.rule.blank], ids=NAME)
def test_what_is_emptied_is_there_and_tells_of_somebody(duty: retention.Duty) -> None:
    assert duty.rule.then == Then.BLANK
    assert set(duty.rule.blank) <= columns(duty.model)


@pytest.mark.parametrize("duty", [duty for duty in retention.duties() if duty.rule.then == Then.DELETE], ids=NAME)
def test_a_row_waits_only_for_rows_that_end_or_is_emptied_meanwhile(duty: retention.Duty) -> None:
    """LAW 24: no row is held for ever by one that names it and stays."""
    waits_for = {model._meta.label for model in retention.pointing_at(duty.model)}
    stay = {label for label in waits_for if not TABLE[label].rules}
    assert not stay or any(rule.then == Then.BLANK for rule in duty.kept.rules), stay


def test_a_rule_has_one_name() -> None:
    assert max(Counter(duty.name for duty in retention.duties()).values()) == 1


def test_a_surplus_or_missing_field_is_noticed() -> None:
    """LAW 24: the comparison above isn't empty."""
    session = Kept("sessions.Session", "", "", "", identifier="session_key session_key")
    said = [name for names in session.fields.values() for name in names]
    assert Counter(said) != Counter(columns(MODELS["sessions.Session"]))


def test_each_line_of_the_schedule_says_what_how_long_and_why() -> None:
    """LAW 24, 33."""
    lines = retention.schedule()
    assert len(set(lines)) == len(lines)
    assert all(line.what and line.how_long and line.why for line in lines)
    assert {line.how_long for line in lines if line.what == "Passages at the gates"} == {"for six months"}
    assert {line.how_long for line in lines if line.what == "Face templates"} == {
        "until consent ends, at most a year; destroyed within a minute"
    }


def test_a_period_is_told_as_it_is_kept() -> None:
    """LAW 24: the words of the public schedule are made of the period that the sweep obeys."""
    told = [duty.rule for duty in retention.duties() if duty.rule.told is not None and duty.rule.keep.time]
    assert told
    assert all(str(rule.keep.words) in str(rule.how_long) for rule in told)


def test_the_manual_says_what_the_table_says() -> None:
    """LAW 24: `manage.py retention_table` writes the page."""
    assert (settings.BASE_DIR / "docs" / "retention.md").read_text() == retention_page.text()


def test_every_rule_says_in_words_from_when_it_counts() -> None:
    """LAW 24."""
    assert all(isinstance(duty.rule.after, str) or duty.rule.counted_from for duty in retention.duties())
