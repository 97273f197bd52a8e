"""The public page about data says what is in force now, to whoever asks, in every language."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campus import retention
from campus.models import School
from enrollment import policies, publishing
from enrollment.models import ImpactAssessment
from tests import noticing
from tests.enrollment.family_facts import end_assessment
from tests.personas import AT, World, make_school


def page(client: Client, address: str = "/privacy/", language: str = "en") -> str:
    return client.get(address, headers={"accept-language": language}).content.decode()


def assessed(world: World, **fields: Any) -> None:
    said = dict.fromkeys(("necessity", "alternatives", "bias", "consultation", "advice"), "Written.")
    known = {"status": "approved", "written_at": AT, "approved_at": AT, "valid_until": AT + timedelta(days=365)}
    known |= {"written_by": world.office, "advised_by": world.office, "approved_by": world.teacher}
    known["revoked_by"] = world.teacher if "revoked_at" in fields else None
    ImpactAssessment.objects.create(school=world.school, summary="Cards get lost.", **{**said, **known, **fields})


def test_everybody_reads_what_is_collected_and_how_long_it_is_kept(world: World, client: Client) -> None:
    """LAW 24, 33."""
    words = page(client)
    assert "What is collected" in words
    for line in retention.schedule():
        assert str(line.how_long).replace("'", "&#x27;") in words, line.what


def test_it_tells_the_measured_error_rates_and_what_was_not_shown(world: World, client: Client, settings: Any) -> None:
    """LAW 33."""
    settings.FACE_ENGINES = "dlib"
    words = page(client)
    assert "Measured groups" in words
    assert "Nobody was measured at all among: children" in words


def test_it_tells_the_summary_of_the_assessment_that_is_in_force(world: World, client: Client) -> None:
    """LAW 33."""
    end_assessment(world, at=AT)
    assert "No assessment is in force." in page(client)
    assessed(world)
    words = page(client)
    assert "Cards get lost." in words
    assert "Approved on 4 March 2026, in force until 4 March 2027" in words


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "draft", "approved_at": None, "approved_by": None, "valid_until": None},
        {"status": "revoked", "revoked_at": AT},
        {"approved_at": AT - timedelta(days=9), "valid_until": AT},
    ],
)
def test_an_assessment_that_is_not_in_force_is_not_shown(world: World, client: Client, fields: dict[str, Any]) -> None:
    """LAW 34."""
    assessed(world, **fields)
    assert "Cards get lost." not in page(client)


def test_the_rules_are_those_in_force(world: World, client: Client) -> None:
    """LAW 33."""
    row = "<div><dt>Finding a face without a card</dt><dd>%s</dd></div>"
    assert row % "No" in page(client)
    School.objects.update(identifies=True)
    assert row % "Yes" in page(client)
    draft = noticing.drafted(world.school, AT)
    draft.declares = []
    publishing.publish(draft=draft, by=None, at=AT)
    assert row % "No" in page(client), "what the notice doesn't declare isn't done"


def test_what_a_school_has_tightened_stands_there(world: World, client: Client) -> None:
    """LAW 24, 33: and what only stops a yes for a while, from the pack."""
    row = "<div><dt>Each new template opens only with the student’s own card</dt><dd>%s</dd></div>"
    policy = policies.of(world.school)
    assert row % "No" in page(client)
    School.objects.update(card_bound=True)
    words = page(client)
    assert row % "Yes" in words
    assert f"alone answers</dt><dd>{policy.self_consent_age}</dd>" in words
    assert f"locked and kept at most</dt><dd>{policy.suspended_days} days</dd>" in words
    assert f"Not used, it is destroyed after</dt><dd>{policy.unused_erase_days} school days</dd>" in words
    by_face = "<dt>A passage by face alone may write the register</dt><dd>%s</dd>"
    assert by_face % ("Yes" if policy.attendance_by_face else "No") in words


def test_each_school_has_its_own(world: World, client: Client) -> None:
    make_school(name="Seaview")
    words = page(client)
    assert "/privacy/hillside/" in words
    assert "/privacy/seaview/" in words
    assert "Seaview School" in page(client, "/privacy/seaview/")
    assert client.get("/privacy/nowhere/").status_code == 404


def test_every_page_and_the_answer_lead_to_it(world: World, client: Client) -> None:
    assert 'href="/privacy/"' in client.get("/").content.decode()
    client.force_login(world.willing.parent)
    answer = client.get(f"/family/{world.willing.person.id}/answer/").content.decode()
    assert 'href="/privacy/hillside/"' in answer


@pytest.mark.parametrize(("language", "word"), [("zh-hant", "收集甚麼資料"), ("zh-hans", "收集什么数据")])
def test_it_is_there_in_every_language(world: World, client: Client, language: str, word: str) -> None:
    assert word in page(client, language=language)
