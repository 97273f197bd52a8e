"""Notices: no gap, no later change, every language at once, short enough to be read, and what differs is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from campus.models import AuditEvent, School
from enrollment import identification, notices, publishing
from enrollment.models import Declared, Notice, NoticeDraft, Purpose, Section
from enrollment.publishing import LANGUAGES
from enrollment.search import Search
from tests import noticing
from tests.personas import AT, World

KEYS = notices.fields(list(Declared))


def all_of(notice: Notice) -> list[Notice]:
    return list(Notice.objects.filter(school=notice.school, purpose=notice.purpose, version=notice.version))


# ------------------------------------------------------------ publishing


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_published_while_a_field_is_empty_in_any_language(world: World, language: str, key: str) -> None:
    """LAW 29."""
    draft = noticing.drafted(world.school, AT)
    draft.declares = Declared.values
    draft.words = draft.words | {language: draft.words[language] | {key: "  \n"}}
    with pytest.raises(publishing.Refused) as refused:
        publishing.publish(draft=draft, by=None, at=AT)
    assert [(gap.language, gap.key) for gap in refused.value.gaps] == [(language, key)]
    assert publishing.heading(key) in refused.value.gaps[0].words
    assert notices.last(world.school, Purpose.GATE_ACCESS) == 1


@pytest.mark.parametrize("gap", [{"words": {}}, {"child_body": " "}, {"words": dict.fromkeys(Section.values, " ")}])
def test_the_database_refuses_a_gap_too(world: World, gap: dict[str, Any]) -> None:
    """LAW 29."""
    known = {"words": world.notice.words, "child_body": "For you.", "language": "en", "version": 7, "digest": b"1"}
    with pytest.raises(IntegrityError, match="notice_has_no_gap"), transaction.atomic():
        Notice.objects.create(school=world.school, purpose="gate_access", published_at=AT, **(known | gap))


def test_a_version_is_published_in_every_language_at_once(world: World) -> None:
    made = noticing.changed(world.school, AT, necessity="New.")
    assert {one.language for one in all_of(made)} == set(LANGUAGES)
    assert {one.version for one in all_of(made)} == {2}
    assert AuditEvent.objects.filter(kind="notice.published", school=world.school).count() == 2


@pytest.mark.parametrize("change", [{"child_body": "Else."}, {"material": False}, {"declares": []}])
def test_a_published_notice_can_be_neither_changed_nor_deleted(world: World, change: dict[str, Any]) -> None:
    """LAW 29."""
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        Notice.objects.filter(id=world.notice.id).update(**change)
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        Notice.objects.filter(id=world.notice.id)._raw_delete("default")


def test_the_digest_covers_everything_that_a_family_reads(world: World) -> None:
    """LAW 9."""
    kept = bytes(Notice.objects.get(id=world.notice.id).digest)
    assert kept == notices.digest_of(Notice.objects.get(id=world.notice.id))
    changes: list[dict[str, Any]] = [
        *({"words": world.notice.words | {key: "Else."}} for key in world.notice.words),
        {"child_body": "Else."},
        {"declares": []},
        {"sunset_at": AT},
        {"language": "zh-hant"},
        {"version": 2},
        {"purpose": "attendance"},
    ]
    for change in changes:
        other = Notice.objects.get(id=world.notice.id)
        for name, value in change.items():
            setattr(other, name, value)
        assert notices.digest_of(other) != kept, change


def test_what_is_published_is_what_somebody_has_checked(world: World) -> None:
    draft = noticing.drafted(world.school, AT, necessity="As checked.")
    checked = publishing.digest(draft)
    draft.words = draft.words | {"en": draft.words["en"] | {"necessity": "Changed meanwhile."}}
    with pytest.raises(publishing.Refused, match="not published") as refused:
        publishing.publish(draft=draft, by=None, at=AT, checked=checked)
    assert "changed the draft" in refused.value.words


def test_one_draft_becomes_one_version(world: World) -> None:
    draft = noticing.drafted(world.school, AT)
    publishing.publish(draft=draft, by=None, at=AT)
    with pytest.raises(publishing.Refused):
        publishing.publish(draft=draft, by=None, at=AT)
    assert notices.last(world.school, Purpose.GATE_ACCESS) == 2


def test_the_next_draft_begins_with_what_was_published(world: World) -> None:
    draft = noticing.drafted(world.school, AT, necessity="Second.")
    publishing.write(draft=draft, language="en", words={"necessity": "Second."}, by=world.office, at=AT)
    publishing.publish(draft=publishing.draft(world.school, "gate_access", AT), by=None, at=AT)
    following = publishing.draft(world.school, "gate_access", AT)
    assert (following.version, following.words["en"]["necessity"]) == (3, "Second.")
    publishing.write(draft=following, language="en", words={"necessity": "Third."}, by=world.office, at=AT)
    assert NoticeDraft.objects.get().version == 3
    assert publishing.draft(world.school, "gate_access", AT).words["en"]["necessity"] == "Third."


def test_a_last_day_that_is_past_is_not_published(world: World) -> None:
    draft = noticing.drafted(world.school, AT)
    draft.sunset_on = AT.date() - timedelta(days=1)
    with pytest.raises(publishing.Refused) as refused:
        publishing.publish(draft=draft, by=None, at=AT)
    assert refused.value.words == "The last day is past."


# ------------------------------------------------------------ what a notice declares


def test_families_must_answer_again_where_a_notice_declares_more(world: World) -> None:
    """LAW 10."""
    draft = noticing.drafted(world.school, AT)
    draft.material, draft.declares = False, Declared.values
    assert publishing.publish(draft=draft, by=None, at=AT).material
    again = noticing.changed(world.school, AT, material=False, necessity="Better words.")
    assert not again.material
    assert notices.last_material(world.school, Purpose.GATE_ACCESS) == 2


def test_no_face_is_looked_for_that_the_notice_does_not_speak_of(world: World) -> None:
    """LAW 29."""
    School.objects.update(identifies=True)
    world.school.refresh_from_db()
    assert identification.is_on(world.school, AT)
    draft = noticing.drafted(world.school, AT)
    draft.declares = [Declared.DUPLICATES]
    publishing.publish(draft=draft, by=None, at=AT)
    assert not identification.is_on(world.school, AT)
    assert identification.standing(world.school, AT).search is Search.OFF
    assert notices.declares(world.school, Declared.DUPLICATES, AT)


def test_what_a_notice_declares_ends_with_the_notice(world: World) -> None:
    draft = noticing.drafted(world.school, AT)
    draft.sunset_on = AT.date()
    ends = publishing.publish(draft=draft, by=None, at=AT).sunset_at
    assert ends == AT.replace(hour=0, minute=0) + timedelta(days=1)
    current = notices.current(world.school)
    assert current is not None
    assert current.last_day == AT.date()
    assert notices.declares(world.school, Declared.IDENTIFICATION, ends - timedelta(seconds=1))
    assert not notices.declares(world.school, Declared.IDENTIFICATION, ends)


def test_a_draft_declares_what_the_school_has_switched_on(world: World) -> None:
    School.objects.update(identifies=True, checks_duplicates=True)
    school = School.objects.create(slug="new", name="New School", timezone="UTC", identifies=True)
    assert publishing.draft(school, "gate_access", AT).declares == ["identification"]
    assert publishing.draft(school, "attendance", AT).declares == []


# ------------------------------------------------------------ our plain notices


@pytest.mark.parametrize("purpose", Purpose.values)
def test_a_parent_reads_our_plain_notice_in_two_minutes(world: World, purpose: str) -> None:
    notice = publishing.publish_plain(school=world.school, purpose=purpose, at=AT, declares=Declared.values)
    for one in all_of(notice):
        with translation.override(one.language):
            said = " ".join(f"{heading} {words}" for _key, heading, words in one.sections)
        size = len(said.split()) if one.language == "en" else len(said)
        assert size <= (450 if one.language == "en" else 700), (one.language, size)
        child = len(one.child_body.split()) if one.language == "en" else len(one.child_body)
        assert child <= (200 if one.language == "en" else 300)


@pytest.mark.parametrize("purpose", Purpose.values)
@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_our_plain_notice_speaks_chinese_to_who_reads_chinese(world: World, purpose: str, language: str) -> None:
    plain = publishing.draft(world.school, purpose, AT).words if purpose == "attendance" else None
    notice = notices.current(world.school, language, purpose)
    words = plain[language] if plain else {**(notice.words if notice else {}), "child": notice and notice.child_body}
    assert set(words) >= {*Section.values, "child"}
    for key, said in words.items():
        assert any("\u4e00" <= character <= "\u9fff" for character in str(said)), key


# ------------------------------------------------------------ what changed


def test_what_changed_is_shown_word_by_word(world: World) -> None:
    before = world.notice
    after = noticing.changed(world.school, AT, recipients="Nobody, and the moon.")
    (change,) = notices.changes(before, after)
    assert change.heading == "Who gets it"
    assert "".join(one.text for one in change.pieces if one.kind != "removed") == "Nobody, and the moon."
    assert "".join(one.text for one in change.pieces if one.kind != "added") == before.words["recipients"]
    assert change.pieces[0].text == "Nobody"


def test_chinese_is_compared_by_the_character(world: World) -> None:
    before = notices.in_language(world.notice, "zh-hant")
    words = before.words["purpose"].replace("學校", "本校")
    draft = noticing.drafted(world.school, AT)
    draft.words = draft.words | {"zh-hant": draft.words["zh-hant"] | {"purpose": words}}
    after = notices.in_language(publishing.publish(draft=draft, by=None, at=AT), "zh-hant")
    (change,) = notices.changes(before, after)
    assert [(one.text, one.kind) for one in change.pieces if one.kind] in (
        [("學", "removed"), ("本", "added")],
        [("本", "added"), ("學", "removed")],
    )


def test_what_a_notice_no_longer_declares_is_shown_as_gone(world: World) -> None:
    draft = noticing.drafted(world.school, AT)
    draft.declares = [Declared.IDENTIFICATION]
    (change,) = notices.changes(world.notice, publishing.publish(draft=draft, by=None, at=AT))
    assert change.heading == str(Declared.DUPLICATES.label)
    assert {one.kind for one in change.pieces} == {"removed"}
